package provider

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// echo answers with the objects that it gets, which have to be those of the framework: "many" is a
// string in them.
type echo struct {
	protocol

	t *testing.T
}

var (
	engineObject = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"many": tftypes.Map{ElementType: tftypes.String}}}
	packedObject = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"many": tftypes.String}}
)

// same checks that each of these values is packed, and returns the first.
func (e echo) same(values ...*tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	for _, v := range values {
		if got, err := v.Unmarshal(packedObject); err != nil {
			e.t.Errorf("the framework gets %v, %v", got, err)
		}
	}
	return values[0]
}

func (e echo) ValidateResourceConfig(_ context.Context, r *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	e.same(r.Config)
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (e echo) UpgradeResourceState(_ context.Context, r *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	v, err := r.RawState.Unmarshal(packedObject)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(packedObject, v)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

func (e echo) ReadResource(_ context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: e.same(r.CurrentState)}, nil
}

func (e echo) PlanResourceChange(_ context.Context, r *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: e.same(r.ProposedNewState, r.PriorState, r.Config)}, nil
}

func (e echo) ApplyResourceChange(_ context.Context, r *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return &tfprotov6.ApplyResourceChangeResponse{NewState: e.same(r.PlannedState, r.PriorState, r.Config)}, nil
}

func (e echo) state() *tfprotov6.DynamicValue {
	v, err := tfprotov6.NewDynamicValue(packedObject, tftypes.NewValue(packedObject, map[string]tftypes.Value{"many": tftypes.NewValue(tftypes.String, "1:a=1:b")}))
	if err != nil {
		e.t.Fatal(err)
	}
	return &v
}

func (e echo) ImportResourceState(_ context.Context, r *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return &tfprotov6.ImportResourceStateResponse{ImportedResources: []*tfprotov6.ImportedResource{{TypeName: r.TypeName, State: e.state()}}}, nil
}

func (e echo) MoveResourceState(context.Context, *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	return &tfprotov6.MoveResourceStateResponse{TargetState: e.state()}, nil
}

func (e echo) GenerateResourceConfig(_ context.Context, r *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return &tfprotov6.GenerateResourceConfigResponse{Config: e.same(r.State)}, nil
}

// In every call the engine has a map where the framework has a string. What the engine passed stays
// as it was.
func TestEnginesSeeMapsInEveryCall(t *testing.T) {
	t.Parallel()
	p := packed{echo{t: t}, map[string][]string{"many": {"many"}}}
	want := tftypes.NewValue(engineObject, map[string]tftypes.Value{
		"many": tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"a": tftypes.NewValue(tftypes.String, "b")}),
	})
	v, err := tfprotov6.NewDynamicValue(engineObject, want)
	if err != nil {
		t.Fatal(err)
	}
	nothing, err := tfprotov6.NewDynamicValue(engineObject, tftypes.NewValue(engineObject, nil))
	if err != nil {
		t.Fatal(err)
	}
	const many = "many"
	for name, call := range map[string]func(ctx context.Context) (*tfprotov6.DynamicValue, error){
		"validate": func(ctx context.Context) (*tfprotov6.DynamicValue, error) {
			_, err := p.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: many, Config: &v})
			return &v, err
		},
		"upgrade": func(ctx context.Context) (*tfprotov6.DynamicValue, error) {
			resp, err := p.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{TypeName: many, RawState: &tfprotov6.RawState{JSON: []byte(`{"many":{"a":"b"}}`)}})
			return resp.UpgradedState, err
		},
		"read": func(ctx context.Context) (*tfprotov6.DynamicValue, error) {
			resp, err := p.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: many, CurrentState: &v})
			return resp.NewState, err
		},
		"plan": func(ctx context.Context) (*tfprotov6.DynamicValue, error) {
			resp, err := p.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{TypeName: many, Config: &v, PriorState: &nothing, ProposedNewState: &v})
			return resp.PlannedState, err
		},
		"apply": func(ctx context.Context) (*tfprotov6.DynamicValue, error) {
			resp, err := p.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{TypeName: many, Config: &v, PriorState: &nothing, PlannedState: &v})
			return resp.NewState, err
		},
		"import": func(ctx context.Context) (*tfprotov6.DynamicValue, error) {
			resp, err := p.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: many})
			return resp.ImportedResources[0].State, err
		},
		"move": func(ctx context.Context) (*tfprotov6.DynamicValue, error) {
			resp, err := p.MoveResourceState(ctx, &tfprotov6.MoveResourceStateRequest{TargetTypeName: many})
			return resp.TargetState, err
		},
		"generate": func(ctx context.Context) (*tfprotov6.DynamicValue, error) {
			resp, err := p.GenerateResourceConfig(ctx, &tfprotov6.GenerateResourceConfigRequest{TypeName: many, State: &v})
			return resp.Config, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, err := call(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := answer.Unmarshal(engineObject); err != nil || !got.Equal(want) {
				t.Errorf("the engine gets %v, %v, want %v", got, err, want)
			}
		})
	}
}

// The attributes that are packed exist, and are maps of strings to engines.
func TestEnginesSeeMapsInTheSchema(t *testing.T) {
	t.Parallel()
	s, ok := NewServer(New("test"))().(server)
	if !ok {
		t.Fatal("another server")
	}
	schemas, err := s.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for typeName, names := range s.protocol.(packed).attributes {
		object, ok := schemas.ResourceSchemas[typeName].ValueType().(tftypes.Object)
		if !ok {
			t.Fatalf("%s is no resource", typeName)
		}
		for _, name := range names {
			if got := object.AttributeTypes[name]; got == nil || !got.Equal(tftypes.Map{ElementType: tftypes.String}) {
				t.Errorf("%s.%s is %v", typeName, name, got)
			}
		}
	}
}
