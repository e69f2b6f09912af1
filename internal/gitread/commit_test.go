package gitread_test

import (
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

func TestACommitComesWithItsSnapshot(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]gittest.Options{"version 2": {}, "version 0": {V0Only: true}, "commits only": {CommitsOnly: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, o)
			r, _ := tagged(t, s, gittest.RepoOptions{})
			found, err := writertest.Open(t, r).Revision(t.Context(), "nested")
			if err != nil {
				t.Fatal(err)
			}
			s.ResetStats()
			c, err := gitread.Commit(t.Context(), found.Snapshot)
			if err != nil {
				t.Fatal(err)
			}
			if want := r.Git(t, "cat-file", "commit", "nested^{commit}"); string(c.Append(nil)) != want+"\n" && string(c.Append(nil)) != want {
				t.Errorf("the commit is %q, and git says %q", c.Append(nil), want)
			}
			if n := s.Stats().Requests; n != 0 {
				t.Errorf("%d requests beside the snapshot's, want none", n)
			}
		})
	}
}
