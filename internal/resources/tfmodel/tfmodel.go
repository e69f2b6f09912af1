// Package tfmodel moves models of resources out of Terraform's values and into them.
//
//	tfsdk.Config, Plan, State ──► Get ──► a struct with tfsdk tags
//	tfsdk.Plan, State ◄────────── Set ◄── the same
//
// The results are those of the framework's own Get and Set. Those look up the fields of the struct
// anew in each call, and compile a regular expression for each of them: a tenth of the CPU of a
// plan of a thousand files (BenchmarkPace). Here a struct is looked at once. For values that this
// package does not expect it calls the framework, whose errors they are then. What upstream would
// have to change: compile the expression once (internal/reflect, isValidFieldName), and keep the
// fields of a struct type.
package tfmodel

import (
	"context"
	"reflect"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Get reads a model, which is a pointer to a struct. A configuration or a plan is converted to the
// tfsdk.State that it has the fields of.
func Get(ctx context.Context, from tfsdk.State, model any) diag.Diagnostics {
	into := reflect.ValueOf(model).Elem()
	l := layoutOf(ctx, into.Type(), from.Schema)
	if l == nil || !l.get(ctx, from.Raw, into) {
		return from.Get(ctx, model)
	}
	return nil
}

// Set writes a model, which is a pointer to a struct.
func Set(ctx context.Context, to *tfsdk.State, model any) diag.Diagnostics {
	from := reflect.ValueOf(model).Elem()
	if l := layoutOf(ctx, from.Type(), to.Schema); l != nil {
		if raw, ok := l.value(ctx, from); ok {
			to.Raw = raw
			return nil
		}
	}
	return to.Set(ctx, model)
}

// layouts are the layouts of models by the type of the struct; nil where the framework is asked.
var layouts sync.Map

// layout is how the fields of a struct are the attributes of a schema.
type layout struct {
	object tftypes.Type
	fields []field
}

type field struct {
	index []int // by way of embedded structs
	name  string
	typ   attr.Type
}

// typed is a schema.
type typed interface{ Type() attr.Type }

// layoutOf returns the layout of a struct, which is always a model of the same schema.
func layoutOf(ctx context.Context, of reflect.Type, schema typed) *layout {
	if l, ok := layouts.Load(of); ok {
		return l.(*layout) //nolint:forcetypeassert // there is nothing else in it
	}
	l, _ := layouts.LoadOrStore(of, newLayout(ctx, of, schema))
	return l.(*layout) //nolint:forcetypeassert // there is nothing else in it
}

func newLayout(ctx context.Context, of reflect.Type, schema typed) *layout {
	object, ok := schema.Type().(attr.TypeWithAttributeTypes)
	if !ok {
		return nil
	}
	types := object.AttributeTypes()
	l := &layout{object: object.TerraformType(ctx)}
	for _, f := range reflect.VisibleFields(of) {
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			continue // its fields follow
		}
		name := f.Tag.Get("tfsdk")
		typ, ok := types[name]
		if !ok || !f.Type.Implements(reflect.TypeFor[attr.Value]()) {
			return nil
		}
		l.fields = append(l.fields, field{f.Index, name, typ})
	}
	if len(l.fields) != len(types) {
		return nil
	}
	return l
}

func (l *layout) get(ctx context.Context, raw tftypes.Value, into reflect.Value) bool {
	var values map[string]tftypes.Value
	if raw.IsNull() || !raw.IsKnown() || raw.As(&values) != nil {
		return false
	}
	for _, f := range l.fields {
		v, err := f.typ.ValueFromTerraform(ctx, values[f.name])
		if err != nil || !reflect.TypeOf(v).AssignableTo(into.FieldByIndex(f.index).Type()) {
			return false
		}
		into.FieldByIndex(f.index).Set(reflect.ValueOf(v))
	}
	return true
}

func (l *layout) value(ctx context.Context, from reflect.Value) (tftypes.Value, bool) {
	values := make(map[string]tftypes.Value, len(l.fields))
	for _, f := range l.fields {
		v, ok := reflect.TypeAssert[attr.Value](from.FieldByIndex(f.index))
		if !ok || !f.typ.Equal(v.Type(ctx)) {
			return tftypes.Value{}, false
		}
		raw, err := v.ToTerraformValue(ctx)
		if err != nil {
			return tftypes.Value{}, false
		}
		values[f.name] = raw
	}
	if tftypes.ValidateValue(l.object, values) != nil {
		return tftypes.Value{}, false
	}
	return tftypes.NewValue(l.object, values), true
}
