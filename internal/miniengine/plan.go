package miniengine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Action is what happens to a resource.
type Action string

// The actions.
const (
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace" // destroy, then create
	Delete  Action = "delete"
	Forget  Action = "forget" // leave it where it is
)

// Change is what is planned for a resource.
type Change struct {
	Action  Action
	prior   *Object // refreshed; nil for a creation
	planned planned
}

// Plan is what is planned. A plan with errors cannot be applied.
type Plan struct {
	Report
	Changes map[string]Change // by address; what stays as it is has none
	config  Config
	state   State // refreshed
}

// String names the changes, one a line.
func (p *Plan) String() string {
	var lines []string
	for _, address := range slices.Sorted(maps.Keys(p.Changes)) {
		lines = append(lines, fmt.Sprintf("%s %s", p.Changes[address].Action, address))
	}
	return strings.Join(lines, "\n")
}

// State is the refreshed state that the plan starts from.
func (p *Plan) State() State { return maps.Clone(p.state) }

// planner is the making of a plan.
type planner struct {
	engine  *Engine
	process *Process

	mu     sync.Mutex // guards what follows
	plan   *Plan
	values map[string]tftypes.Value // planned, by address
}

// Plan refreshes the state and plans what is to be done. The engine's state stays as it is.
func (e *Engine) Plan(ctx context.Context, c Config) (*Plan, error) {
	process, err := e.open(ctx, c.Provider)
	if err != nil {
		return nil, err
	}
	p := &planner{
		engine: e, process: process, values: make(map[string]tftypes.Value),
		plan: &Plan{Changes: make(map[string]Change), config: c, state: maps.Clone(e.State)},
	}
	nodes := make(map[string]*node)
	for _, address := range addresses(c, e.State) {
		r, wanted := c.Resources[address]
		nodes[address] = &node{run: func() bool { return p.orphan(ctx, address) }}
		if wanted {
			nodes[address] = &node{after: r.dependencies(), run: func() bool { return p.resource(ctx, address, r) }}
		}
	}
	walk(nodes, e.Parallelism, e.order, nil)
	return p.plan, process.Exit()
}

// refresh reads what state has at an address.
func (p *planner) refresh(ctx context.Context, address string, report *Report) (*Object, bool) {
	o := p.engine.State[address]
	if o == nil {
		return nil, true
	}
	now, ok := p.engine.calls(p.process, o.Type).read(ctx, o, address, report)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan.state.with(address, now)
	return now, ok
}

// note adds what was found out about a resource.
func (p *planner) note(report *Report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan.Errors = append(p.plan.Errors, report.Errors...)
	p.plan.Warnings = append(p.plan.Warnings, report.Warnings...)
}

// orphan plans the end of what is not configured any more.
func (p *planner) orphan(ctx context.Context, address string) bool {
	var report Report
	defer func() { p.note(&report) }()
	if slices.Contains(p.plan.config.Forget, address) {
		p.change(address, Change{Action: Forget})
		return true
	}
	o, ok := p.refresh(ctx, address, &report)
	if o == nil || !ok {
		return ok
	}
	c := p.engine.calls(p.process, o.Type)
	made, ok := c.plan(ctx, p.engine.attributes(o.Type), o, c.null(), address, &report)
	if ok {
		p.change(address, Change{Action: Delete, prior: o, planned: made})
	}
	return ok
}

func (p *planner) change(address string, c Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan.Changes[address] = c
}

// look finds what is planned for another resource.
func (p *planner) look(r Ref) (tftypes.Value, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v, ok := members(p.values[r.Address])[r.Attribute]
	if !ok {
		return v, fmt.Errorf("%s.%s: no such attribute", r.Address, r.Attribute)
	}
	return v, nil
}

// resource plans what is configured.
func (p *planner) resource(ctx context.Context, address string, r Resource) bool {
	var report Report
	defer func() { p.note(&report) }()
	c, attributes := p.engine.calls(p.process, r.Type), p.engine.attributes(r.Type)
	prior, ok := p.refresh(ctx, address, &report)
	if !ok {
		return false
	}
	config, err := evaluate(r.Attributes, c.typ, p.look)
	if err != nil {
		report.fail(address, "Invalid configuration", err.Error())
		return false
	}
	if !c.validate(ctx, config, address, &report) {
		return false
	}
	made, ok := c.plan(ctx, attributes, prior, config, address, &report)
	if !ok {
		return false
	}
	change := Change{Action: Update, prior: prior, planned: made}
	switch {
	case prior == nil:
		change.Action = Create
	case made.replace || prior.Tainted || slices.Contains(p.plan.config.Replace, address):
		change.Action = Replace
		if change.planned, ok = c.plan(ctx, attributes, nil, config, address, &report); !ok {
			return false
		}
	case made.value.Equal(prior.Value):
		p.keep(address, prior, r)
		return true
	}
	p.change(address, change)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.values[address] = change.planned.value
	return true
}

// keep notes a resource that stays as it is.
func (p *planner) keep(address string, o *Object, r Resource) {
	same := *o
	same.DependsOn = r.dependencies()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan.state[address] = &same
	p.values[address] = same.Value
}
