package miniengine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Config is a configuration and the options of a plan.
type Config struct {
	Provider map[string]any // the provider block
	// Aliases are the provider blocks that have an alias, by it.
	Aliases   map[string]map[string]any
	Resources map[string]Resource // by address
	// Forget are the addresses of `removed { lifecycle { destroy = false } }` blocks.
	Forget []string
	// Replace are the addresses of `-replace`.
	Replace []string
	// Target are the addresses of `-target`; none for everything.
	Target []string
	// NoRefresh is `-refresh=false`.
	NoRefresh bool
}

// Resource is a resource block. An attribute is a string, bool or number, nil, a map[string]any, a
// []any, a [Ref] or a [Merge].
type Resource struct {
	Type       string
	Provider   string // the alias of its provider block; "" for the block without an alias
	Attributes map[string]any
	DependsOn  []string
	// CreateFirst is `lifecycle { create_before_destroy = true }`.
	CreateFirst bool
	// Ignore is `lifecycle { ignore_changes = [...] }`: names of attributes.
	Ignore []string
}

// dependencies are the addresses that the resource comes after, in order.
func (r Resource) dependencies() []string {
	all := slices.Clone(r.DependsOn)
	references(r.Attributes, func(ref Ref) { all = append(all, ref.Address) })
	slices.Sort(all)
	return slices.Compact(all)
}

// createsFirst reports whether a replacement at the address is created before the former object is
// destroyed. A resource that comes after it and does so forces it to do so, too.
func (c Config) createsFirst(address string) bool {
	if c.Resources[address].CreateFirst {
		return true
	}
	for other, r := range c.Resources {
		if slices.Contains(r.dependencies(), address) && c.createsFirst(other) {
			return true
		}
	}
	return false
}

// targets returns the addresses that `-target` selects: the named addresses and their dependencies.
// nil means all.
func (c Config) targets() map[string]bool {
	if len(c.Target) == 0 {
		return nil
	}
	all := make(map[string]bool)
	var add func(string)
	add = func(address string) {
		if all[address] {
			return
		}
		all[address] = true
		for _, other := range c.Resources[address].dependencies() {
			add(other)
		}
	}
	for _, address := range c.Target {
		add(address)
	}
	return all
}

// Object is a resource in state.
type Object struct {
	Type        string
	Provider    string // as in [Resource]
	Value       tftypes.Value
	Private     []byte
	Identity    *tfprotov6.ResourceIdentityData
	DependsOn   []string // as it was when the object was made
	Tainted     bool     // its creation failed half-way: it is replaced
	CreateFirst bool     // its replacement was to be created first
}

// Text is a string attribute of the object; "" for any other.
func (o *Object) Text(attribute string) string {
	var s string
	if v, ok := members(o.Value)[attribute]; !ok || v.IsNull() || v.As(&s) != nil {
		return ""
	}
	return s
}

// State is the state that an engine keeps, by address. A deposed object, whose replacement was
// created first and which is not yet destroyed, has a key of its own; see [Address]. Objects are
// never changed, only replaced.
type State map[string]*Object

const deposed = " (deposed "

// Address is the address that a key of the state is about: the key itself, but for a deposed
// object.
func Address(key string) string {
	address, _, _ := strings.Cut(key, deposed)
	return address
}

// IsDeposed reports whether a key of the state belongs to a deposed object.
func IsDeposed(key string) bool { return strings.Contains(key, deposed) }

// deposedKey returns an unused key for a deposed object of the address.
func (s State) deposedKey(address string) string {
	for n := 1; ; n++ {
		if key := fmt.Sprintf("%s%s%d)", address, deposed, n); s[key] == nil {
			return key
		}
	}
}

// with is the state with another object at a key; nil for none.
func (s State) with(key string, o *Object) {
	if o == nil {
		delete(s, key)
		return
	}
	s[key] = o
}

// Engine plans and applies. It is not safe for concurrent use.
type Engine struct {
	// Start starts a process, which is not configured yet. All processes of a plan or an apply get
	// the same run; no other processes get it.
	Start       func(run any) *Process
	State       State
	Parallelism int
	// Order picks the next of n resources that are ready; nil picks the first.
	Order func(n int) int
	// PlansUnread makes the engine plan as terraform before 1.12 did: it plans the deletion of a
	// resource without configuration from the state as it is, before it reads the object.
	PlansUnread bool

	provider  *tfprotov6.Schema
	resources map[string]*tfprotov6.Schema
}

// Problem is an error or a warning of an engine or a provider about a resource.
type Problem struct {
	Address string // "" for none in particular
	Summary string
	Detail  string
}

// String returns address, summary and detail.
func (p Problem) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s: %s: %s", p.Address, p.Summary, p.Detail))
}

// Report holds the errors and warnings of a plan or an apply.
type Report struct{ Errors, Warnings []Problem }

// fail adds an error of the engine itself.
func (r *Report) fail(address, summary string, details ...string) {
	r.Errors = append(r.Errors, Problem{address, summary, strings.Join(details, "; ")})
}

// add takes the diagnostics of a call, or the failure to make it. It reports whether all is well.
func (r *Report) add(address string, diags []*tfprotov6.Diagnostic, err error) bool {
	ok := err == nil
	if err != nil {
		r.fail(address, "The plugin did not answer", err.Error())
	}
	for _, d := range diags {
		p := Problem{address, d.Summary, d.Detail}
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			ok = false
			r.Errors = append(r.Errors, p)
		} else {
			r.Warnings = append(r.Warnings, p)
		}
	}
	return ok
}

// errorOf returns the errors of a response that concerns no resource; nil for none.
func errorOf(diags []*tfprotov6.Diagnostic) error {
	var r Report
	if r.add("", diags, nil) {
		return nil
	}
	return fmt.Errorf("%v", r.Errors)
}

func (e *Engine) order(n int) int {
	if e.Order == nil {
		return 0
	}
	return e.Order(n)
}

// attributes returns the attributes of a resource's schema.
func (e *Engine) attributes(typ string) []*tfprotov6.SchemaAttribute {
	return e.resources[typ].Block.Attributes
}

// keys returns the keys of the configuration and of the state.
func keys(c Config, s State) []string {
	all := slices.Collect(maps.Keys(c.Resources))
	all = slices.AppendSeq(all, maps.Keys(s))
	slices.Sort(all)
	return slices.Compact(all)
}
