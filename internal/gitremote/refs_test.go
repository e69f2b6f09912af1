package gitremote_test

import (
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// TestOneOfManyReferencesIsFound looks among 50,000 of them, also where all of them have to pass
// by.
func TestOneOfManyReferencesIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		server  gittest.Options
		address func(*gittest.Repo) string
	}{
		{"version 2", gittest.Options{}, (*gittest.Repo).URL},
		{"version 0", gittest.Options{V0Only: true}, (*gittest.Repo).URL},
		{"a directory", gittest.Options{}, func(r *gittest.Repo) string { return "file://" + r.Dir }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, c.server).NewRepo(t, "r.git", gittest.RepoOptions{})
			if err := repo.AddRefs(50_000); err != nil {
				t.Fatal(err)
			}
			r := open(t, c.address(repo))
			for name, want := range map[string]bool{
				"HEAD": true, "refs/heads/main": true, "refs/heads/crowd/000000": true, "refs/tags/crowd/049999": true,
				"refs/tags/crowd/0": false, "refs/heads/nobody": false,
			} {
				refs, err := r.ListRefs(t.Context(), name)
				found := false
				for _, ref := range refs {
					found = found || ref.Name == name
				}
				if err != nil || found != want || len(refs) > 501 {
					t.Errorf("%s: found %v in %d references, %v; want %v", name, found, len(refs), err, want)
				}
			}
			if has, err := r.HasBranches(t.Context()); err != nil || !has {
				t.Errorf("has branches: %v, %v", has, err)
			}
			if name, err := r.HeadBranch(t.Context()); err != nil || name != "main" {
				t.Errorf("HEAD names %q, %v", name, err)
			}
		})
	}
}
