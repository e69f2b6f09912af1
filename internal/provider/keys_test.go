package provider

import (
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// The guide to troubleshooting lists the keys of every object, for readers who look for a misspelt
// key.
func TestTheGuideListsTheKeysOfEveryObject(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../templates/guides/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := NewServer(New("test"))().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var walk func(attributes []*tfprotov6.SchemaAttribute)
	walk = func(attributes []*tfprotov6.SchemaAttribute) {
		for _, a := range attributes {
			if a.NestedType == nil || len(a.NestedType.Attributes) == 0 {
				continue
			}
			listed := false
			for line := range strings.Lines(string(guide)) {
				_, keys, isRow := strings.Cut(line, " | ")
				all := isRow && strings.Count(keys, "`") == 2*len(a.NestedType.Attributes)
				for _, key := range a.NestedType.Attributes {
					all = all && strings.Contains(keys, "`"+key.Name+"`")
				}
				listed = listed || all
			}
			if !listed {
				t.Errorf("no row has the keys of %s, and no others", a.Name)
			}
			walk(a.NestedType.Attributes)
		}
	}
	walk(schemas.Provider.Block.Attributes)
	for _, s := range schemas.ResourceSchemas {
		walk(s.Block.Attributes)
	}
}
