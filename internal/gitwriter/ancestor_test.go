package gitwriter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// onTop is a hook after which somebody has committed, some times, on top of the first push, and put
// something else at its path. With refuse the server then gives the same answer as to a push that
// comes a second time, as from a gateway.
func onTop(commits int) map[string]string {
	return map[string]string{"post-receive": fmt.Sprintf(`#!/bin/sh
test -e done && exit 0
touch done
export GIT_AUTHOR_NAME=o GIT_AUTHOR_EMAIL=o@x GIT_COMMITTER_NAME=o GIT_COMMITTER_EMAIL=o@x
blob=$(echo theirs | git hash-object -w --stdin)
tree=$(printf '100644 blob %%s\tfile\n' "$blob" | git mktree)
c=$(git rev-parse refs/heads/main)
for i in $(seq %d); do c=$(git commit-tree -p "$c" -m other "$tree"); done
git update-ref refs/heads/main "$c"
`, commits)}
}

// TestAPushThatLandedUnderSomebodyElsesCommitIsNoConflict loses the answer to a push, or has it
// made twice, so that the answer is that of the second time.
func TestAPushThatLandedUnderSomebodyElsesCommitIsNoConflict(t *testing.T) {
	t.Parallel()
	for server, o := range map[string]gittest.Options{
		"version 2": {}, "without filters": {NoFilter: true}, "version 0": {V0Only: true},
		"commits only": {CommitsOnly: true, NoFilter: true},
	} {
		for repo, c := range map[string]struct {
			empty bool
			onTop int
		}{
			"the first commit":               {true, 1},
			"the first commit, many on top":  {true, 70},
			"a commit":                       {false, 1},
			"a commit with many more on top": {false, 70},
		} {
			for how, kind := range map[string]gittest.Kind{"answer lost": gittest.DropAfter, "pushed twice": gittest.Twice} {
				t.Run(strings.Join([]string{server, repo, how}, ", "), func(t *testing.T) {
					t.Parallel()
					s := gittest.New(t, o)
					r := s.NewRepo(t, "r", gittest.RepoOptions{Empty: c.empty, Hooks: onTop(c.onTop)})
					b := writertest.Branch(t, r)
					change := writertest.Put(t, b, "file", "ours")
					change.Expect = gitwriter.ExpectAbsent()
					if _, err := b.Head(t.Context()); err != nil {
						t.Fatal(err)
					}
					s.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: kind})
					res := writertest.Commit(t, b, change)
					if res.Commit.IsZero() || r.Git(t, "log", "-1", "--format=%an", res.Commit.String()) != writertest.Someone.Name {
						t.Fatalf("the result names %q, want our commit", res.Commit)
					}
					want := c.onTop + 1
					if !c.empty {
						want++
					}
					if got := r.Commits(t, r.Ref()); got != want {
						t.Errorf("%d commits, want %d: ours once, and theirs", got, want)
					}
					if got := r.Content(t, r.Ref(), "file"); strings.TrimSpace(got) != "theirs" {
						t.Errorf("the file holds %q, want what was committed on top", got)
					}
				})
			}
		}
	}
}
