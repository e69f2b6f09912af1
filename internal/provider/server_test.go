package provider

import (
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestDiagnosticsArePlacedWhereEnginesFindThem has an attribute's path and the path that the engine
// gets in each case.
func TestDiagnosticsArePlacedWhereEnginesFindThem(t *testing.T) {
	t.Parallel()
	s, ok := NewServer(New("test"))().(server)
	if !ok {
		t.Fatal("another server")
	}
	root := tftypes.NewAttributePath().WithAttributeName
	for name, c := range map[string]struct {
		at, want       *tftypes.AttributePath
		detail, wanted string
	}{
		"no attribute":               {nil, nil, "d", "d"},
		"an attribute":               {root("url"), root("url"), "d", "d"},
		"an element":                 {root("push_options").WithElementKeyInt(1), root("push_options").WithElementKeyInt(1), "d", "d"},
		"an element by its name":     {root("hosts").WithElementKeyString("h"), root("hosts").WithElementKeyString("h"), "d", "d"},
		"a nested one":               {root("limits").WithAttributeName("batch_window"), root("limits"), "d", "d\n\nAttribute: limits.batch_window"},
		"a nested one that is named": {root("limits").WithAttributeName("batch_window"), root("limits"), "limits.batch_window is bad", "limits.batch_window is bad"},
		"an element below":           {root("commit").WithAttributeName("trailers").WithElementKeyString("K"), nil, "d", "d\n\nAttribute: commit.trailers[\"K\"]"},
		"beside secrets":             {root("auth").WithAttributeName("username"), nil, "d", "d\n\nAttribute: auth.username"},
		"of another's name":          {root("object_cache").WithAttributeName("url"), nil, "d", "d\n\nAttribute: object_cache.url"},
		"in an element with secrets": {root("hosts").WithElementKeyString("h").WithAttributeName("auth"), nil, "d", "d\n\nAttribute: hosts[\"h\"].auth"},
	} {
		d := &tfprotov6.Diagnostic{Attribute: c.at, Detail: c.detail}
		s.place([]*tfprotov6.Diagnostic{d})
		if !d.Attribute.Equal(c.want) || d.Detail != c.wanted {
			t.Errorf("%s: got %s, %q; want %s, %q", name, d.Attribute, d.Detail, c.want, c.wanted)
		}
	}
	if got, want := slices.Sorted(maps.Keys(s.secretive())), []string{"auth", "commit", "files", "hosts", "object_cache", "tls"}; !slices.Equal(got, want) {
		t.Errorf("secrets are below %q, want %q", got, want)
	}
}
