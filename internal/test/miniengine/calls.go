package miniengine

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// calls makes requests about a type of resource to a process, in values of that type.
type calls struct {
	server     tfprotov6.ProviderServer
	name       string
	typ        tftypes.Type
	attributes []*tfprotov6.SchemaAttribute
}

func (e *Engine) calls(ps processes, alias, name string) calls {
	c := calls{blocker{}, name, e.resources[name].ValueType(), e.attributes(name)}
	if name != Blocker {
		c.server = ps[alias].Server
	}
	return c
}

func (c calls) encode(v tftypes.Value) *tfprotov6.DynamicValue {
	raw, err := tfprotov6.NewDynamicValue(c.typ, v)
	if err != nil {
		panic(fmt.Sprintf("miniengine: encode a %s: %v", c.name, err))
	}
	return &raw
}

// decode is the way back; null for nothing.
func (c calls) decode(raw *tfprotov6.DynamicValue) (tftypes.Value, error) {
	if raw == nil {
		return c.null(), nil
	}
	return raw.Unmarshal(c.typ)
}

func (c calls) null() tftypes.Value { return tftypes.NewValue(c.typ, nil) }

func (c calls) validate(ctx context.Context, config tftypes.Value, address string, report *Report) bool {
	resp, err := c.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: c.name, Config: c.encode(config)})
	if err != nil {
		return report.add(address, nil, err)
	}
	return report.add(address, resp.Diagnostics, nil)
}

// read refreshes an object; nil when there is none any more.
func (c calls) read(ctx context.Context, o *Object, address string, report *Report) (*Object, bool) {
	resp, err := c.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: c.name, CurrentState: c.encode(o.Value), Private: o.Private, CurrentIdentity: o.Identity,
	})
	if err != nil {
		return o, report.add(address, nil, err)
	}
	if !report.add(address, resp.Diagnostics, nil) {
		return o, false
	}
	now := *o
	if now.Value, err = c.decode(resp.NewState); err != nil {
		return o, report.add(address, nil, err)
	}
	if now.Value.IsNull() {
		return nil, true
	}
	now.Private, now.Identity = resp.Private, resp.NewIdentity
	return &now, true
}

// planned is a provider's response to a proposed state.
type planned struct {
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	replace  bool
}

// end plans the destruction of an object.
func (c calls) end(ctx context.Context, o *Object, address string, report *Report) (planned, bool) {
	return c.plan(ctx, o, c.null(), address, report)
}

// create plans a new object. private is the private state of the object that it replaces, if any.
func (c calls) create(ctx context.Context, private []byte, config tftypes.Value, address string, report *Report) (planned, bool) {
	return c.plan(ctx, &Object{Value: c.null(), Private: private}, config, address, report)
}

// plan asks the provider for its plan of an object under this configuration, and checks the
// response as terraform does.
func (c calls) plan(ctx context.Context, before *Object, config tftypes.Value, address string, report *Report) (planned, bool) {
	proposed := config
	if !config.IsNull() {
		if at := nullElement(c.attributes, config); at != "" {
			report.fail(address, "Terraform crashed", "it cannot propose a plan for "+at+", which is null")
			return planned{}, false
		}
		proposed = propose(c.attributes, before.Value, config)
	}
	resp, err := c.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: c.name, PriorState: c.encode(before.Value), ProposedNewState: c.encode(proposed), Config: c.encode(config),
		PriorPrivate: before.Private, PriorIdentity: before.Identity,
	})
	if err != nil {
		return planned{}, report.add(address, nil, err)
	}
	if !report.add(address, resp.Diagnostics, nil) {
		return planned{}, false
	}
	p := planned{private: resp.PlannedPrivate, identity: resp.PlannedIdentity}
	if p.value, err = c.decode(resp.PlannedState); err != nil {
		return p, report.add(address, nil, err)
	}
	if p.value.IsNull() != config.IsNull() {
		report.fail(address, "Provider produced invalid plan", "it plans to delete what is configured, or to keep what is not")
		return p, false
	}
	if errs := validPlan(address, c.attributes, before.Value, config, p.value); !config.IsNull() && len(errs) > 0 {
		report.fail(address, "Provider produced invalid plan", errs...)
		return p, false
	}
	p.replace = !before.Value.IsNull() && slices.ContainsFunc(resp.RequiresReplace, func(at *tftypes.AttributePath) bool {
		was, _, _ := tftypes.WalkAttributePath(before.Value, at)
		is, _, _ := tftypes.WalkAttributePath(p.value, at)
		a, isValue := was.(tftypes.Value)
		b, isOther := is.(tftypes.Value)
		return !isValue || !isOther || !a.Equal(b)
	})
	return p, true
}

// apply makes a planned change. It returns the object that exists afterwards, also when the change
// failed; nil for no object.
func (c calls) apply(ctx context.Context, prior *Object, p planned, config tftypes.Value, address string, report *Report) (*Object, bool) {
	before := c.null()
	if prior != nil {
		before = prior.Value
	}
	resp, err := c.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: c.name, PriorState: c.encode(before), PlannedState: c.encode(p.value), Config: c.encode(config),
		PlannedPrivate: p.private, PlannedIdentity: p.identity,
	})
	if err != nil {
		return crashed(prior, p.value.IsNull()), report.add(address, nil, err)
	}
	ok := report.add(address, resp.Diagnostics, nil)
	value, err := c.decode(resp.NewState)
	if err != nil {
		return prior, report.add(address, nil, err)
	}
	switch {
	case value.IsNull() && !ok:
		return prior, false // a change that failed and says nothing changes nothing
	case value.IsNull() && p.value.IsNull():
		return nil, true
	case !value.IsFullyKnown():
		report.fail(address, "Provider returned invalid result object after apply", "a value is not known")
		return prior, false
	}
	if errs := compatible(address, p.value, value); ok && len(errs) > 0 {
		report.fail(address, "Provider produced inconsistent result after apply", errs...)
		ok = false
	}
	made := &Object{Type: c.name, Value: value, Private: resp.Private, Identity: resp.NewIdentity, Tainted: !ok && prior == nil}
	if prior != nil && made.Identity == nil {
		made.Identity = prior.Identity
	}
	if prior != nil && !ok {
		made.Tainted = prior.Tainted
	}
	return made, ok
}

// crashed is an object in whose change the provider crashed. An update loses its private state; a
// deletion does not.
func crashed(prior *Object, deletes bool) *Object {
	if prior == nil || deletes {
		return prior
	}
	o := *prior
	o.Private = nil
	return &o
}
