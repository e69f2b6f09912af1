package miniengine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Action is the kind of a change.
type Action string

// The actions.
const (
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace" // destroy, then create
	// ReplaceFirst is to create, then destroy; the object that is to be destroyed is deposed in
	// between.
	ReplaceFirst Action = "replace (create first)"
	Delete       Action = "delete"
	Forget       Action = "forget" // leave it where it is
)

// Change is a planned change of a resource.
type Change struct {
	Action  Action
	prior   *Object // refreshed; nil for a creation
	planned planned
}

// Plan holds the planned changes. A plan with errors cannot be applied.
type Plan struct {
	Report
	Changes map[string]Change // by the key of the state; an unchanged resource has none
	config  Config
	state   State // refreshed
}

// String names the changes, each in a line of its own.
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
	engine    *Engine
	processes processes

	mu     sync.Mutex // guards the fields below
	plan   *Plan
	values map[string]tftypes.Value // planned, by address
}

// Plan validates the configuration, refreshes the state and plans the changes. It leaves the
// engine's state as it is.
func (e *Engine) Plan(ctx context.Context, c Config) (*Plan, error) {
	plan := &Plan{Changes: make(map[string]Change), config: c, state: maps.Clone(e.State)}
	if err := e.validate(ctx, c, &plan.Report); err != nil || len(plan.Errors) > 0 {
		return plan, err
	}
	ps, err := e.open(ctx, c, aliases(c, e.State, keys(c, e.State)))
	if err != nil {
		return nil, err
	}
	p := &planner{engine: e, processes: ps, values: make(map[string]tftypes.Value), plan: plan}
	nodes, targets := make(map[string]*node), c.targets()
	for _, key := range keys(c, e.State) {
		r, wanted := c.Resources[key]
		switch {
		case targets != nil && !targets[Address(key)]:
		case wanted:
			nodes[key] = &node{after: r.dependencies(), run: func() bool { return p.resource(ctx, key, r) }}
		default:
			nodes[key] = &node{run: func() bool { return p.orphan(ctx, key) }}
		}
	}
	walk(nodes, e.Parallelism, e.order, nil)
	return p.plan, ps.exit()
}

// validate has a process that is not configured look at the configuration, in which no reference is
// known.
func (e *Engine) validate(ctx context.Context, c Config, report *Report) error {
	p := e.Start(new(byte))
	if err := e.learn(ctx, p.Server); err != nil {
		p.Kill()
		return err
	}
	look := func(ref Ref) (tftypes.Value, error) {
		r, ok := c.Resources[ref.Address]
		if !ok {
			return tftypes.Value{}, fmt.Errorf("%s is not declared", ref.Address)
		}
		i := slices.IndexFunc(e.attributes(r.Type), func(a *tfprotov6.SchemaAttribute) bool { return a.Name == ref.Attribute })
		if i < 0 {
			return tftypes.Value{}, fmt.Errorf("%s.%s: no such attribute", ref.Address, ref.Attribute)
		}
		return tftypes.NewValue(e.attributes(r.Type)[i].ValueType(), tftypes.UnknownValue), nil
	}
	for _, address := range slices.Sorted(maps.Keys(c.Resources)) {
		r := c.Resources[address]
		calls := e.calls(processes{r.Provider: p}, r.Provider, r.Type)
		config, err := evaluate(r.Attributes, calls.typ, look)
		if err != nil {
			report.fail(address, "Invalid configuration", err.Error())
			continue
		}
		calls.validate(ctx, config, address, report)
	}
	return p.Exit()
}

// calls returns the calls to the process that is responsible for a key of the state.
func (p *planner) calls(key, typ string) calls {
	return p.engine.calls(p.processes, alias(p.plan.config, p.engine.State, key), typ)
}

// refresh reads the object that state has for a key. It also records the new provider block,
// dependencies and create_before_destroy of the configuration, for which terraform asks no
// provider.
func (p *planner) refresh(ctx context.Context, key string, report *Report) (*Object, bool) {
	o := p.engine.State[key]
	if o == nil {
		return nil, true
	}
	now, ok := o, true
	if !p.plan.config.NoRefresh {
		now, ok = p.calls(key, o.Type).read(ctx, o, key, report)
	}
	if r, wanted := p.plan.config.Resources[Address(key)]; wanted && now != nil {
		same := *now
		now = &same
		now.Provider = r.Provider
		if !IsDeposed(key) {
			now.CreateFirst = p.plan.config.createsFirst(key)
			now.DependsOn = append(r.dependencies(), now.DependsOn...)
			slices.Sort(now.DependsOn)
			now.DependsOn = slices.Compact(now.DependsOn)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan.state.with(key, now)
	return now, ok
}

// note adds the errors and warnings about a resource.
func (p *planner) note(report *Report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan.Errors = append(p.plan.Errors, report.Errors...)
	p.plan.Warnings = append(p.plan.Warnings, report.Warnings...)
}

// orphan plans the deletion of an object that is deposed or has no configuration any more.
func (p *planner) orphan(ctx context.Context, key string) bool {
	var report Report
	defer func() { p.note(&report) }()
	if slices.Contains(p.plan.config.Forget, Address(key)) {
		p.change(key, Change{Action: Forget})
		return true
	}
	o := p.engine.State[key]
	c := p.calls(key, o.Type)
	unread := p.engine.PlansUnread && !IsDeposed(key)
	var made planned
	if unread {
		var ok bool
		if made, ok = c.end(ctx, o, key, &report); !ok {
			return false
		}
	}
	now, ok := p.refresh(ctx, key, &report)
	if now == nil || !ok {
		return ok
	}
	if !unread {
		o = now
		made, ok = c.end(ctx, o, key, &report)
	}
	if ok {
		p.change(key, Change{Action: Delete, prior: o, planned: made})
	}
	return ok
}

func (p *planner) change(key string, c Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan.Changes[key] = c
}

// look finds the planned value of another resource's attribute.
func (p *planner) look(r Ref) (tftypes.Value, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v, ok := members(p.values[r.Address])[r.Attribute]
	if !ok {
		return v, fmt.Errorf("%s.%s: no such attribute", r.Address, r.Attribute)
	}
	return v, nil
}

// resource plans a configured resource.
func (p *planner) resource(ctx context.Context, address string, r Resource) bool {
	var report Report
	defer func() { p.note(&report) }()
	c := p.calls(address, r.Type)
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
	change, ok := p.decide(ctx, c, address, prior, config, &report)
	if !ok {
		return false
	}
	if change.Action == "" {
		p.keep(address, prior, r)
		return true
	}
	p.change(address, change)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.values[address] = change.planned.value
	return true
}

// decide picks the action for an object under a configuration; "" if nothing changes.
func (p *planner) decide(ctx context.Context, c calls, address string, prior *Object, config tftypes.Value, report *Report) (Change, bool) {
	change := Change{Action: Create, prior: prior}
	replace := Replace
	if p.plan.config.createsFirst(address) {
		replace = ReplaceFirst
	}
	var ok bool
	if prior == nil || prior.Tainted {
		if prior != nil {
			change.Action = replace
		}
		change.planned, ok = c.create(ctx, nil, config, address, report)
		return change, ok
	}
	ignored := ignore(p.plan.config.Resources[address].Ignore, prior.Value, config)
	if change.planned, ok = c.plan(ctx, prior, ignored, address, report); !ok {
		return change, false
	}
	forced := slices.Contains(p.plan.config.Replace, address)
	switch {
	case change.planned.value.Equal(prior.Value) && !forced:
		change.Action = ""
	case forced || change.planned.replace:
		change.Action = replace
		change.planned, ok = c.create(ctx, change.planned.private, config, address, report)
	default:
		change.Action = Update
	}
	return change, ok
}

// keep records a resource without changes.
func (p *planner) keep(address string, o *Object, r Resource) {
	same := *o
	p.mu.Lock()
	defer p.mu.Unlock()
	same.DependsOn = r.dependencies()
	p.plan.state[address] = &same
	p.values[address] = same.Value
}
