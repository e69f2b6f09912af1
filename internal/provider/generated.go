package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// GenerateResourceConfig implements tfprotov6.ProviderServer. The framework leaves out attributes
// that are an empty string, as engines do: the older SDK takes those for null. Here they are the
// content of empty files, which a configuration must have.
func (s server) GenerateResourceConfig(ctx context.Context, req *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	ctx, done := s.stopping.bound(ctx)
	defer done()
	resp, err := s.protocol.GenerateResourceConfig(ctx, req)
	if err != nil || resp == nil || resp.Config == nil || req.State == nil {
		return resp, err
	}
	schemas, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	schema, ok := schemas.ResourceSchemas[req.TypeName]
	if !ok {
		return resp, nil
	}
	resp.Config, err = withEmptyContents(req.State, resp.Config, schema.ValueType())
	return resp, err
}

// withEmptyContents gives a configuration the attributes content that are an empty string in state.
func withEmptyContents(state, config *tfprotov6.DynamicValue, of tftypes.Type) (*tfprotov6.DynamicValue, error) {
	from, err := state.Unmarshal(of)
	if err != nil {
		return nil, err
	}
	into, err := config.Unmarshal(of)
	if err != nil {
		return nil, err
	}
	into, err = tftypes.Transform(into, func(at *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if v.IsNull() && v.Type().Is(tftypes.String) && at.LastStep() == tftypes.AttributeName("content") && isEmpty(from, at) {
			return tftypes.NewValue(tftypes.String, ""), nil
		}
		return v, nil
	})
	if err != nil {
		return nil, err
	}
	out, err := tfprotov6.NewDynamicValue(of, into)
	return &out, err
}

// isEmpty reports whether an object has an empty string at a path.
func isEmpty(object tftypes.Value, at *tftypes.AttributePath) bool {
	found, _, err := tftypes.WalkAttributePath(object, at)
	if err != nil {
		return false
	}
	var text string
	v, ok := found.(tftypes.Value)
	return ok && !v.IsNull() && v.IsKnown() && v.As(&text) == nil && text == ""
}
