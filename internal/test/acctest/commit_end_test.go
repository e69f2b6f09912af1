package acctest_test

import (
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// A nanogit_commit with on_destroy = "delete_files" removes only the files that no other resource
// has.
func TestACommitThatDeletesItsFilesLeavesWhatIsConfigured(t *testing.T) {
	t.Parallel()
	file := func(name, more string) string { return block(name, name, name, more) }
	const auto = `commit_mode = "auto"`
	deleting := func(files ...string) string {
		return strings.Replace(naming("c", files...), "{\n", "{\n  on_destroy = \"delete_files\"\n", 1)
	}
	for _, c := range []struct {
		name, second string
		args         []string
		theirs       map[string]string // between the two
		want         map[string]string
		commits      int // that the second apply makes
	}{
		{
			name: "the files commit by themselves now", second: file("a", auto) + file("b", auto),
			want: map[string]string{"a": "a", "b": "b"},
		},
		{
			name: "one of them does", second: file("a", auto),
			want: map[string]string{"a": "a"}, commits: 1,
		},
		{
			name: "the commit is replaced", second: file("a", "") + file("b", "") + deleting("a", "b"),
			args: []string{"-replace=nanogit_commit.c"},
			want: map[string]string{"a": "a", "b": "b"},
		},
		{
			name: "somebody changed a file that goes", second: file("a", auto),
			theirs: map[string]string{"b": "theirs"},
			want:   map[string]string{"a": "a"}, commits: 1,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, explicit)+file("a", "")+file("b", "")+deleting("a", "b"))
			w.Apply(t)
			if c.theirs != nil {
				repo.SeedText(t, c.theirs)
			}
			head := repo.Head(t)
			w.Config(t, provider(repo, explicit)+c.second)
			w.Apply(t, c.args...)
			holds(t, repo, c.want)
			if n := repo.Commits(t, head+"..main"); n != c.commits {
				t.Errorf("%d commits, want %d:\n%s", n, c.commits, repo.Git(t, "log", "--stat", "main"))
			}
			w.Clean(t)
		})
	}
}
