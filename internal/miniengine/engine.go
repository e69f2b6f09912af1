package miniengine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Config is what is wanted.
type Config struct {
	Provider  map[string]any      // the provider block
	Resources map[string]Resource // by address
	// Forget are the addresses of `removed { lifecycle { destroy = false } }` blocks.
	Forget []string
	// Replace are the addresses of `-replace`.
	Replace []string
}

// Resource is one resource block. An attribute is a string, bool or number, a map[string]any, a []any, a [Ref] or a [Merge].
type Resource struct {
	Type       string
	Attributes map[string]any
	DependsOn  []string
}

// dependencies are the addresses that the resource comes after, in order.
func (r Resource) dependencies() []string {
	all := slices.Clone(r.DependsOn)
	references(r.Attributes, func(ref Ref) { all = append(all, ref.Address) })
	slices.Sort(all)
	return slices.Compact(all)
}

// Object is a resource in state.
type Object struct {
	Type      string
	Value     tftypes.Value
	Private   []byte
	Identity  *tfprotov6.ResourceIdentityData
	DependsOn []string // as it was when the object was made
	Tainted   bool     // its creation failed half-way: it is replaced
}

// Text is a string attribute of the object; "" for any other.
func (o *Object) Text(attribute string) string {
	var s string
	if v, ok := members(o.Value)[attribute]; !ok || v.IsNull() || v.As(&s) != nil {
		return ""
	}
	return s
}

// State is what an engine remembers, by address. Objects are never changed, only replaced.
type State map[string]*Object

// Process is a provider that runs.
type Process struct {
	Server tfprotov6.ProviderServer
	// Exit is the end of a process whose engine has no more to ask.
	Exit func() error
	// Abandon is the end of a process whose engine was killed.
	Abandon func()
	// Kill keeps the process from having any effect from now on.
	Kill func()
}

// Engine plans and applies. It is not safe for concurrent use.
type Engine struct {
	Start       func() *Process // a new process, not configured
	State       State
	Parallelism int
	// Order says which of n resources that could be next is; nil for the first.
	Order func(n int) int

	provider  *tfprotov6.Schema
	resources map[string]*tfprotov6.Schema
}

// Problem is what an engine or a provider says about a resource.
type Problem struct {
	Address string // "" for none in particular
	Summary string
	Detail  string
}

func (p Problem) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s: %s: %s", p.Address, p.Summary, p.Detail))
}

// Report is what went wrong, and what is worth knowing.
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

func (e *Engine) order(n int) int {
	if e.Order == nil {
		return 0
	}
	return e.Order(n)
}

// open starts a process and configures it.
func (e *Engine) open(ctx context.Context, config map[string]any) (*Process, error) {
	p := e.Start()
	err := e.learn(ctx, p.Server)
	if err == nil {
		err = e.configure(ctx, p.Server, config)
	}
	if err != nil {
		p.Kill()
		return nil, err
	}
	return p, nil
}

// learn asks for the schemas, once.
func (e *Engine) learn(ctx context.Context, server tfprotov6.ProviderServer) error {
	if e.resources != nil {
		return nil
	}
	resp, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	var r Report
	if err == nil && r.add("", resp.Diagnostics, nil) {
		e.provider, e.resources = resp.Provider, resp.ResourceSchemas
		return nil
	}
	return fmt.Errorf("read the provider's schema: %w %v", err, r.Errors)
}

func (e *Engine) configure(ctx context.Context, server tfprotov6.ProviderServer, config map[string]any) error {
	typ := e.provider.ValueType()
	value, err := evaluate(config, typ, nil)
	if err != nil {
		return fmt.Errorf("the provider block: %w", err)
	}
	raw, err := tfprotov6.NewDynamicValue(typ, value)
	if err != nil {
		return err
	}
	resp, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: &raw})
	var r Report
	if err == nil && r.add("", resp.Diagnostics, nil) {
		return nil
	}
	return fmt.Errorf("configure the provider: %w %v", err, r.Errors)
}

// attributes are those of a resource's schema.
func (e *Engine) attributes(typ string) []*tfprotov6.SchemaAttribute {
	return e.resources[typ].Block.Attributes
}

// with is the state with another object at an address; nil for none.
func (s State) with(address string, o *Object) {
	if o == nil {
		delete(s, address)
		return
	}
	s[address] = o
}

// addresses are those of the configuration and of the state.
func addresses(c Config, s State) []string {
	all := slices.Collect(maps.Keys(c.Resources))
	all = slices.AppendSeq(all, maps.Keys(s))
	slices.Sort(all)
	return slices.Compact(all)
}
