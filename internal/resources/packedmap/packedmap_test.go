package packedmap_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/packedmap"
)

func TestAMapIsPackedAndUnpacked(t *testing.T) {
	t.Parallel()
	s := types.StringValue
	for want, elements := range map[string]map[string]types.String{
		"":                             {},
		"5:a.txt=2:ab":                 {"a.txt": s("ab")},
		"1:a=0:1:b?1:c!":               {"c": types.StringNull(), "b": types.StringUnknown(), "a": s("")},
		"0:=3:1:22:\n\"=6:ü=?\x00\x01": {"": s("1:2"), "\n\"": s("ü=?\x00\x01")},
	} {
		packed := packedmap.Of(elements)
		if packed.ValueString() != want {
			t.Errorf("packed %v is %q, want %q", elements, packed.ValueString(), want)
		}
		got, err := packedmap.Elements(packed)
		if err != nil || !maps.Equal(got, elements) {
			t.Errorf("%q unpacked is %v, %v, want %v", want, got, err, elements)
		}
	}
	for _, none := range []types.String{types.StringNull(), types.StringUnknown()} {
		if got, err := packedmap.Elements(none); err != nil || len(got) != 0 {
			t.Errorf("%v has the elements %v, %v", none, got, err)
		}
	}
}

func TestAMalformedMapIsRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"a", "1", "1:", "1:a", "2:a=", "1:a=", "1:a=2:b", "1:a+", "-1:a?", "1:a?x", "99999999999:a?", ":a?", "1:a=1:b1"} {
		if got, err := packedmap.Elements(types.StringValue(s)); !errors.Is(err, packedmap.ErrMalformed) {
			t.Errorf("%q has the elements %v, %v", s, got, err)
		}
	}
}

// The types of an object as engines have it, and as the framework has it.
var (
	engines = tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"id": tftypes.String, "n": tftypes.Number, "many": tftypes.Map{ElementType: tftypes.String}, "files": nested,
	}}
	frameworks = tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"id": tftypes.String, "n": tftypes.Number, "many": tftypes.String, "files": nested,
	}}
	nested = tftypes.Map{ElementType: tftypes.Object{AttributeTypes: map[string]tftypes.Type{"many": tftypes.String}}}
)

// object is an object of an engine with this value of "many": nil, tftypes.UnknownValue or a map.
func object(many any) tftypes.Value {
	return tftypes.NewValue(engines, map[string]tftypes.Value{
		"id": tftypes.NewValue(tftypes.String, "main:"), "n": tftypes.NewValue(tftypes.Number, tftypes.UnknownValue),
		"many": tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, many),
		"files": tftypes.NewValue(nested, map[string]tftypes.Value{
			"x": tftypes.NewValue(nested.ElementType, map[string]tftypes.Value{"many": tftypes.NewValue(tftypes.String, "no map")}),
		}),
	})
}

// text is a value of a map: nil, tftypes.UnknownValue or a string.
func text(v any) tftypes.Value { return tftypes.NewValue(tftypes.String, v) }

// random is a map of up to 300 elements.
func random(r *rand.Rand) map[string]tftypes.Value {
	m := make(map[string]tftypes.Value)
	for range r.IntN(300) {
		var v any
		switch r.IntN(5) {
		case 0:
			v = tftypes.UnknownValue
		case 1:
		default:
			v = strings.Repeat("ü", r.IntN(200))
		}
		m[fmt.Sprintf("d%d/ä%d", r.IntN(9), r.IntN(1000))] = text(v)
	}
	return m
}

func encode(t *testing.T, typ tftypes.Type, v tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	d, err := tfprotov6.NewDynamicValue(typ, v)
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

var names = []string{"many", "not there"}

// The framework reads what Pack returns, with a string for the map, and engines read what Unpack
// makes of that, with the map that they sent.
func TestObjectsKeepTheirValues(t *testing.T) {
	t.Parallel()
	values := map[string]tftypes.Value{
		"no map":        object(nil),
		"unknown map":   object(tftypes.UnknownValue),
		"empty map":     object(map[string]tftypes.Value{}),
		"an element":    object(map[string]tftypes.Value{"a": text("b")}),
		"null element":  object(map[string]tftypes.Value{"a": text(nil), "b": text(tftypes.UnknownValue)}),
		"null object":   tftypes.NewValue(engines, nil),
		"not an object": tftypes.NewValue(engines, tftypes.UnknownValue),
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 50 {
		values[fmt.Sprint("random ", i)] = object(random(r))
	}
	for name, v := range values {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			packed, err := packedmap.Pack(encode(t, engines, v), names)
			if err != nil {
				t.Fatal(err)
			}
			inside, err := packed.Unmarshal(frameworks)
			if err != nil {
				t.Fatal("the framework:", err)
			}
			unpacked, err := packedmap.Unpack(encode(t, frameworks, inside), names)
			if err != nil {
				t.Fatal(err)
			}
			got, err := unpacked.Unmarshal(engines)
			if err != nil || !got.Equal(v) {
				t.Errorf("got %v, %v, want %v", got, err, v)
			}
			again, err := packedmap.Pack(unpacked, names)
			if second, _ := again.Unmarshal(frameworks); err != nil || !second.Equal(inside) {
				t.Errorf("packed again it is %v, %v, and was %v", second, err, inside)
			}
		})
	}
}

// A state is packed as the same state is that arrives in MessagePack.
func TestAStateIsPackedAlike(t *testing.T) {
	t.Parallel()
	for state, many := range map[string]any{
		`{"id":"main:","n":7,"many":null,"files":null}`:                          nil,
		`{"id":"main:","n":7,"files":null}`:                                      nil,
		`{"id":"main:","n":7,"many":{},"files":null}`:                            map[string]tftypes.Value{},
		`{"id":"main:","n":7,"many":{"b":null,"a":"\u00fc\u0000"},"files":null}`: map[string]tftypes.Value{"a": text("ü\x00"), "b": text(nil)},
	} {
		want, err := packedmap.Pack(encode(t, engines, object(many)), names)
		if err != nil {
			t.Fatal(err)
		}
		inside, err := want.Unmarshal(frameworks)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := packedmap.PackJSON([]byte(state), names)
		if err != nil {
			t.Fatal(err)
		}
		got, err := (&tfprotov6.RawState{JSON: packed}).Unmarshal(frameworks)
		if err != nil {
			t.Fatalf("%s: %v", packed, err)
		}
		var is, wants map[string]tftypes.Value
		if err := errors.Join(got.As(&is), inside.As(&wants)); err != nil || !is["many"].Equal(wants["many"]) {
			t.Errorf("%s: many is %v, want %v (%v)", state, is["many"], wants["many"], err)
		}
	}
	for _, other := range []string{"", "null", "[]", `"x"`, "{", `{"many":[1]}`} {
		got, err := packedmap.PackJSON([]byte(other), names)
		if err != nil || json.Valid([]byte(other)) && !json.Valid(got) {
			t.Errorf("PackJSON(%q) = %q, %v", other, got, err)
		}
	}
}

func TestNothingToPack(t *testing.T) {
	t.Parallel()
	for _, convert := range []func(*tfprotov6.DynamicValue, []string) (*tfprotov6.DynamicValue, error){packedmap.Pack, packedmap.Unpack} {
		if got, err := convert(nil, names); got != nil || err != nil {
			t.Errorf("nothing becomes %v, %v", got, err)
		}
		v := encode(t, engines, object(nil))
		if got, err := convert(v, nil); got != v || err != nil {
			t.Errorf("without attributes: %v, %v", got, err)
		}
	}
}

// FuzzObject gives any bytes to both directions.
func FuzzObject(f *testing.F) {
	f.Add([]byte{0xc0})
	f.Add([]byte("\x81\xa4many\x81\xa1a\xa1b"))
	f.Add([]byte("\x81\xa4many\xa61:a=1:b"))
	f.Add([]byte("\x82\xa4many\xdf\xff\xff\xff\xff\xa1a\xa1b\xa1x\xd4\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		packed, err := packedmap.Pack(&tfprotov6.DynamicValue{MsgPack: data}, names)
		if err == nil {
			if _, err := packedmap.Unpack(packed, names); err != nil {
				t.Errorf("%q is packed as %q, which is malformed: %v", data, packed.MsgPack, err)
			}
		}
		_, _ = packedmap.Unpack(&tfprotov6.DynamicValue{MsgPack: data}, names)
		_, _ = packedmap.PackJSON(data, names)
	})
}

// FuzzElements unpacks any string; it is packed again as the same elements.
func FuzzElements(f *testing.F) {
	f.Add("1:a=0:1:b?1:c!")
	f.Fuzz(func(t *testing.T, s string) {
		elements, err := packedmap.Elements(types.StringValue(s))
		if err != nil {
			return
		}
		again, err := packedmap.Elements(packedmap.Of(elements))
		if err != nil || !maps.Equal(again, elements) {
			t.Errorf("%q has %v, packed again %v, %v", s, elements, again, err)
		}
	})
}

// BenchmarkObject packs and unpacks an object with a map of 10,000 blob ids, and beside it decodes
// and encodes the same object as the framework does for each value of a request.
func BenchmarkObject(b *testing.B) {
	many := make(map[string]tftypes.Value)
	for i := range 10_000 {
		many[fmt.Sprintf("d%d/f%d.yaml", i%20, i)] = text(strings.Repeat("0123456789", 4))
	}
	v, err := tfprotov6.NewDynamicValue(engines, object(many))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("packed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			packed, err := packedmap.Pack(&v, names)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := packedmap.Unpack(packed, names); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("by element", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			inside, err := v.Unmarshal(engines)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := tfprotov6.NewDynamicValue(engines, inside); err != nil {
				b.Fatal(err)
			}
		}
	})
}
