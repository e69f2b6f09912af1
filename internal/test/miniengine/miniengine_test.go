package miniengine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/miniengine"
)

// fake is a provider of a single resource: "in" and "side" are configured, "out" is computed and,
// without failures, the same as "in". Private state has a letter for each read, plan and apply of
// the object. Field calls records all calls, and changes those that change an object.
type fake struct {
	tfprotov6.ProviderServer
	plan    func(n int, in string) string // the value of out that the nth plan of a resource has
	bends   bool                          // it plans another "in" than the configuration has
	apply   func(in string) (out string, fails bool)
	invalid string // an "in" that the validation refuses
	gone    string // an "in" that a refresh does not find

	mu      sync.Mutex
	plans   map[string]int
	calls   []string
	changes []string
}

var thing = &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
	{Name: "in", Type: tftypes.String, Required: true},
	{Name: "side", Type: tftypes.String, Optional: true},
	{Name: "out", Type: tftypes.String, Computed: true},
	{Name: "nested", Optional: true, NestedType: &tfprotov6.SchemaObject{Nesting: tfprotov6.SchemaObjectNestingModeMap, Attributes: []*tfprotov6.SchemaAttribute{
		{Name: "x", Type: tftypes.String, Optional: true},
	}}},
}}}

func (f *fake) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
			{Name: "name", Type: tftypes.String, Optional: true},
		}}},
		ResourceSchemas: map[string]*tfprotov6.Schema{"thing": thing},
	}, nil
}

func (f *fake) ValidateProviderConfig(_ context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: req.Config}, nil
}

func (f *fake) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (f *fake) ValidateResourceConfig(_ context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp := &tfprotov6.ValidateResourceConfigResponse{}
	if got := in(req.Config); f.invalid != "" && got == f.invalid {
		resp.Diagnostics = []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Invalid in"}}
	}
	return resp, nil
}

func (f *fake) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (f *fake) ReadResource(_ context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	f.note("read %s private %s", in(req.CurrentState), req.Private)
	if f.gone != "" && in(req.CurrentState) == f.gone {
		return &tfprotov6.ReadResourceResponse{NewState: nothing()}, nil
	}
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: append(slices.Clone(req.Private), 'R')}, nil
}

// note records a call.
func (f *fake) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
}

// texts are the known strings of an object; nil for none.
func texts(raw *tfprotov6.DynamicValue) map[string]string {
	v, err := raw.Unmarshal(thing.ValueType())
	if err != nil || v.IsNull() {
		return nil
	}
	var all map[string]tftypes.Value
	if err := v.As(&all); err != nil {
		panic(err)
	}
	known := make(map[string]string)
	for name, v := range all {
		var s string
		if v.IsKnown() && !v.IsNull() && v.As(&s) == nil {
			known[name] = s
		}
	}
	return known
}

func in(raw *tfprotov6.DynamicValue) string { return texts(raw)["in"] }

func encode(v tftypes.Value) *tfprotov6.DynamicValue {
	raw, err := tfprotov6.NewDynamicValue(thing.ValueType(), v)
	if err != nil {
		panic(err)
	}
	return &raw
}

func nothing() *tfprotov6.DynamicValue { return encode(tftypes.NewValue(thing.ValueType(), nil)) }

// with is an object with other values.
func with(raw *tfprotov6.DynamicValue, values map[string]any) *tfprotov6.DynamicValue {
	v, err := raw.Unmarshal(thing.ValueType())
	var all map[string]tftypes.Value
	if err != nil || v.As(&all) != nil {
		panic(err)
	}
	for name, v := range values {
		all[name] = tftypes.NewValue(tftypes.String, v)
	}
	return encode(tftypes.NewValue(thing.ValueType(), all))
}

func (f *fake) PlanResourceChange(_ context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	f.note("plan %s as %s private %s", in(req.PriorState), in(req.Config), req.PriorPrivate)
	private := append(slices.Clone(req.PriorPrivate), 'P')
	s := in(req.ProposedNewState)
	if texts(req.ProposedNewState) == nil {
		return &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState, PlannedPrivate: private}, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plans[s]++
	planned := with(req.ProposedNewState, map[string]any{"out": f.plan(f.plans[s], s)})
	if f.bends {
		planned = with(planned, map[string]any{"in": "bent"})
	}
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: planned, PlannedPrivate: private}, nil
}

func (f *fake) ApplyResourceChange(_ context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	f.note("apply %s to %s of %s private %s", in(req.PriorState), in(req.PlannedState), in(req.Config), req.PlannedPrivate)
	f.mu.Lock()
	defer f.mu.Unlock()
	s := in(req.PlannedState)
	if texts(req.PlannedState) == nil {
		f.changes = append(f.changes, "delete "+in(req.PriorState))
		return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PlannedState}, nil
	}
	f.changes = append(f.changes, "put "+s)
	out, fails := f.apply(s)
	if fails {
		return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PriorState, Private: []byte("failed"), Diagnostics: []*tfprotov6.Diagnostic{
			{Severity: tfprotov6.DiagnosticSeverityError, Summary: "It fails"},
		}}, nil
	}
	return &tfprotov6.ApplyResourceChangeResponse{NewState: with(req.PlannedState, map[string]any{"out": out}), Private: append(slices.Clone(req.PlannedPrivate), 'A')}, nil
}

// engine drives a fake without failures. Tests change the fake.
func engine() (*miniengine.Engine, *fake) {
	f := &fake{
		plans: make(map[string]int),
		plan:  func(_ int, in string) string { return in },
		apply: func(in string) (string, bool) { return in, false },
	}
	return &miniengine.Engine{
		Parallelism: 1, State: miniengine.State{},
		Start: func(any) *miniengine.Process {
			return &miniengine.Process{Server: f, Exit: func() error { return nil }, Abandon: func() {}, Kill: func() {}}
		},
	}, f
}

func things(in map[string]any) miniengine.Config {
	c := miniengine.Config{Resources: make(map[string]miniengine.Resource)}
	for address, v := range in {
		c.Resources[address] = miniengine.Resource{Type: "thing", Attributes: map[string]any{"in": v}}
	}
	return c
}

// apply plans and applies and returns the summaries of all errors.
func apply(t *testing.T, e *miniengine.Engine, c miniengine.Config, watch func(*miniengine.Run, miniengine.Event)) (errs []string) {
	t.Helper()
	plan, err := e.Plan(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	report := plan.Report
	if len(report.Errors) == 0 {
		if report, err = e.Apply(t.Context(), plan, watch); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range report.Errors {
		errs = append(errs, p.Summary)
	}
	return errs
}

func TestAProviderThatBreaksItsWordIsCaught(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*fake){
		"":                               func(*fake) {},
		"Provider produced invalid plan": func(f *fake) { f.bends = true },
		"Provider produced inconsistent final plan": func(f *fake) {
			f.plan = func(n int, in string) string { return in[:n] }
		},
		"Provider produced inconsistent result after apply": func(f *fake) {
			f.apply = func(string) (string, bool) { return "other", false }
		},
	} {
		e, f := engine()
		spoil(f)
		got := strings.Join(apply(t, e, things(map[string]any{"a": "value"}), nil), ", ")
		if got != want {
			t.Errorf("got the errors %q, want %q", got, want)
		}
	}
}

func TestTheOrderIsTerraforms(t *testing.T) {
	t.Parallel()
	e, f := engine()
	ref := func(address string) miniengine.Ref { return miniengine.Ref{Address: address, Attribute: "out"} }
	both := things(map[string]any{"file": "f", "other": "o"})
	both.Resources["commit"] = miniengine.Resource{Type: "thing", Attributes: map[string]any{"in": ref("file")}, DependsOn: []string{"other"}}
	apply(t, e, both, nil)
	one := things(map[string]any{"file": "f2"})
	one.Resources["commit"] = miniengine.Resource{Type: "thing", Attributes: map[string]any{"in": ref("file")}}
	apply(t, e, one, nil)
	apply(t, e, things(nil), nil)
	want := []string{"put f", "put o", "put f", "put f2", "delete o", "put f2", "delete f2", "delete f2"}
	if !slices.Equal(f.changes, want) {
		t.Errorf("got the changes\n%q, want\n%q", f.changes, want)
	}
	if len(e.State) != 0 {
		t.Errorf("state has %v, want nothing", e.State)
	}
}

// TestStateAfterFailuresIsAsTerraformLeavesIt updates an object and creates another, with failures
// and deaths in the middle.
func TestStateAfterFailuresIsAsTerraformLeavesIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		death   miniengine.Death // in the middle of the first change
		fails   bool
		private string // of the object that was updated
		value   string
		created bool // the other object is there
	}{
		"all is well":            {private: "PARPA", value: "2", created: true},
		"the changes fail":       {fails: true, private: "failed", value: "1"},
		"interrupted":            {death: miniengine.Interrupt, private: "PARPA", value: "2"},
		"the engine is killed":   {death: miniengine.KillEngine, private: "PA", value: "1"},
		"the provider is killed": {death: miniengine.KillProvider, private: "", value: "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, f := engine()
			apply(t, e, things(map[string]any{"a": "1"}), nil)
			var run *miniengine.Run
			f.apply = func(in string) (string, bool) {
				if c.death != "" {
					run.End(c.death)
				}
				return in, c.fails
			}
			apply(t, e, things(map[string]any{"a": "2", "b": "3"}), func(r *miniengine.Run, _ miniengine.Event) { run = r })
			a := e.State["a"]
			if got := string(a.Private); got != c.private {
				t.Errorf("private state is %q, want %q", got, c.private)
			}
			if got := a.Text("in"); got != c.value {
				t.Errorf("the value is %q, want %q", got, c.value)
			}
			if got := e.State["b"] != nil; got != c.created {
				t.Errorf("state has what was to be created: %v, want %v", got, c.created)
			}
		})
	}
}
