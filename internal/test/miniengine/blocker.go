package miniengine

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Blocker is a type of resource that every engine has, in place of the resources of other
// providers. It has any "input", and its creation or update fails when "fail" is true. Resources
// that depend on it are skipped then.
const Blocker = "blocker"

var blockerSchema = &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
	{Name: "input", Type: tftypes.String, Optional: true}, {Name: "fail", Type: tftypes.Bool, Optional: true},
}}}

// blocker is the provider of blockers.
type blocker struct{ tfprotov6.ProviderServer }

// ValidateResourceConfig accepts every configuration.
func (blocker) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

// ReadResource returns the state unchanged.
func (blocker) ReadResource(_ context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState}, nil
}

// PlanResourceChange plans the proposed state.
func (blocker) PlanResourceChange(_ context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState}, nil
}

// ApplyResourceChange returns the planned state, or an error if "fail" is true.
func (blocker) ApplyResourceChange(_ context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	planned, err := req.PlannedState.Unmarshal(blockerSchema.ValueType())
	if err != nil {
		return nil, err
	}
	var fail bool
	if v := members(planned)["fail"]; !planned.IsNull() && !v.IsNull() && v.As(&fail) == nil && fail {
		return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PriorState, Diagnostics: []*tfprotov6.Diagnostic{
			{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Blocked"},
		}}, nil
	}
	return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PlannedState}, nil
}
