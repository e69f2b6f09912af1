package acctest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// block is a nanogit_file by itself.
func block(name, path, content, more string) string {
	return fmt.Sprintf("resource \"nanogit_file\" %q {\n  path = %q\n  content = %q\n  %s\n}\n", name, path, content, more)
}

// naming is a nanogit_commit of these file blocks.
func naming(name string, files ...string) string {
	var refs []string
	for _, f := range files {
		refs = append(refs, fmt.Sprintf("(nanogit_file.%s.path) = nanogit_file.%s.blob_id", f, f))
	}
	return fmt.Sprintf("resource \"nanogit_commit\" %q {\n  files = { %s }\n}\n", name, strings.Join(refs, ", "))
}

// Each case has two configurations, the files of the branch after the second is applied, and the
// number of its commits.
func TestNothingIsRemovedThatIsStillWantedAndNothingStaysThatIsNot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		first, second string
		args          []string
		want          map[string]string
		commits       int
		warns         string
	}{
		{
			name:  "a whole block is removed with its reference",
			first: block("a", "a", "a", "") + block("b", "b", "b", "") + naming("c", "a", "b"), second: block("a", "a", "a", "") + naming("c", "a"),
			want: map[string]string{"a": "a"}, commits: 1,
		},
		{
			name:  "create_before_destroy",
			first: block("a", "a", "a", "") + block("b", "b", "b", "lifecycle { create_before_destroy = true }") + naming("c", "a", "b"), second: block("a", "a", "2", "") + naming("c", "a"),
			want: map[string]string{"a": "2"}, commits: 2,
		},
		{
			name:  "replaced",
			first: block("a", "a", "a", "") + naming("c", "a"), second: block("a", "a", "a", "") + naming("c", "a"), args: []string{"-replace=nanogit_file.a"},
			want: map[string]string{"a": "a"}, commits: 0,
		},
		{
			name:  "replaced, with create_before_destroy",
			first: block("a", "a", "a", "lifecycle { create_before_destroy = true }") + naming("c", "a"), second: block("a", "a", "a", "lifecycle { create_before_destroy = true }") + naming("c", "a"), args: []string{"-replace=nanogit_file.a"},
			want: map[string]string{"a": "a"}, commits: 0,
		},
		{
			name:  "a removed block hands the file over",
			first: block("a", "a", "a", "") + block("b", "b", "b", "") + naming("c", "a", "b"), second: "removed {\n  from = nanogit_file.b\n  lifecycle { destroy = false }\n}\n" + block("a", "a", "a", "") + naming("c", "a"),
			want: map[string]string{"a": "a", "b": "b"}, commits: 0, warns: "Files are left on the branch",
		},
		{
			name:  "kept on destroy",
			first: block("a", "a", "a", "") + block("b", "b", "b", "on_destroy = \"keep\"") + naming("c", "a", "b"), second: block("a", "a", "a", "") + naming("c", "a"),
			want: map[string]string{"a": "a", "b": "b"}, commits: 0, warns: "Files are left on the branch",
		},
		{
			name:  "moved from one commit to another",
			first: block("a", "a", "a", "") + block("b", "b", "b", "") + naming("c", "a", "b") + naming("d"), second: block("a", "a", "a", "") + block("b", "b", "b", "") + naming("c", "a") + naming("d", "b"),
			want: map[string]string{"a": "a", "b": "b"}, commits: 0, warns: "Files are left on the branch",
		},
		{
			name:  "renamed",
			first: block("a", "a", "a", "") + naming("c", "a"), second: block("a", "dir/a", "a", "") + naming("c", "a"),
			want: map[string]string{"dir/a": "a"}, commits: 1,
		},
		{
			name:  "another resource takes the path",
			first: block("a", "a", "a", "") + naming("c", "a"), second: block("b", "a", "a", "") + naming("c", "b"),
			want: map[string]string{"a": "a"}, commits: 0,
		},
		{
			name:  "the mode alone",
			first: block("a", "a", "a", "") + naming("c", "a"), second: block("a", "a", "a", "mode = \"100755\"") + naming("c", "a"),
			want: map[string]string{"a": "a"}, commits: 1,
		},
		{
			name:  "the commit is destroyed, the files stay",
			first: block("a", "a", "a", "") + naming("c", "a"), second: block("a", "a", "a", ""),
			want: map[string]string{"a": "a"}, commits: 0,
		},
		{
			name:  "commit and file are destroyed",
			first: block("a", "a", "a", "") + block("b", "b", "b", "") + naming("c", "a", "b"), second: "",
			want: map[string]string{}, commits: 1,
		},
		{
			name:  "the commit is replaced, with delete_files: what is configured stays",
			first: block("a", "a", "a", "") + strings.Replace(naming("c", "a"), "files", "on_destroy = \"delete_files\"\nfiles", 1), second: block("a", "a", "a", "") + strings.Replace(naming("c", "a"), "files", "on_destroy = \"delete_files\"\nfiles", 1), args: []string{"-replace=nanogit_commit.c"},
			want: map[string]string{"a": "a"}, commits: 0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, explicit)+c.first)
			w.Apply(t)
			w.Clean(t)
			head := repo.Head(t)
			w.Config(t, provider(repo, explicit)+c.second)
			out := w.Apply(t, c.args...)
			if c.warns != "" && !strings.Contains(out, c.warns) || c.warns == "" && strings.Contains(out, "Warning: Files") {
				t.Errorf("want the warning %q:\n%s", c.warns, out)
			}
			holds(t, repo, c.want)
			if n := repo.Commits(t, head+"..main"); n != c.commits {
				t.Errorf("%d commits, want %d:\n%s", n, c.commits, repo.Git(t, "log", "--stat", "--oneline", head+"..main"))
			}
			w.Clean(t)
		})
	}
}

func TestAFileThatNoCommitNamesIsWarnedOf(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, explicit)+block("a", "a", "a", "")+block("b", "b", "b", ""))
	w.Apply(t)
	holds(t, repo, nil)
	plan, changes := w.Plan(t)
	if !changes || strings.Count(plan, "Warning: Files were staged and never committed") != 1 || !strings.Contains(plan, "name it in one") {
		t.Errorf("want the files planned again, and one warning:\n%s", plan)
	}
	w.Config(t, provider(repo, explicit)+block("a", "a", "a", "")+block("b", "b", "b", "")+naming("c", "a", "b"))
	w.Apply(t)
	holds(t, repo, map[string]string{"a": "a", "b": "b"})
	w.Clean(t)
}

func TestACommitWithoutAReferenceSaysWhatToDo(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, explicit)+fmt.Sprintf("resource \"nanogit_commit\" \"c\" {\n  files = { a = %q }\n}\n", blobsOf(t, repo)("nowhere")))
	out := w.Refused(t)
	for _, want := range []string{`"a"`, "depends_on", "-refresh=false", "f.path => f.blob_id", repo.URL()} {
		if !strings.Contains(out, want) {
			t.Errorf("the error does not have %q:\n%s", want, out)
		}
	}
}

func TestAPathThatSomebodyElseChangedFailsAloneAndTheNextApplyConverges(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, explicit)+filesAndCommit)
	want(t, w, map[string]string{"a": "1", "b": "1", "c": "1", "d": "1"})
	w.Apply(t)
	want(t, w, map[string]string{"a": "2", "b": "2"})
	saved(t, w)
	repo.SeedText(t, map[string]string{"b": "theirs", "d": "theirs"})
	out := w.Refused(t, "plan.out")
	if !strings.Contains(out, "Cannot commit b") || !strings.Contains(out, "Cannot commit d") || strings.Count(out, "Error:") != 2 {
		t.Errorf("want one error each for b and d:\n%s", out)
	}
	holds(t, repo, map[string]string{"a": "2", "b": "theirs", "d": "theirs"})
	head := repo.Head(t)
	w.Apply(t)
	holds(t, repo, map[string]string{"a": "2", "b": "2"})
	if n := repo.Commits(t, head+"..main"); n != 1 {
		t.Errorf("%d commits, want one", n)
	}
	w.Clean(t)
}

// TestEachOfSeveralCommitsTakesItsOwnPaths has two commits, on the same branch and on two branches.
func TestEachOfSeveralCommitsTakesItsOwnPaths(t *testing.T) {
	t.Parallel()
	for _, branches := range [][2]string{{"main", "main"}, {"main", "other"}} {
		t.Run(branches[0]+" and "+branches[1], func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
			w := acctest.NewWorkspace(t)
			config := provider(repo, explicit+"\n  create_branch_from = \"main\"")
			for i, branch := range branches {
				config += fmt.Sprintf(`
resource "nanogit_file" "f%[1]d" {
  count   = 50
  branch  = %[2]q
  path    = "set%[1]d/${count.index}"
  content = "%[1]d ${count.index}"
}
resource "nanogit_commit" "c%[1]d" {
  branch = %[2]q
  files  = { for f in nanogit_file.f%[1]d : f.path => f.blob_id }
}
`, i, branch)
			}
			w.Config(t, config)
			head := repo.Head(t)
			w.Apply(t)
			for i, branch := range branches {
				id, _ := w.Attributes(t, fmt.Sprintf("nanogit_commit.c%d", i))["commit_id"].(string)
				paths := strings.Fields(repo.Git(t, "diff-tree", "-r", "--no-commit-id", "--name-only", id))
				for _, path := range paths {
					if !strings.HasPrefix(path, fmt.Sprintf("set%d/", i)) {
						t.Errorf("commit %d has %s", i, path)
					}
				}
				wantCommits := 1
				if branches[0] == branches[1] {
					wantCommits = 2
				}
				if n := repo.Commits(t, head+".."+branch); n != wantCommits || len(paths) != 50 {
					t.Errorf("commit %d of %d on %s has %d files, want 50 of %d", i, n, branch, len(paths), wantCommits)
				}
			}
			w.Clean(t)
		})
	}
}
