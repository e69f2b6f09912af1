package miniengine_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/miniengine"
)

// first is a thing whose replacement is created before it is destroyed.
func first(in any) miniengine.Resource {
	r := plain(in)
	r.CreateFirst = true
	return r
}

func plain(in any) miniengine.Resource {
	return miniengine.Resource{Type: "thing", Attributes: map[string]any{"in": in}}
}

// after is a blocker that comes after others.
func after(fails bool, others ...string) miniengine.Resource {
	return miniengine.Resource{Type: miniengine.Blocker, Attributes: map[string]any{"fail": fails}, DependsOn: others}
}

type resources = map[string]miniengine.Resource

// The lists in "want" are the requests of terraform 1.11 to a provider that records them.
func TestLifecyclesAreTerraforms(t *testing.T) {
	t.Parallel()
	out := func(address string) miniengine.Ref { return miniengine.Ref{Address: address, Attribute: "out"} }
	depending := func(in any, others ...string) miniengine.Resource {
		r := plain(in)
		r.DependsOn = others
		return r
	}
	ignoring := func(in, side any) miniengine.Resource {
		r := plain(in)
		r.Attributes["side"] = side
		r.Ignore = []string{"in"}
		return r
	}
	for name, c := range map[string]struct {
		steps  []miniengine.Config
		spoil  func(*fake)
		want   []string // the last step's requests to the provider
		errors []string // of the last step
		state  []string // afterwards
		engine func(*miniengine.Engine)
	}{
		"a replacement is planned from what there is, then anew, and applied anew": {
			steps: []miniengine.Config{{Resources: resources{"a": plain("1")}}, {Resources: resources{"a": plain("1")}, Replace: []string{"a"}}},
			want: []string{
				"read 1 private PA", "plan 1 as 1 private PAR", "plan  as 1 private PARP",
				"apply 1 to  of  private PARPP", "plan  as 1 private ", "apply  to 1 of 1 private P",
			},
			state: []string{"a"},
		},
		"created first, the former object goes after what depends on it, and is planned once more": {
			steps: []miniengine.Config{
				{Resources: resources{"a": first("1"), "b": depending("2", "a")}},
				{Resources: resources{"a": first("1"), "b": depending("3", "a")}, Replace: []string{"a"}},
			},
			want: []string{
				"read 1 private PA", "plan 1 as 1 private PAR", "plan  as 1 private PARP", "read 2 private PA", "plan 2 as 3 private PAR",
				"plan  as 1 private ", "apply  to 1 of 1 private P", "plan 2 as 3 private PAR", "apply 2 to 3 of 3 private PARP",
				"plan 1 as  private PAR", "apply 1 to  of  private PARP",
			},
			state: []string{"a", "b"},
		},
		"what depends on it fails: the former object stays, deposed": {
			steps: []miniengine.Config{
				{Resources: resources{"a": first("1"), "b": after(false, "a")}},
				{Resources: resources{"a": first("1"), "b": after(true, "a")}, Replace: []string{"a"}},
			},
			want: []string{
				"read 1 private PA", "plan 1 as 1 private PAR", "plan  as 1 private PARP", "plan  as 1 private ", "apply  to 1 of 1 private P",
			},
			errors: []string{"b: Blocked: "},
			state:  []string{"a", "a (deposed 1)", "b"},
		},
		"a deposed object goes after the update of the current one": {
			steps: []miniengine.Config{
				{Resources: resources{"a": first("1"), "b": after(false, "a")}},
				{Resources: resources{"a": first("1"), "b": after(true, "a")}, Replace: []string{"a"}},
				{Resources: resources{"a": first("2"), "b": after(false, "a")}},
			},
			want: []string{
				"read 1 private PA", "plan 1 as 2 private PAR", "read 1 private PAR", "plan 1 as  private PARR",
				"plan 1 as 2 private PAR", "apply 1 to 2 of 2 private PARP", "plan 1 as  private PARR", "apply 1 to  of  private PARRP",
			},
			state: []string{"a", "b"},
		},
		"a deposed object that a refresh does not find is forgotten": {
			steps: []miniengine.Config{
				{Resources: resources{"a": first("1"), "b": after(false, "a")}},
				{Resources: resources{"a": first("2"), "b": after(true, "a")}, Replace: []string{"a"}},
				{Resources: resources{"a": first("2"), "b": after(false, "a")}},
			},
			spoil: func(f *fake) { f.gone = "1" },
			want:  []string{"read 2 private PA", "plan 2 as 2 private PAR", "read 1 private PAR"},
			state: []string{"a", "b"},
		},
		"a deposed object goes also when there is nothing else at its address": {
			steps: []miniengine.Config{
				{Resources: resources{"a": first("1"), "b": after(false, "a")}},
				{Resources: resources{"a": first("2"), "b": after(true, "a")}, Replace: []string{"a"}},
				{},
			},
			spoil: func(f *fake) { f.gone = "2" },
			want:  []string{"read 2 private PA", "read 1 private PAR", "plan 1 as  private PARR", "plan 1 as  private PARR", "apply 1 to  of  private PARRP"},
		},
		"a creation that fails gives the former object its place back": {
			steps: []miniengine.Config{{Resources: resources{"a": first("1")}}, {Resources: resources{"a": first("2")}, Replace: []string{"a"}}},
			spoil: func(f *fake) { f.apply = func(string) (string, bool) { return "", true } },
			want: []string{
				"read 1 private PA", "plan 1 as 2 private PAR", "plan  as 2 private PARP", "plan  as 2 private ", "apply  to 2 of 2 private P",
			},
			errors: []string{"a: It fails: "},
			state:  []string{"a"},
		},
		"what a thing that creates first depends on does, too": {
			steps: []miniengine.Config{
				{Resources: resources{"a": plain("1"), "b": first(out("a"))}},
				{Resources: resources{"a": plain("1"), "b": first(out("a"))}, Replace: []string{"a"}},
			},
			want: []string{
				"read 1 private PA", "plan 1 as 1 private PAR", "plan  as 1 private PARP", "read 1 private PA", "plan 1 as 1 private PAR",
				"plan  as 1 private ", "apply  to 1 of 1 private P", "plan 1 as  private PAR", "apply 1 to  of  private PARP",
			},
			state: []string{"a", "b"},
		},
		"what is not configured any more goes after updates if it was to create first": {
			steps: []miniengine.Config{
				{Resources: resources{"a": first("1"), "b": depending("2", "a")}},
				{Resources: resources{"b": plain("3")}},
			},
			want: []string{
				"read 1 private PA", "plan 1 as  private PAR", "read 2 private PA", "plan 2 as 3 private PAR",
				"plan 2 as 3 private PAR", "apply 2 to 3 of 3 private PARP", "apply 1 to  of  private PARP",
			},
			state: []string{"b"},
		},
		"an update waits for the end of what depended on it": {
			steps: []miniengine.Config{
				{Resources: resources{"a": plain("1"), "b": depending("2", "a")}},
				{Resources: resources{"a": plain("3")}},
			},
			want: []string{
				"read 1 private PA", "plan 1 as 3 private PAR", "read 2 private PA", "plan 2 as  private PAR",
				"apply 2 to  of  private PARP", "plan 1 as 3 private PAR", "apply 1 to 3 of 3 private PARP",
			},
			state: []string{"a"},
		},
		"ignored changes are not in the configuration of a plan, but in that of the apply": {
			steps: []miniengine.Config{{Resources: resources{"a": ignoring("1", nil)}}, {Resources: resources{"a": ignoring("2", "x")}}},
			want: []string{
				"read 1 private PA", "plan 1 as 1 private PAR", "plan 1 as 1 private PAR", "apply 1 to 1 of 2 private PARP",
			},
			state: []string{"a"},
		},
		"a replacement ignores nothing": {
			steps: []miniengine.Config{
				{Resources: resources{"a": ignoring("1", nil)}}, {Resources: resources{"a": ignoring("2", nil)}, Replace: []string{"a"}},
			},
			want: []string{
				"read 1 private PA", "plan 1 as 1 private PAR", "plan  as 2 private PARP",
				"apply 1 to  of  private PARPP", "plan  as 2 private ", "apply  to 2 of 2 private P",
			},
			state: []string{"a"},
		},
		"before 1.12 a deletion was planned before the object was read": {
			steps:  []miniengine.Config{{Resources: resources{"a": plain("1")}}, {}},
			engine: func(e *miniengine.Engine) { e.PlansUnread = true },
			want:   []string{"plan 1 as  private PA", "read 1 private PA", "apply 1 to  of  private PAP"},
		},
		"nothing is read when nothing is to be": {
			steps: []miniengine.Config{{Resources: resources{"a": plain("1")}}, {Resources: resources{"a": plain("2")}, NoRefresh: true}},
			want:  []string{"plan 1 as 2 private PA", "plan 1 as 2 private PA", "apply 1 to 2 of 2 private PAP"},
			state: []string{"a"},
		},
		"a target takes along what it depends on, and nothing else": {
			steps: []miniengine.Config{
				{Resources: resources{"z": plain("0")}},
				{Resources: resources{"a": plain("1"), "b": depending("2", "a"), "c": plain("3")}, Target: []string{"b"}},
			},
			want: []string{
				"plan  as 1 private ", "plan  as 2 private ",
				"plan  as 1 private ", "apply  to 1 of 1 private P", "plan  as 2 private ", "apply  to 2 of 2 private P",
			},
			state: []string{"a", "b", "z"},
		},
		"what is invalid is not planned": {
			steps:  []miniengine.Config{{Resources: resources{"a": plain("1"), "b": plain("bad")}}},
			spoil:  func(f *fake) { f.invalid = "bad" },
			errors: []string{"b: Invalid in: "},
		},
		"a null element of a map of objects crashes the engine if nobody refuses it": {
			steps: []miniengine.Config{{Resources: resources{"a": {Type: "thing", Attributes: map[string]any{
				"in": "1", "nested": map[string]any{"k": nil},
			}}}}},
			errors: []string{`a: Terraform crashed: it cannot propose a plan for nested["k"], which is null`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, f := engine()
			var errs []string
			for i, config := range c.steps {
				f.calls = nil
				if i == len(c.steps)-1 {
					if c.spoil != nil {
						c.spoil(f)
					}
					if c.engine != nil {
						c.engine(e)
					}
				}
				errs = problems(t, e, config)
			}
			if !slices.Equal(errs, c.errors) {
				t.Errorf("got the errors %q, want %q", errs, c.errors)
			}
			if !slices.Equal(f.calls, c.want) {
				t.Errorf("got the calls\n  %s, want\n  %s", strings.Join(f.calls, "\n  "), strings.Join(c.want, "\n  "))
			}
			if got := slices.Sorted(maps.Keys(e.State)); !slices.Equal(got, c.state) {
				t.Errorf("state has %q, want %q", got, c.state)
			}
		})
	}
}

// problems plans and applies and returns all errors.
func problems(t *testing.T, e *miniengine.Engine, c miniengine.Config) (errs []string) {
	t.Helper()
	plan, err := e.Plan(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	report := plan.Report
	if len(report.Errors) == 0 {
		if report, err = e.Apply(t.Context(), plan, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range report.Errors {
		errs = append(errs, fmt.Sprintf("%s: %s: %s", p.Address, p.Summary, p.Detail))
	}
	return errs
}

func TestDependenciesAreThoseOfTheLastTry(t *testing.T) {
	t.Parallel()
	e, f := engine()
	b := plain("2")
	b.DependsOn = []string{"a"}
	problems(t, e, miniengine.Config{Resources: resources{"a": plain("1"), "b": b}})
	f.apply = func(string) (string, bool) { return "", true }
	problems(t, e, miniengine.Config{Resources: resources{"a": plain("1"), "b": plain("3")}})
	if got := e.State["b"].DependsOn; len(got) > 0 {
		t.Errorf("after a failed update without dependencies state has %q", got)
	}
}

// TestEachAliasIsAProcess has two provider blocks, and a resource that moves from the first to the
// other.
func TestEachAliasIsAProcess(t *testing.T) {
	t.Parallel()
	e, f := engine()
	var mu sync.Mutex
	runs, events := make(map[any]int), []string(nil)
	started := 0
	e.Start = func(run any) *miniengine.Process {
		mu.Lock()
		defer mu.Unlock()
		runs[run]++
		started++
		n := started
		return &miniengine.Process{Server: f, Kill: func() {}, Abandon: func() {}, Exit: func() error {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, fmt.Sprintf("exit %d", n))
			if n == 1 || n > 5 {
				return nil // neither the plan nor the apply starts it
			}
			return errors.New("late")
		}}
	}
	c := miniengine.Config{
		Aliases:   map[string]map[string]any{"b": {"name": "b"}},
		Resources: resources{"x": plain("1"), "y": {Type: "thing", Provider: "b", Attributes: map[string]any{"in": "2"}}},
	}
	plan, err := e.Plan(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "late") {
		t.Errorf("the plan's exits say %v, want what the processes say", err)
	}
	mu.Lock()
	events = nil
	mu.Unlock()
	if _, err := e.Apply(t.Context(), plan, func(_ *miniengine.Run, ev miniengine.Event) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, fmt.Sprintf("%s %v", ev.Address, ev.Done))
	}); err == nil || strings.Count(err.Error(), "late") != 2 {
		t.Errorf("the apply's exits say %v, want both", err)
	}
	at := func(event string) int { return slices.Index(events, event) }
	if len(events) != 6 || at("exit 4") < at("x true") || at("exit 5") < at("y true") {
		t.Errorf("got %q, want each process to exit after its own", events)
	}
	counts := slices.Sorted(maps.Values(runs))
	if want := []int{1, 2, 2}; !slices.Equal(counts, want) {
		t.Errorf("the runs of validation, plan and apply had %v processes, want %v", counts, want)
	}
	if got := e.State["y"].Provider; got != "b" {
		t.Errorf("y is of provider %q, want b", got)
	}
	delete(c.Aliases, "b")
	c.Resources = resources{"x": plain("1")}
	if _, err := e.Plan(t.Context(), c); err == nil || !strings.Contains(err.Error(), "not present") {
		t.Errorf("a provider block that state needs is gone, and the plan says %v", err)
	}
}
