package miniengine

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Ref is an attribute of another resource, as a value in a configuration.
type Ref struct{ Address, Attribute string }

// Merge is the function merge: it merges several maps, and later maps win.
type Merge []any

// scope resolves a reference to its value.
type scope func(Ref) (tftypes.Value, error)

// references calls yield for each reference in a value.
func references(v any, yield func(Ref)) {
	switch v := v.(type) {
	case Ref:
		yield(v)
	case map[string]any:
		for _, e := range v {
			references(e, yield)
		}
	case []any:
		for _, e := range v {
			references(e, yield)
		}
	case Merge:
		references([]any(v), yield)
	}
}

// evaluate makes a value of this type. A map becomes a map or an object, as the type demands;
// attributes that an object lacks are null.
func evaluate(v any, typ tftypes.Type, look scope) (tftypes.Value, error) {
	switch v := v.(type) {
	case nil:
		return tftypes.NewValue(typ, nil), nil
	case Ref:
		return look(v)
	case Merge:
		return evaluateMerge(v, typ, look)
	case map[string]any:
		return evaluateMap(v, typ, look)
	case []any:
		list, ok := typ.(tftypes.List)
		if !ok {
			return tftypes.Value{}, fmt.Errorf("a list where %s is wanted", typ)
		}
		elements := make([]tftypes.Value, len(v))
		for i, e := range v {
			var err error
			if elements[i], err = evaluate(e, list.ElementType, look); err != nil {
				return tftypes.Value{}, err
			}
		}
		return tftypes.NewValue(typ, elements), nil
	}
	if err := tftypes.ValidateValue(typ, v); err != nil {
		return tftypes.Value{}, err
	}
	return tftypes.NewValue(typ, v), nil
}

func evaluateMap(v map[string]any, typ tftypes.Type, look scope) (tftypes.Value, error) {
	elements := make(map[string]tftypes.Value, len(v))
	of := func(string) (tftypes.Type, bool) { return nil, false }
	switch typ := typ.(type) {
	case tftypes.Map:
		of = func(string) (tftypes.Type, bool) { return typ.ElementType, true }
	case tftypes.Object:
		of = func(name string) (tftypes.Type, bool) { t, ok := typ.AttributeTypes[name]; return t, ok }
		for name, t := range typ.AttributeTypes {
			elements[name] = tftypes.NewValue(t, nil)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		t, ok := of(name)
		if !ok {
			return tftypes.Value{}, fmt.Errorf("%q has no place in %s", name, typ)
		}
		e, err := evaluate(v[name], t, look)
		if err != nil {
			return tftypes.Value{}, fmt.Errorf("%s: %w", name, err)
		}
		elements[name] = e
	}
	return tftypes.NewValue(typ, elements), nil
}

func evaluateMerge(v Merge, typ tftypes.Type, look scope) (tftypes.Value, error) {
	all := make(map[string]tftypes.Value)
	for _, part := range v {
		m, err := evaluate(part, typ, look)
		if err != nil {
			return m, err
		}
		if !m.IsKnown() {
			return tftypes.NewValue(typ, tftypes.UnknownValue), nil
		}
		maps.Copy(all, members(m))
	}
	return tftypes.NewValue(typ, all), nil
}

// members returns the attributes of an object or the elements of a map; none if it is null or
// unknown.
func members(v tftypes.Value) map[string]tftypes.Value {
	var all map[string]tftypes.Value
	if v.IsNull() || !v.IsKnown() || v.As(&all) != nil {
		return nil
	}
	return all
}
