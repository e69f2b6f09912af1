package gitobj

import (
	"bytes"
	"errors"
	"testing"
)

func TestATreeIsMadeCanonical(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tree, want []string
		duplicate  string
	}{
		"nothing":                       {nil, nil, ""},
		"one in order":                  {[]string{"100644 a", "100644 b.c", "40000 b", "160000 c", "120000 d"}, []string{"100644 a", "100644 b.c", "40000 b", "160000 c", "120000 d"}, ""},
		"out of order":                  {[]string{"100644 c", "100644 a", "40000 b"}, []string{"100644 a", "40000 b", "100644 c"}, ""},
		"directories sorted as files":   {[]string{"40000 a", "100644 a.b"}, []string{"100644 a.b", "40000 a"}, ""},
		"padded modes":                  {[]string{"0100644 a", "040000 b"}, []string{"100644 a", "40000 b"}, ""},
		"other odd modes":               {[]string{"100664 b", "100640 a"}, []string{"100640 a", "100664 b"}, ""},
		"equal entries":                 {[]string{"100644 a", "100644 a", "100644 b"}, []string{"100644 a", "100644 b"}, ""},
		"equal entries, apart":          {[]string{"100644 a", "100644 b", "100644 a"}, []string{"100644 a", "100644 b"}, ""},
		"entries of different modes":    {[]string{"100644 a", "100755 a"}, nil, "a"},
		"a file and a directory, apart": {[]string{"100644 c", "100644 a", "100644 a.b", "40000 a"}, nil, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, f := range []Format{SHA1, SHA256} {
				got, err := Canonical(f, rawTree(f, c.tree...))
				if d, ok := errors.AsType[*DuplicateError](err); c.duplicate != "" && (!ok || d.Name != c.duplicate) || c.duplicate == "" && err != nil {
					t.Errorf("%s: error %v, want %q", f, err, c.duplicate)
				}
				if c.duplicate == "" && !bytes.Equal(got, rawTree(f, c.want...)) {
					t.Errorf("%s: got %q, want %q", f, got, rawTree(f, c.want...))
				}
			}
		})
	}
	if _, err := Canonical(SHA1, []byte("100644 a")); !errors.Is(err, ErrMalformed) {
		t.Errorf("one that is cut short: %v", err)
	}
}
