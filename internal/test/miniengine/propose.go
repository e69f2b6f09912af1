package miniengine

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// propose merges a configuration with the prior state as terraform does before it asks a provider
// for its plan: configured values are taken from the configuration, and computed values without
// configuration from the prior state.
func propose(attributes []*tfprotov6.SchemaAttribute, prior, config tftypes.Value) tftypes.Value {
	before, wanted := members(prior), members(config)
	all := make(map[string]tftypes.Value, len(attributes))
	for _, a := range attributes {
		was, ok := before[a.Name]
		if !ok {
			was = tftypes.NewValue(a.ValueType(), nil)
		}
		want := wanted[a.Name]
		switch {
		case a.Computed && want.IsNull():
			all[a.Name] = was
		case a.NestedType != nil:
			all[a.Name] = proposeNested(a.NestedType, was, want)
		default:
			all[a.Name] = want
		}
	}
	return tftypes.NewValue(config.Type(), all)
}

func proposeNested(typ *tfprotov6.SchemaObject, prior, config tftypes.Value) tftypes.Value {
	if config.IsNull() || !config.IsKnown() {
		return config
	}
	switch typ.Nesting {
	case tfprotov6.SchemaObjectNestingModeSingle:
		return propose(typ.Attributes, prior, config)
	case tfprotov6.SchemaObjectNestingModeMap:
		before, all := members(prior), make(map[string]tftypes.Value)
		for key, want := range members(config) {
			was, ok := before[key]
			if !ok {
				was = tftypes.NewValue(want.Type(), nil)
			}
			all[key] = propose(typ.Attributes, was, want)
		}
		return tftypes.NewValue(config.Type(), all)
	}
	panic(fmt.Sprintf("miniengine: nesting mode %s is not supported", typ.Nesting))
}

// nullElement names an element that is null of a map of nested objects; "" for none.
func nullElement(attributes []*tfprotov6.SchemaAttribute, config tftypes.Value) string {
	all := members(config)
	for _, a := range attributes {
		if a.NestedType == nil || a.NestedType.Nesting != tfprotov6.SchemaObjectNestingModeMap {
			continue
		}
		for key, v := range members(all[a.Name]) {
			if v.IsNull() {
				return fmt.Sprintf("%s[%q]", a.Name, key)
			}
		}
	}
	return ""
}

// ignore returns the configuration with the prior values of the attributes that `ignore_changes`
// names.
func ignore(names []string, prior, config tftypes.Value) tftypes.Value {
	if prior.IsNull() || len(names) == 0 {
		return config
	}
	all, before := maps.Clone(members(config)), members(prior)
	for _, name := range names {
		all[name] = before[name]
	}
	return tftypes.NewValue(config.Type(), all)
}

// validPlan checks that a plan has the configured value or the prior value for each configured
// attribute.
func validPlan(at string, attributes []*tfprotov6.SchemaAttribute, prior, config, planned tftypes.Value) (errs []string) {
	before, wanted, made := members(prior), members(config), members(planned)
	for _, a := range attributes {
		want, got := wanted[a.Name], made[a.Name]
		was, hasPrior := before[a.Name]
		nested := a.NestedType != nil && a.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSingle
		switch {
		case a.Computed && want.IsNull(), want.Equal(got), a.WriteOnly && got.IsNull():
		case hasPrior && !was.IsNull() && !want.IsNull() && got.Equal(was):
		case nested && !want.IsNull() && want.IsKnown() && !got.IsNull() && got.IsKnown():
			errs = append(errs, validPlan(at+"."+a.Name, a.NestedType.Attributes, was, want, got)...)
		case a.NestedType != nil && !want.IsNull() && want.IsKnown() && !got.IsNull() && got.IsKnown():
			errs = append(errs, validElements(at+"."+a.Name, a.NestedType.Attributes, was, want, got)...)
		default:
			errs = append(errs, fmt.Sprintf("Provider produced invalid plan: %s.%s: planned %s for a config value of %s", at, a.Name, got, want))
		}
	}
	return errs
}

func validElements(at string, attributes []*tfprotov6.SchemaAttribute, prior, config, planned tftypes.Value) (errs []string) {
	before, wanted, made := members(prior), members(config), members(planned)
	if len(wanted) != len(made) {
		return []string{fmt.Sprintf("Provider produced invalid plan: %s: %d elements planned, %d configured", at, len(made), len(wanted))}
	}
	for key, want := range wanted {
		errs = append(errs, validPlan(at+"["+key+"]", attributes, before[key], want, made[key])...)
	}
	return errs
}

// compatible checks that the outcome has every known value of the plan.
func compatible(at string, planned, actual tftypes.Value) (errs []string) {
	if !planned.IsKnown() || planned.Equal(actual) {
		return nil
	}
	promised, made := members(planned), members(actual)
	if promised == nil || made == nil {
		return compatibleList(at, planned, actual)
	}
	for key, p := range promised {
		a, ok := made[key]
		if !ok {
			errs = append(errs, fmt.Sprintf("%s: %q has vanished", at, key))
			continue
		}
		errs = append(errs, compatible(at+"."+key, p, a)...)
	}
	for key := range made {
		if _, ok := promised[key]; !ok {
			errs = append(errs, fmt.Sprintf("%s: %q has appeared", at, key))
		}
	}
	slices.Sort(errs)
	return errs
}

func compatibleList(at string, planned, actual tftypes.Value) (errs []string) {
	var promised, made []tftypes.Value
	if planned.IsNull() || actual.IsNull() || !actual.IsKnown() || planned.As(&promised) != nil || actual.As(&made) != nil || len(promised) != len(made) {
		return []string{fmt.Sprintf("%s: was %s, but now %s", at, planned, actual)}
	}
	for i := range promised {
		errs = append(errs, compatible(fmt.Sprintf("%s[%d]", at, i), promised[i], made[i])...)
	}
	return errs
}
