package reading

import (
	"slices"
	"strings"
	"testing"
)

func TestANameIsGivenAsTerraformHoldsItOrLeftOut(t *testing.T) {
	t.Parallel()
	all := []string{"plain", "bad\xff", "u\u0308ber", "a\u0308", "ä", "o\u0308/\xfe", "\xf0\x9f\x98\x80"}
	n := newNames(all, func(s string) string { return s })
	var got []string
	for _, name := range all {
		if held, ok := n.of(name); ok {
			got = append(got, held)
		}
	}
	if want := []string{"plain", "über", "ä", "\U0001f600"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	diags := n.warn("files", question{what: "the files"})
	if len(diags) != 1 {
		t.Fatalf("%d warnings, want 1", len(diags))
	}
	for _, want := range []string{"3 files are left out", `"bad\xff"`, `"a\u0308"`, `"o\u0308/\xfe"`} {
		if !strings.Contains(diags[0].Detail(), want) {
			t.Errorf("the warning has no %s: %s", want, diags[0].Detail())
		}
	}
	if none := newNames([]string{"a"}, func(s string) string { return s }); len(none.warn("files", question{})) != 0 {
		t.Error("a warning of nothing")
	}
}
