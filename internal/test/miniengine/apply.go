package miniengine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Apply makes the changes of a plan, in processes of their own, and replaces the engine's state by
// the outcome. watch, when it is not nil, is called before and after each change, by several
// goroutines at once.
func (e *Engine) Apply(ctx context.Context, p *Plan, watch func(*Run, Event)) (Report, error) {
	if len(p.Errors) > 0 {
		return Report{}, fmt.Errorf("the plan has %d errors", len(p.Errors))
	}
	used := slices.Collect(maps.Keys(p.config.Resources))
	for key, change := range p.Changes {
		if change.Action == Delete {
			used = append(used, key)
		}
	}
	ps, err := e.open(ctx, p.config, aliases(p.config, e.State, used))
	if err != nil {
		return Report{}, err
	}
	if watch == nil {
		watch = func(*Run, Event) {}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &Run{
		engine: e, processes: ps, plan: p, watch: watch, cancel: cancel,
		stop: make(chan struct{}), state: maps.Clone(p.state), disk: e.State, closed: make(map[string]error),
	}
	nodes := r.nodes(ctx)
	if len(ps) > 1 {
		r.closeEarly(nodes)
	}
	walk(nodes, e.Parallelism, e.order, r.stop)
	e.State = r.left()
	switch r.Died() {
	case alive, Interrupt:
		err = r.exit()
	case KillEngine:
		ps.abandon()
	}
	return r.report, err
}

// exit ends the processes that have not exited yet.
func (r *Run) exit() error {
	left := maps.Clone(r.processes)
	var errs []error
	for alias, err := range r.closed {
		delete(left, alias)
		errs = append(errs, err)
	}
	return errors.Join(append(errs, left.exit())...)
}

// closeEarly has each process exit as soon as all is done that was asked of it, while others are
// still at work.
func (r *Run) closeEarly(nodes map[string]*node) {
	users := make(map[string][]string)
	for name, n := range nodes {
		users[n.alias] = append(users[n.alias], name)
	}
	for alias := range r.processes {
		nodes["provider "+alias+" (close)"] = &node{after: users[alias], run: func() bool {
			if r.Died() != alive {
				return false
			}
			err := r.processes[alias].Exit()
			r.mu.Lock()
			defer r.mu.Unlock()
			r.closed[alias] = err
			return true
		}}
	}
}

// step is a change's creating or its destroying part, which have their own places in the order.
type step struct {
	address string
	deps    []string // the addresses that the object in state depends on, and those in the configuration
	first   bool     // of a destruction: creations and updates come before it
}

// nodes returns the changes in terraform's order (its DestroyEdgeTransformer and
// CBDEdgeTransformer). A resource is created or updated after the resources that it refers to, and
// deleted before them. A plain replacement destroys its object before the resources that refer to
// it are updated; with create_before_destroy, afterwards.
func (r *Run) nodes(ctx context.Context) map[string]*node {
	nodes, creates, destroys := make(map[string]*node), make(map[string]step), make(map[string]step)
	for key, change := range r.plan.Changes {
		address := Address(key)
		var deps []string
		first := false
		if o := r.plan.state[address]; o != nil {
			deps, first = o.DependsOn, o.CreateFirst
		}
		of := alias(r.plan.config, r.plan.state, key)
		create := &node{alias: of, after: r.plan.config.Resources[address].dependencies()}
		destroy := &node{alias: of, run: func() bool { return r.destroy(ctx, key, change) }}
		switch change.Action {
		case Forget:
			nodes[key] = &node{alias: of, run: func() bool { return r.save(key, nil, true) }}
		case Delete:
			nodes[key], destroys[key] = destroy, step{address, deps, first || IsDeposed(key)}
		case Create, Update:
			create.run = func() bool { return r.put(ctx, address, change) }
			nodes[key], creates[key] = create, step{address: address, deps: slices.Concat(deps, create.after)}
		case Replace:
			fresh := Change{Action: change.Action, planned: change.planned}
			create.run = func() bool { return r.put(ctx, address, fresh) }
			nodes[key], creates[key] = create, step{address: address, deps: slices.Concat(deps, create.after)}
			name := key + " (destroy)"
			nodes[name], destroys[name] = destroy, step{address, deps, false}
		case ReplaceFirst:
			former := r.plan.state.deposedKey(address)
			create.run = func() bool { return r.replaceFirst(ctx, address, former, change) }
			nodes[key], creates[key] = create, step{address: address, deps: slices.Concat(deps, create.after)}
			destroy.run = func() bool { return r.destroy(ctx, former, change) }
			nodes[former], destroys[former] = destroy, step{address, deps, true}
		}
	}
	before := func(one, other string) { nodes[other].after = append(nodes[other].after, one) }
	for d, destroy := range destroys {
		for c, create := range creates {
			if create.address != destroy.address && !slices.Contains(create.deps, destroy.address) && !slices.Contains(destroy.deps, create.address) {
				continue
			}
			// A plain replacement destroys its object after all resources that refer to it, and
			// creates its new object later still: so the destruction comes first here.
			_, plain := nodes[c+" (destroy)"]
			if destroy.first && (!plain || !slices.Contains(destroy.deps, create.address)) {
				before(c, d)
			} else {
				before(d, c)
			}
		}
		for other, its := range destroys {
			if slices.Contains(destroy.deps, its.address) {
				before(d, other)
			}
		}
	}
	for _, n := range nodes {
		slices.Sort(n.after)
		n.after = slices.Compact(n.after)
	}
	return nodes
}

// destroy deletes the object that state has for a key.
func (r *Run) destroy(ctx context.Context, key string, change Change) bool {
	o := r.object(key)
	if o == nil {
		return true
	}
	c := r.engine.calls(r.processes, alias(r.plan.config, r.plan.state, key), o.Type)
	if IsDeposed(key) { // terraform plans it again here
		var report Report
		made, ok := c.end(ctx, o, key, &report)
		if r.note(&report); !ok {
			return false
		}
		change.prior, change.planned = o, made
	}
	change.Action, change.planned.value = Delete, c.null()
	return r.change(ctx, c, key, change, c.null())
}

// replaceFirst creates a new object at an address, before the old object is destroyed. If that
// fails it puts the old object back.
func (r *Run) replaceFirst(ctx context.Context, address, former string, change Change) bool {
	r.depose(address, former)
	change.prior = nil
	ok := r.put(ctx, address, change)
	if !ok {
		r.restore(address, former)
	}
	return ok
}

// put creates or updates an object. As terraform does, it plans the object again first, with the
// values that are known by now.
func (r *Run) put(ctx context.Context, address string, change Change) bool {
	var report Report
	defer func() { r.note(&report) }()
	resource := r.plan.config.Resources[address]
	c := r.engine.calls(r.processes, resource.Provider, resource.Type)
	config, err := evaluate(resource.Attributes, c.typ, r.look)
	if err != nil {
		report.fail(address, "Invalid configuration", err.Error())
		return false
	}
	if !c.validate(ctx, config, address, &report) {
		return false
	}
	before := change.prior
	if before == nil {
		before = &Object{Value: c.null()}
	}
	again, ok := c.plan(ctx, before, ignore(resource.Ignore, before.Value, config), address, &report)
	if !ok {
		return false
	}
	if errs := compatible(address, change.planned.value, again.value); len(errs) > 0 || again.replace {
		report.fail(address, "Provider produced inconsistent final plan", errs...)
		return false
	}
	if change.prior != nil && again.value.Equal(change.prior.Value) {
		return true // the unknown values are known now, and are the prior ones
	}
	change.planned = again
	return r.change(ctx, c, address, change, config)
}

// change applies a planned change, and saves the object that results.
func (r *Run) change(ctx context.Context, c calls, key string, change Change, config tftypes.Value) bool {
	var report Report
	r.watch(r, Event{Address: key, Action: change.Action})
	if !r.begin() {
		return false
	}
	o, ok := c.apply(ctx, change.prior, change.planned, config, key, &report)
	if o != nil && o != change.prior {
		o.Provider = alias(r.plan.config, r.plan.state, key)
		if change.Action == Delete {
			o.DependsOn, o.CreateFirst = change.prior.DependsOn, change.prior.CreateFirst
		} else {
			o.DependsOn, o.CreateFirst = r.plan.config.Resources[key].dependencies(), r.plan.config.createsFirst(key)
		}
	}
	saved := r.save(key, o, change.Action == Delete)
	r.note(&report)
	r.watch(r, Event{Address: key, Action: change.Action, Done: true})
	return ok && saved
}

func (r *Run) look(ref Ref) (tftypes.Value, error) {
	o := r.object(ref.Address)
	if o == nil {
		return tftypes.Value{}, fmt.Errorf("%s is not in state", ref.Address)
	}
	v, ok := members(o.Value)[ref.Attribute]
	if !ok {
		return v, fmt.Errorf("%s.%s: no such attribute", ref.Address, ref.Attribute)
	}
	return v, nil
}
