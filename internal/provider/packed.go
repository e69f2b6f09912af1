package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/packedmap"
)

// packed is the framework's server, in front of which maps of resources are packed; see packedmap.
// Engines know nothing of it: to them the attributes are maps.
type packed struct {
	protocol

	attributes map[string][]string // by type of resource
}

// GetProviderSchema implements tfprotov6.ProviderServer.
func (p packed) GetProviderSchema(ctx context.Context, req *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	resp, err := p.protocol.GetProviderSchema(ctx, req)
	if resp == nil {
		return nil, err
	}
	for typeName, names := range p.attributes {
		schema := resp.ResourceSchemas[typeName]
		if schema == nil {
			continue
		}
		for _, a := range schema.Block.Attributes {
			if slices.Contains(names, a.Name) {
				a.Type = tftypes.Map{ElementType: tftypes.String}
			}
		}
	}
	return resp, err
}

// swap converts values of a request or an answer in place. It leaves those alone that are nil.
func (p packed) swap(typeName string, convert func(*tfprotov6.DynamicValue, []string) (*tfprotov6.DynamicValue, error), values ...**tfprotov6.DynamicValue) error {
	names := p.attributes[typeName]
	for _, v := range values {
		var err error
		if *v, err = convert(*v, names); err != nil {
			return err
		}
	}
	return nil
}

// ValidateResourceConfig implements tfprotov6.ProviderServer.
func (p packed) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	r := *req
	if err := p.swap(req.TypeName, packedmap.Pack, &r.Config); err != nil {
		return nil, err
	}
	return p.protocol.ValidateResourceConfig(ctx, &r)
}

// UpgradeResourceState implements tfprotov6.ProviderServer.
func (p packed) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	r := *req
	if names := p.attributes[req.TypeName]; len(names) > 0 && req.RawState != nil && len(req.RawState.JSON) > 0 {
		object, err := packedmap.PackJSON(req.RawState.JSON, names)
		if err != nil {
			return nil, err
		}
		r.RawState = &tfprotov6.RawState{JSON: object, Flatmap: req.RawState.Flatmap}
	}
	resp, err := p.protocol.UpgradeResourceState(ctx, &r)
	if resp == nil || err != nil {
		return resp, err
	}
	return resp, p.swap(req.TypeName, packedmap.Unpack, &resp.UpgradedState)
}

// ReadResource implements tfprotov6.ProviderServer.
func (p packed) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	r := *req
	if err := p.swap(req.TypeName, packedmap.Pack, &r.CurrentState); err != nil {
		return nil, err
	}
	resp, err := p.protocol.ReadResource(ctx, &r)
	if resp == nil || err != nil {
		return resp, err
	}
	return resp, p.swap(req.TypeName, packedmap.Unpack, &resp.NewState)
}

// PlanResourceChange implements tfprotov6.ProviderServer.
func (p packed) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	r := *req
	if err := p.swap(req.TypeName, packedmap.Pack, &r.Config, &r.PriorState, &r.ProposedNewState); err != nil {
		return nil, err
	}
	resp, err := p.protocol.PlanResourceChange(ctx, &r)
	if resp == nil || err != nil {
		return resp, err
	}
	return resp, p.swap(req.TypeName, packedmap.Unpack, &resp.PlannedState)
}

// ApplyResourceChange implements tfprotov6.ProviderServer.
func (p packed) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	r := *req
	if err := p.swap(req.TypeName, packedmap.Pack, &r.Config, &r.PriorState, &r.PlannedState); err != nil {
		return nil, err
	}
	resp, err := p.protocol.ApplyResourceChange(ctx, &r)
	if resp == nil || err != nil {
		return resp, err
	}
	return resp, p.swap(req.TypeName, packedmap.Unpack, &resp.NewState)
}

// ImportResourceState implements tfprotov6.ProviderServer.
func (p packed) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	resp, err := p.protocol.ImportResourceState(ctx, req)
	if resp == nil || err != nil {
		return resp, err
	}
	for _, imported := range resp.ImportedResources {
		if err := p.swap(imported.TypeName, packedmap.Unpack, &imported.State); err != nil {
			return nil, err
		}
	}
	return resp, nil
}

// MoveResourceState implements tfprotov6.ProviderServer. The state that is moved is that of another
// provider, or of a type of this one that has no packed maps.
func (p packed) MoveResourceState(ctx context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	resp, err := p.protocol.MoveResourceState(ctx, req)
	if resp == nil || err != nil {
		return resp, err
	}
	return resp, p.swap(req.TargetTypeName, packedmap.Unpack, &resp.TargetState)
}

// GenerateResourceConfig implements tfprotov6.ProviderServer.
func (p packed) GenerateResourceConfig(ctx context.Context, req *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	r := *req
	if err := p.swap(req.TypeName, packedmap.Pack, &r.State); err != nil {
		return nil, err
	}
	resp, err := p.protocol.GenerateResourceConfig(ctx, &r)
	if resp == nil || err != nil {
		return resp, err
	}
	return resp, p.swap(req.TypeName, packedmap.Unpack, &resp.Config)
}
