package gitread_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

func TestRefsAreListedAsGitListsThem(t *testing.T) {
	t.Parallel()
	for name, server := range map[string]gittest.Options{"version 2": {}, "version 0": {V0Only: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := tagged(t, gittest.New(t, server), gittest.RepoOptions{})
			r.Git(t, "pack-refs", "--all")
			packed := filepath.Join(r.Dir, "packed-refs")
			text, err := os.ReadFile(packed)
			if err != nil {
				t.Fatal(err)
			}
			crowd := strings.Builder{}
			for i := range 700 {
				fmt.Fprintf(&crowd, "%s refs/heads/crowd-%03d\n", r.Head(t), i)
			}
			before, after, _ := strings.Cut(string(text), r.Head(t)+" refs/heads/main\n")
			if err := os.WriteFile(packed, []byte(before+crowd.String()+r.Head(t)+" refs/heads/main\n"+after), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, prefixes := range [][]string{{"refs/"}, {"refs/heads/"}, {"refs/tags/"}, {"refs/heads/crowd-"}, {"refs/heads/crowd-1", "refs/tags/n"}, {"refs/none/"}} {
				var want []string
				for line := range strings.Lines(r.Git(t, "for-each-ref", "--format=%(refname) %(objectname) %(*objectname)") + "\n") {
					fields := strings.Fields(line)
					if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(fields[0], p) }) {
						peeled := ""
						if len(fields) > 2 {
							peeled = r.Git(t, "rev-parse", fields[0]+"^{}")
						}
						want = append(want, fmt.Sprint(fields[0], fields[1], peeled))
					}
				}
				refs, err := writertest.Open(t, r).Refs(t.Context(), prefixes...)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, ref := range refs {
					peeled := ""
					if !ref.Peeled.IsZero() {
						peeled = ref.Peeled.String()
					}
					got = append(got, fmt.Sprint(ref.Name, ref.Object, peeled))
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("%q: %d refs, and git has %d:\n%q\n%q", prefixes, len(got), len(want), got, want)
				}
			}
		})
	}
}
