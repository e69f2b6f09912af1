package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
)

// NewServer serves the provider to an engine, with diagnostics that the engine can place.
func NewServer(p *Provider) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		framework := providerserver.NewProtocol6(p)().(protocol) //nolint:forcetypeassert // a framework that answers less cannot be served
		s := server{packed{framework, resources.PackedMaps}, sync.OnceValue(func() map[string]bool { return secretive(framework) }), new(stopping)}
		s.stopping.begin()
		return s
	}
}

// protocol is all that engines may ask.
type protocol interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server is the framework's. It also places diagnostics (see place), and ends requests that arrive
// after a stop call (see stopping).
type server struct {
	protocol

	secretive func() map[string]bool
	stopping  *stopping
}

// place cuts the paths of diagnostics to the part that engines find: an attribute of the block, and
// its element. The message then has the whole path.
//
// Terraform and OpenTofu look up a diagnostic's attribute as if nested attributes were blocks. Of
// an attribute below another attribute they take the last name alone, and look for that among the
// attributes of the block: they show an error of object_cache.url at the provider's url, and an
// error of limits.request_timeout at no attribute at all. They quote the lines of the attribute,
// with all of a nested object; so a diagnostic does not point at an object that has secrets in it.
func (s server) place(diags []*tfprotov6.Diagnostic) {
	for _, d := range diags {
		steps := d.Attribute.Steps()
		if len(steps) < 2 {
			continue
		}
		n := 1
		if _, nested := steps[1].(tftypes.AttributeName); !nested {
			n = 2
		}
		if n == len(steps) {
			continue
		}
		if whole := pathString(steps); !strings.Contains(d.Detail, whole) {
			d.Detail += "\n\nAttribute: " + whole
		}
		d.Attribute = tftypes.NewAttributePathWithSteps(steps[:n])
		if root, ok := steps[0].(tftypes.AttributeName); ok && s.secretive()[string(root)] {
			d.Attribute = nil // the block
		}
	}
}

// secretive are the names of attributes that have secrets below them.
func secretive(p protocol) map[string]bool {
	names := make(map[string]bool)
	schemas, err := p.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return names
	}
	for _, s := range append(slices.Collect(maps.Values(schemas.ResourceSchemas)), schemas.Provider) {
		for _, a := range s.Block.Attributes {
			if a.NestedType != nil && hasSecrets(a.NestedType.Attributes) {
				names[a.Name] = true
			}
		}
	}
	return names
}

func hasSecrets(attributes []*tfprotov6.SchemaAttribute) bool {
	return slices.ContainsFunc(attributes, func(a *tfprotov6.SchemaAttribute) bool {
		return a.Sensitive || a.WriteOnly || a.NestedType != nil && hasSecrets(a.NestedType.Attributes)
	})
}

// pathString is a path as configurations write it: hosts["h"].auth.token.
func pathString(steps []tftypes.AttributePathStep) string {
	var b strings.Builder
	for i, step := range steps {
		switch step := step.(type) {
		case tftypes.AttributeName:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(string(step))
		case tftypes.ElementKeyString:
			fmt.Fprintf(&b, "[%q]", string(step))
		case tftypes.ElementKeyInt:
			fmt.Fprintf(&b, "[%d]", int64(step))
		}
	}
	return b.String()
}

// These are the calls whose diagnostics engines look for in the configuration.

// ValidateProviderConfig implements tfprotov6.ProviderServer.
func (s server) ValidateProviderConfig(ctx context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	ctx, done := s.stopping.bound(ctx)
	defer done()
	resp, err := s.protocol.ValidateProviderConfig(ctx, req)
	if resp != nil {
		s.place(resp.Diagnostics)
	}
	return resp, err
}

// ConfigureProvider implements tfprotov6.ProviderServer.
func (s server) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	s.stopping.begin()
	ctx, done := s.stopping.bound(ctx)
	defer done()
	resp, err := s.protocol.ConfigureProvider(ctx, req)
	if resp != nil {
		s.place(resp.Diagnostics)
	}
	return resp, err
}

// ValidateResourceConfig implements tfprotov6.ProviderServer.
func (s server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	ctx, done := s.stopping.bound(ctx)
	defer done()
	resp, err := s.protocol.ValidateResourceConfig(ctx, req)
	if resp != nil {
		s.place(resp.Diagnostics)
	}
	return resp, err
}

// PlanResourceChange implements tfprotov6.ProviderServer.
func (s server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	ctx, done := s.stopping.bound(ctx)
	defer done()
	resp, err := s.protocol.PlanResourceChange(ctx, req)
	if resp != nil {
		s.place(resp.Diagnostics)
	}
	return resp, err
}

// ApplyResourceChange implements tfprotov6.ProviderServer.
func (s server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	ctx, done := s.stopping.bound(ctx)
	defer done()
	resp, err := s.protocol.ApplyResourceChange(ctx, req)
	if resp != nil {
		s.place(resp.Diagnostics)
	}
	return resp, err
}

// ReadResource implements tfprotov6.ProviderServer.
func (s server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	ctx, done := s.stopping.bound(ctx)
	defer done()
	resp, err := s.protocol.ReadResource(ctx, req)
	if resp != nil {
		s.place(resp.Diagnostics)
	}
	return resp, err
}

// ValidateDataResourceConfig implements tfprotov6.ProviderServer.
func (s server) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	ctx, done := s.stopping.bound(ctx)
	defer done()
	resp, err := s.protocol.ValidateDataResourceConfig(ctx, req)
	if resp != nil {
		s.place(resp.Diagnostics)
	}
	return resp, err
}

// ReadDataSource implements tfprotov6.ProviderServer.
func (s server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	ctx, done := s.stopping.bound(ctx)
	defer done()
	resp, err := s.protocol.ReadDataSource(ctx, req)
	if resp != nil {
		s.place(resp.Diagnostics)
	}
	return resp, err
}

// ImportResourceState implements tfprotov6.ProviderServer.
func (s server) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	ctx, done := s.stopping.bound(ctx)
	defer done()
	return s.protocol.ImportResourceState(ctx, req)
}

// UpgradeResourceState implements tfprotov6.ProviderServer. Engines call it for each resource in
// state.
func (s server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	ctx, done := s.stopping.bound(ctx)
	defer done()
	return s.protocol.UpgradeResourceState(ctx, withoutDiff(req))
}

// UpgradeResourceIdentity implements tfprotov6.ProviderServer.
func (s server) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	ctx, done := s.stopping.bound(ctx)
	defer done()
	return s.protocol.UpgradeResourceIdentity(ctx, req)
}

// MoveResourceState implements tfprotov6.ProviderServer.
func (s server) MoveResourceState(ctx context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	ctx, done := s.stopping.bound(ctx)
	defer done()
	return s.protocol.MoveResourceState(ctx, req)
}
