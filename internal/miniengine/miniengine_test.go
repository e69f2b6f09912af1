package miniengine_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/miniengine"
)

// fake is a provider of one resource: "in" is configured, "out" is computed and, when all is well, the same. What it does
// to each resource is in calls, by the resource's "in".
type fake struct {
	tfprotov6.ProviderServer
	plan  func(n int, in string) string // what the nth plan of a resource says of out
	bends bool                          // it plans another "in" than is configured
	apply func(in string) (out string, fails bool)

	mu    sync.Mutex
	plans map[string]int
	calls []string
}

var thing = &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
	{Name: "in", Type: tftypes.String, Required: true}, {Name: "out", Type: tftypes.String, Computed: true},
}}}

func (f *fake) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		Provider:        &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}},
		ResourceSchemas: map[string]*tfprotov6.Schema{"thing": thing},
	}, nil
}

func (f *fake) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (f *fake) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (f *fake) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (f *fake) ReadResource(_ context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private}, nil
}

func in(raw *tfprotov6.DynamicValue) (string, bool) {
	v, err := raw.Unmarshal(thing.ValueType())
	if err != nil || v.IsNull() {
		return "", false
	}
	var all map[string]tftypes.Value
	var s string
	if v.As(&all) != nil || !all["in"].IsKnown() || all["in"].As(&s) != nil {
		return "", true
	}
	return s, true
}

func value(in, out any) *tfprotov6.DynamicValue {
	v, err := tfprotov6.NewDynamicValue(thing.ValueType(), tftypes.NewValue(thing.ValueType(), map[string]tftypes.Value{
		"in": tftypes.NewValue(tftypes.String, in), "out": tftypes.NewValue(tftypes.String, out),
	}))
	if err != nil {
		panic(err)
	}
	return &v
}

func (f *fake) PlanResourceChange(_ context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	s, wanted := in(req.ProposedNewState)
	if !wanted {
		return &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState, PlannedPrivate: req.PriorPrivate}, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plans[s]++
	planned := value(s, f.plan(f.plans[s], s))
	if f.bends {
		planned = value("bent", s)
	}
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: planned, PlannedPrivate: req.PriorPrivate}, nil
}

func (f *fake) ApplyResourceChange(_ context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	s, wanted := in(req.PlannedState)
	f.mu.Lock()
	defer f.mu.Unlock()
	if !wanted {
		s, _ = in(req.PriorState)
		f.calls = append(f.calls, "delete "+s)
		return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PlannedState}, nil
	}
	f.calls = append(f.calls, "put "+s)
	out, fails := f.apply(s)
	if fails {
		return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PriorState, Private: []byte("failed"), Diagnostics: []*tfprotov6.Diagnostic{
			{Severity: tfprotov6.DiagnosticSeverityError, Summary: "It fails"},
		}}, nil
	}
	return &tfprotov6.ApplyResourceChangeResponse{NewState: value(s, out), Private: []byte("made")}, nil
}

// engine drives a fake that, but for what a test changes, does all right.
func engine() (*miniengine.Engine, *fake) {
	f := &fake{
		plans: make(map[string]int),
		plan:  func(_ int, in string) string { return in },
		apply: func(in string) (string, bool) { return in, false },
	}
	return &miniengine.Engine{
		Parallelism: 1, State: miniengine.State{},
		Start: func() *miniengine.Process {
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
	if !slices.Equal(f.calls, want) {
		t.Errorf("got the calls\n%q, want\n%q", f.calls, want)
	}
	if len(e.State) != 0 {
		t.Errorf("state has %v, want nothing", e.State)
	}
}

func TestStateAfterFailuresIsAsTerraformLeavesIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		death   miniengine.Death // in the middle of the first change
		fails   bool
		private string // of the object that was updated
		value   string
		created bool // the other object is there
	}{
		"all is well":            {private: "made", value: "2", created: true},
		"the changes fail":       {fails: true, private: "failed", value: "1"},
		"interrupted":            {death: miniengine.Interrupt, private: "made", value: "2"},
		"the engine is killed":   {death: miniengine.KillEngine, private: "made", value: "1"},
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
