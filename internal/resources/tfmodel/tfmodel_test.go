package tfmodel_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// part is embedded, as by models that have attributes in common.
type part struct {
	Text   types.String `tfsdk:"text"`
	Number types.Int64  `tfsdk:"number"`
}

type model struct {
	part
	Flag   types.Bool   `tfsdk:"flag"`
	Labels types.Map    `tfsdk:"labels"`
	Names  types.List   `tfsdk:"names"`
	Files  types.Map    `tfsdk:"files"`
	Person types.Object `tfsdk:"person"`
}

var modelSchema = schema.Schema{Attributes: map[string]schema.Attribute{
	"text":   schema.StringAttribute{Optional: true},
	"number": schema.Int64Attribute{Optional: true},
	"flag":   schema.BoolAttribute{Optional: true},
	"labels": schema.MapAttribute{Optional: true, ElementType: types.StringType},
	"names":  schema.ListAttribute{Optional: true, ElementType: types.StringType},
	"files": schema.MapNestedAttribute{Optional: true, NestedObject: schema.NestedAttributeObject{
		Attributes: map[string]schema.Attribute{"content": schema.StringAttribute{Optional: true}},
	}},
	"person": schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{
		"name": schema.StringAttribute{Optional: true}, "age": schema.Int64Attribute{Optional: true},
	}},
}}

// random returns a value of a type: null and unknown parts are among it.
func random(r *rand.Rand, typ tftypes.Type) tftypes.Value {
	switch r.IntN(6) {
	case 0:
		return tftypes.NewValue(typ, nil)
	case 1:
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	}
	switch typ := typ.(type) {
	case tftypes.Object:
		return object(r, typ)
	case tftypes.Map:
		values := map[string]tftypes.Value{}
		for i := range r.IntN(4) {
			values[fmt.Sprint("k", i)] = random(r, typ.ElementType)
		}
		return tftypes.NewValue(typ, values)
	case tftypes.List:
		values := []tftypes.Value{}
		for range r.IntN(4) {
			values = append(values, random(r, typ.ElementType))
		}
		return tftypes.NewValue(typ, values)
	}
	switch {
	case typ.Is(tftypes.String):
		return tftypes.NewValue(typ, fmt.Sprint("text ", r.IntN(100)))
	case typ.Is(tftypes.Number):
		return tftypes.NewValue(typ, big.NewFloat(float64(r.IntN(1000))))
	}
	return tftypes.NewValue(typ, r.IntN(2) == 0)
}

func object(r *rand.Rand, typ tftypes.Object) tftypes.Value {
	values := map[string]tftypes.Value{}
	for name, t := range typ.AttributeTypes {
		values[name] = random(r, t)
	}
	return tftypes.NewValue(typ, values)
}

func TestModelsAreThoseOfTheFramework(t *testing.T) {
	t.Parallel()
	typ := modelSchema.Type().TerraformType(t.Context()).(tftypes.Object)
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	for range 500 {
		from := tfsdk.State{Schema: modelSchema, Raw: object(r, typ)}
		var ours, theirs model
		if diags := tfmodel.Get(t.Context(), from, &ours); diags.HasError() {
			t.Fatalf("seed %d: %v", seed, diags)
		}
		if diags := from.Get(t.Context(), &theirs); diags.HasError() {
			t.Fatalf("seed %d: %v", seed, diags)
		}
		if !reflect.DeepEqual(ours, theirs) {
			t.Fatalf("seed %d: got %+v, the framework %+v", seed, ours, theirs)
		}
		to, want := tfsdk.State{Schema: modelSchema}, tfsdk.State{Schema: modelSchema}
		if diags := tfmodel.Set(t.Context(), &to, &ours); diags.HasError() {
			t.Fatalf("seed %d: %v", seed, diags)
		}
		if diags := want.Set(t.Context(), &theirs); diags.HasError() {
			t.Fatalf("seed %d: %v", seed, diags)
		}
		if !to.Raw.Equal(want.Raw) || !to.Raw.Equal(from.Raw) {
			t.Fatalf("seed %d: set %v, the framework %v", seed, to.Raw, want.Raw)
		}
	}
}

// Values that no model can hold, and models that are no schema's, have the framework's errors. It
// names the first of several attributes, in no order.
func TestErrorsAreThoseOfTheFramework(t *testing.T) {
	t.Parallel()
	typ := modelSchema.Type().TerraformType(t.Context())
	for _, raw := range []tftypes.Value{tftypes.NewValue(typ, nil), tftypes.NewValue(typ, tftypes.UnknownValue)} {
		from := tfsdk.State{Schema: modelSchema, Raw: raw}
		var ours, theirs model
		if got, want := tfmodel.Get(t.Context(), from, &ours), from.Get(t.Context(), &theirs); !got.Equal(want) {
			t.Errorf("%v: got %v, the framework %v", raw, got, want)
		}
	}
	type other struct {
		Text types.String `tfsdk:"text"`
	}
	var m other
	from := tfsdk.State{Schema: modelSchema, Raw: object(rand.New(rand.NewPCG(1, 1)), typ.(tftypes.Object))}
	if got, want := tfmodel.Get(t.Context(), from, &m), from.Get(t.Context(), &m); !got.HasError() || len(got) != len(want) || got[0].Summary() != want[0].Summary() {
		t.Errorf("a part of the attributes: got %v, the framework %v", got, want)
	}
	half := model{part: part{Text: types.StringValue("x")}} // its maps have no type of elements
	to := tfsdk.State{Schema: modelSchema}
	if got, want := tfmodel.Set(t.Context(), &to, &half), to.Set(t.Context(), &half); !got.HasError() || got[0].Summary() != want[0].Summary() {
		t.Errorf("maps without a type: got %v, the framework %v", got, want)
	}
}

func BenchmarkGet(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	from := tfsdk.State{Schema: modelSchema, Raw: object(r, modelSchema.Type().TerraformType(b.Context()).(tftypes.Object))}
	var m model
	b.Run("tfmodel", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			tfmodel.Get(b.Context(), from, &m)
		}
	})
	b.Run("framework", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			from.Get(b.Context(), &m)
		}
	})
}
