package miniengine

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Apply makes the changes of a plan, in a process of its own, and the engine's state what there is then. watch, when it is
// not nil, is called before and after each change, by several goroutines at once.
func (e *Engine) Apply(ctx context.Context, p *Plan, watch func(*Run, Event)) (Report, error) {
	if len(p.Errors) > 0 {
		return Report{}, fmt.Errorf("the plan has %d errors", len(p.Errors))
	}
	process, err := e.open(ctx, p.config.Provider)
	if err != nil {
		return Report{}, err
	}
	if watch == nil {
		watch = func(*Run, Event) {}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &Run{
		engine: e, process: process, plan: p, watch: watch, cancel: cancel,
		stop: make(chan struct{}), state: maps.Clone(p.state),
	}
	walk(r.nodes(ctx), e.Parallelism, e.order, r.stop)
	r.mu.Lock()
	e.State = r.state
	r.mu.Unlock()
	switch r.death {
	case alive, Interrupt:
		err = process.Exit()
	case KillEngine:
		process.Abandon()
	}
	return r.report, err
}

// nodes are the changes in terraform's order: what is referred to before what refers to it, deletions the other way around,
// and the deletion of what an updated resource referred to before the update.
func (r *Run) nodes(ctx context.Context) map[string]*node {
	nodes := make(map[string]*node)
	for address, change := range r.plan.Changes {
		n := &node{run: func() bool { return r.do(ctx, address, change) }}
		nodes[address] = n
		if change.Action != Delete && change.Action != Forget {
			n.after = r.plan.config.Resources[address].dependencies()
		}
		for other, its := range r.plan.Changes {
			switch prior := r.plan.state[other]; {
			case change.Action == Delete && its.Action == Delete && slices.Contains(prior.DependsOn, address):
				n.after = append(n.after, other)
			case change.Action == Update && its.Action == Delete && slices.Contains(change.prior.DependsOn, other):
				n.after = append(n.after, other)
			}
		}
		slices.Sort(n.after)
		n.after = slices.Compact(n.after)
	}
	return nodes
}

// do makes one change.
func (r *Run) do(ctx context.Context, address string, change Change) bool {
	switch change.Action {
	case Forget:
		return r.save(address, nil)
	case Delete:
		return r.delete(ctx, address, change)
	case Replace:
		if !r.delete(ctx, address, Change{Action: Delete, prior: change.prior, planned: planned{private: change.prior.Private}}) {
			return false
		}
		change.prior = nil
	}
	return r.put(ctx, address, change)
}

func (r *Run) delete(ctx context.Context, address string, change Change) bool {
	c := r.engine.calls(r.process, change.prior.Type)
	change.planned.value = c.null()
	return r.change(ctx, c, address, change, c.null())
}

// put creates or updates. Terraform plans it once more, with what is known by now.
func (r *Run) put(ctx context.Context, address string, change Change) bool {
	var report Report
	defer func() { r.note(&report) }()
	resource := r.plan.config.Resources[address]
	c := r.engine.calls(r.process, resource.Type)
	config, err := evaluate(resource.Attributes, c.typ, r.look)
	if err != nil {
		report.fail(address, "Invalid configuration", err.Error())
		return false
	}
	again, ok := c.plan(ctx, r.engine.attributes(resource.Type), change.prior, config, address, &report)
	if !ok {
		return false
	}
	if errs := compatible(address, change.planned.value, again.value); len(errs) > 0 || again.replace {
		report.fail(address, "Provider produced inconsistent final plan", errs...)
		return false
	}
	if change.prior != nil && again.value.Equal(change.prior.Value) {
		return true // what was not known has turned out to be as it was
	}
	change.planned = again
	return r.change(ctx, c, address, change, config)
}

// change applies, and saves what there is then.
func (r *Run) change(ctx context.Context, c calls, address string, change Change, config tftypes.Value) bool {
	var report Report
	r.watch(r, Event{Address: address, Action: change.Action})
	if !r.begin() {
		return false
	}
	o, ok := c.apply(ctx, change.prior, change.planned, config, address, &report)
	if o != nil && o != change.prior {
		o.DependsOn = r.plan.config.Resources[address].dependencies()
		if !ok && change.prior != nil {
			o.DependsOn = change.prior.DependsOn
		}
	}
	saved := r.save(address, o)
	r.note(&report)
	r.watch(r, Event{Address: address, Action: change.Action, Done: true})
	return ok && saved
}

func (r *Run) look(ref Ref) (tftypes.Value, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.state[ref.Address]
	if o == nil {
		return tftypes.Value{}, fmt.Errorf("%s is not in state", ref.Address)
	}
	v, ok := members(o.Value)[ref.Attribute]
	if !ok {
		return v, fmt.Errorf("%s.%s: no such attribute", ref.Address, ref.Attribute)
	}
	return v, nil
}
