package reading

import (
	"slices"
	"strings"
	"testing"
)

func TestNamesThatAreNearAreOffered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		have []string
		want []string
	}{
		{"mian", []string{"main", "develop"}, nil}, // two letters of four
		{"maim", []string{"develop", "main"}, []string{"main"}},
		{"MAIN", []string{"main"}, []string{"main"}},
		{"v1.2.4", []string{"v1.2.3", "v1.2.40", "v9.9.9"}, []string{"v1.2.3", "v1.2.40"}},
		{"release", []string{"releases", "release1", "release2", "release3"}, []string{"releases", "release1", "release2"}},
		{"größe", []string{"grösse", "große"}, []string{"große"}},
		{strings.Repeat("x", 300), []string{strings.Repeat("x", 300)}, nil},
		{"", []string{"a", "ab"}, []string{"a"}},
	} {
		if got := near(c.name, c.have); !slices.Equal(got, c.want) {
			t.Errorf("near %q among %q: %q, want %q", c.name, c.have, got, c.want)
		}
	}
	if got := offer("It has", []string{"a", "b", "c"}); got != `It has "a", "b" and "c".` {
		t.Errorf("an offer of three: %s", got)
	}
}
