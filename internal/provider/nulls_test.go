package provider

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// collections are the lists and maps among attributes that a configuration may set, at any depth,
// each as the names that lead to it.
func collections(above []string, attributes []*tfprotov6.SchemaAttribute) (found [][]string) {
	for _, a := range attributes {
		at := append(slices.Clone(above), a.Name)
		if !a.Optional && !a.Required {
			continue
		}
		if of := a.ValueType(); of.Is(tftypes.List{}) || of.Is(tftypes.Map{}) || of.Is(tftypes.Set{}) {
			found = append(found, at)
		}
		if a.NestedType != nil {
			found = append(found, collections(at, a.NestedType.Attributes)...)
		}
	}
	return found
}

// nullAt returns a value in which only the collection at the path `names` is set. Its only element,
// called e, is null.
func nullAt(of tftypes.Type, names []string) tftypes.Value {
	element := func(of tftypes.Type) tftypes.Value {
		if len(names) == 0 {
			return tftypes.NewValue(of, nil)
		}
		return nullAt(of, names)
	}
	switch typ := of.(type) {
	case tftypes.List:
		return tftypes.NewValue(of, []tftypes.Value{element(typ.ElementType)})
	case tftypes.Map:
		return tftypes.NewValue(of, map[string]tftypes.Value{"e": element(typ.ElementType)})
	case tftypes.Object:
		values := map[string]tftypes.Value{}
		for name, of := range typ.AttributeTypes {
			if values[name] = tftypes.NewValue(of, nil); name == names[0] {
				values[name] = nullAt(of, names[1:])
			}
		}
		return tftypes.NewValue(of, values)
	}
	panic("no collection is of " + of.String())
}

// A null that a condition left behind must never be taken for something: not for an empty string,
// and not for an element that is not there. So each list and map that there is or will be refuses
// it by name.
func TestNoListAndNoMapTakesANullElement(t *testing.T) {
	t.Parallel()
	server := NewServer(New("test"))()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	check := func(name string, s *tfprotov6.Schema, validate func(*tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error)) {
		for _, names := range collections(nil, s.Block.Attributes) {
			found++
			raw, err := tfprotov6.NewDynamicValue(s.ValueType(), nullAt(s.ValueType(), names))
			if err != nil {
				t.Fatal(err)
			}
			diags, err := validate(&raw)
			if err != nil {
				t.Fatal(err)
			}
			last := names[len(names)-1]
			if !slices.ContainsFunc(diags, func(d *tfprotov6.Diagnostic) bool {
				return strings.Contains(d.Detail, last+`["e"] is null`) || strings.Contains(d.Detail, last+"[0] is null")
			}) {
				t.Errorf("%s: no error names the null in %s: %+v", name, strings.Join(names, "."), diags)
			}
		}
	}
	check("the provider", schemas.Provider, func(raw *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
		resp, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: raw})
		return resp.Diagnostics, err
	})
	for name, s := range schemas.ResourceSchemas {
		check(name, s, func(raw *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: raw})
			return resp.Diagnostics, err
		})
	}
	for name, s := range schemas.DataSourceSchemas {
		check(name, s, func(raw *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: raw})
			return resp.Diagnostics, err
		})
	}
	if found < 10 {
		t.Errorf("%d lists and maps were found: there are more", found)
	}
}
