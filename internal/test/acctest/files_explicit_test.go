//go:build unix

package acctest_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// set is a nanogit_files by itself: a map of these contents.
func set(name string, files map[string]string, more string) string {
	var b strings.Builder
	for path, content := range files {
		fmt.Fprintf(&b, "    %q = { content = %q }\n", path, content)
	}
	return fmt.Sprintf("resource \"nanogit_files\" %q {\n  files = {\n%s  }\n  %s\n}\n", name, b.String(), more)
}

// namingSets is a nanogit_commit of these nanogit_files.
func namingSets(name string, sets ...string) string {
	refs := []string{"{}"}
	for _, s := range sets {
		refs = append(refs, "nanogit_files."+s+".blob_ids")
	}
	return fmt.Sprintf("resource \"nanogit_commit\" %q {\n  files = merge(%s)\n}\n", name, strings.Join(refs, ", "))
}

// TestADirectoryAndFilesNextToItAreOneCommitAndSoIsEveryFurtherChange lets a nanogit_commit name a
// nanogit_files and single files, and counts commits and pushes.
func TestADirectoryAndFilesNextToItAreOneCommitAndSoIsEveryFurtherChange(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	before := repo.Git(t, "rev-parse", "main^{tree}")
	dir := directory(t, 300, 200)
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, explicit)+sourceDir(dir, "prefix = \"site\"")+strings.NewReplacer(
		"{ for f in nanogit_file.f : f.path => f.blob_id }", "merge(nanogit_files.f.blob_ids, { for f in nanogit_file.f : f.path => f.blob_id })",
	).Replace(filesAndCommit))
	files := numbered(3)
	want(t, w, files)
	head := repo.Head(t)
	server.ResetStats()
	w.Apply(t)
	head = oneCommit(t, server, repo, head, "the first apply")
	if n := len(repo.Tree(t, "main")); n != 304 {
		t.Errorf("the branch has %d files, want 304", n)
	}
	w.Clean(t)
	f := w.Attributes(t, "nanogit_files.f")
	if f["commit_id"] != nil || f["tree_id"] != nil || len(f["blob_ids"].(map[string]any)) != 300 {
		t.Errorf("state of the files: commit_id %v, tree_id %v", f["commit_id"], f["tree_id"])
	}

	// A change of a single file of three hundred shows its path alone, in both resources.
	write(t, filepath.Join(dir, "d01", "f00101.txt"), "changed")
	plan, _ := w.Plan(t)
	if flat := strings.Join(strings.Fields(plan), " "); strings.Count(flat, `~ "site/`) != 2 || strings.Contains(flat, `+ "site/`) || strings.Contains(flat, `- "site/`) ||
		strings.Count(flat, `~ "site/d01/f00101.txt" = "`+blobID(string(text(101, 200)))) != 2 {
		t.Errorf("want the one path in blob_ids and in files:\n%s", plan)
	}
	server.ResetStats()
	w.Apply(t)
	head = oneCommit(t, server, repo, head, "a change of one file")
	w.Clean(t)

	for i := range 5 {
		write(t, filepath.Join(dir, "d00", fmt.Sprintf("f%05d.txt", i)), "changed")
	}
	for i := range 7 {
		if err := os.Remove(filepath.Join(dir, "d02", fmt.Sprintf("f%05d.txt", 200+i))); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		write(t, filepath.Join(dir, fmt.Sprintf("new%d", i)), "new")
	}
	files["more"] = "more"
	delete(files, "d00/f000.txt")
	want(t, w, files)
	plan, _ = w.Plan(t)
	if strings.Contains(plan, "Warning: Files are left") || strings.Count(plan, `- "site/d02/f00206.txt"`) != 2 || !strings.Contains(flatPlan(plan), "deletions = 0 -> 8 ") {
		t.Errorf("want the removals planned, by the files and by their commit, and no warning of them:\n%s", plan)
	}
	server.ResetStats()
	w.Apply(t)
	oneCommit(t, server, repo, head, "updates, removals and additions")
	w.Clean(t)
	if c := w.Attributes(t, "nanogit_commit.c"); c["additions"] != 4.0 || c["deletions"] != 8.0 {
		t.Errorf("%v added and %v deleted, want 4 and 8", c["additions"], c["deletions"])
	}

	if _, err := repo.Commit("main", "By hand", map[string]gittest.File{
		"site/d00/f00000.txt": {Content: "by hand"}, "site/d00/f00050.txt": {Remove: true}, "more": {Content: "by hand"},
	}); err != nil {
		t.Fatal(err)
	}
	head = repo.Head(t)
	server.ResetStats()
	w.Apply(t)
	oneCommit(t, server, repo, head, "a drift")
	w.Clean(t)
	if n := len(repo.Tree(t, "main")); n != 300 {
		t.Errorf("the branch has %d files, want 300", n)
	}

	w.Destroy(t)
	if after := repo.Git(t, "rev-parse", "main^{tree}"); after != before {
		t.Errorf("the tree is %s after all was destroyed, want %s as before", after, before)
	}
}

// Each case has two configurations, the files of the branch after the second is applied, and the
// number of its commits.
func TestOfManyFilesNothingIsRemovedThatIsStillWantedAndNothingStaysThatIsNot(t *testing.T) {
	t.Parallel()
	type m = map[string]string
	ab, a := m{"a": "a", "b": "b"}, m{"a": "a"}
	for _, c := range []struct {
		name          string
		first, second string
		theirs        m // that somebody else commits between the two
		args          []string
		want          m
		commits       int
		warns         string
	}{
		{
			name:  "files leave the map",
			first: set("x", m{"a": "a", "b": "b", "c/d": "d"}, "") + namingSets("c", "x"), second: set("x", m{"a": "2"}, "") + namingSets("c", "x"),
			want: m{"a": "2"}, commits: 1,
		},
		{
			name:  "the prefix changes",
			first: set("x", ab, "") + namingSets("c", "x"), second: set("x", ab, "prefix = \"p\"") + namingSets("c", "x"),
			want: m{"p/a": "a", "p/b": "b"}, commits: 1,
		},
		{
			name:  "a file gives way to a directory",
			first: set("x", ab, "") + namingSets("c", "x"), second: set("x", m{"a/x": "x", "b": "b"}, "") + namingSets("c", "x"),
			want: m{"a/x": "x", "b": "b"}, commits: 1,
		},
		{
			name:  "a block is removed with its reference",
			first: set("x", ab, "") + set("y", m{"c": "c", "d": "d"}, "") + namingSets("c", "x", "y"), second: set("x", ab, "") + namingSets("c", "x"),
			want: ab, commits: 1,
		},
		{
			name:  "replaced",
			first: set("x", ab, "") + namingSets("c", "x"), second: set("x", ab, "") + namingSets("c", "x"), args: []string{"-replace=nanogit_files.x"},
			want: ab, commits: 0,
		},
		{
			name:  "replaced, with create_before_destroy",
			first: set("x", ab, "lifecycle { create_before_destroy = true }") + namingSets("c", "x"), second: set("x", ab, "lifecycle { create_before_destroy = true }") + namingSets("c", "x"),
			args: []string{"-replace=nanogit_files.x"}, want: ab, commits: 0,
		},
		{
			name:  "replaced while it leaves auto mode, named by no commit",
			first: set("x", a, "commit_mode = \"auto\""), second: strings.Replace(set("x", a, ""), "content = \"a\"", "content = \"a\", mode = \"100755\"", 1),
			args: []string{"-replace=nanogit_files.x"}, want: a, commits: 1,
		},
		{
			name:  "a removed block hands the files over",
			first: set("x", ab, "") + set("y", m{"c": "c"}, "") + namingSets("c", "x", "y"), second: "removed {\n  from = nanogit_files.y\n  lifecycle { destroy = false }\n}\n" + set("x", ab, "") + namingSets("c", "x"),
			want: m{"a": "a", "b": "b", "c": "c"}, commits: 0, warns: "Files are left on the branch",
		},
		{
			name:  "kept on destroy",
			first: set("x", ab, "") + set("y", m{"c": "c"}, "on_destroy = \"keep\"") + namingSets("c", "x", "y"), second: set("x", ab, "") + namingSets("c", "x"),
			want: m{"a": "a", "b": "b", "c": "c"}, commits: 0, warns: "Files are left on the branch",
		},
		{
			name:  "moved from one commit to another",
			first: set("x", ab, "") + namingSets("c", "x") + namingSets("d"), second: set("x", ab, "") + namingSets("c") + namingSets("d", "x"),
			want: ab, commits: 0, warns: "Files are left on the branch",
		},
		{
			name:  "a file takes a path over",
			first: set("x", ab, "") + namingSets("c", "x"),
			second: set("x", a, "") + block("b", "b", "b", "") +
				"resource \"nanogit_commit\" \"c\" {\n  files = merge(nanogit_files.x.blob_ids, { b = nanogit_file.b.blob_id })\n}\n",
			want: ab, commits: 0,
		},
		{
			name:  "the mode alone",
			first: set("x", a, "") + namingSets("c", "x"), second: strings.Replace(set("x", a, ""), "content = \"a\"", "content = \"a\", mode = \"100755\"", 1) + namingSets("c", "x"),
			want: a, commits: 1,
		},
		{
			name:  "a mode and another file's content",
			first: set("x", ab, "") + namingSets("c", "x"), second: strings.Replace(set("x", m{"a": "a", "b": "2"}, ""), "content = \"a\"", "content = \"a\", mode = \"100755\"", 1) + namingSets("c", "x"),
			want: m{"a": "a", "b": "2"}, commits: 1,
		},
		{
			name:  "the commit is destroyed, the files stay",
			first: set("x", ab, "") + namingSets("c", "x"), second: set("x", ab, ""),
			want: ab, commits: 0,
		},
		{
			name:  "the commit is destroyed, and a file leaves",
			first: set("x", ab, "") + namingSets("c", "x"), second: set("x", a, ""),
			want: a, commits: 1,
		},
		{
			name:  "commit and files are destroyed",
			first: set("x", ab, "") + set("y", m{"c": "c"}, "") + namingSets("c", "x", "y"), second: "",
			want: m{}, commits: 1,
		},
		{
			name:  "commit and files are destroyed, with delete_files",
			first: set("x", ab, "") + strings.Replace(namingSets("c", "x"), "files", "on_destroy = \"delete_files\"\nfiles", 1), second: "",
			want: m{}, commits: 1,
		},
		{
			name:  "only settings change",
			first: set("x", ab, "") + namingSets("c", "x"), second: set("x", ab, "on_destroy = \"keep\"\ncommit_message = \"x\"") + namingSets("c", "x"),
			want: ab, commits: 0,
		},
		{
			name:  "from auto to explicit, and a change",
			first: set("x", ab, "commit_mode = \"auto\""), second: set("x", a, "") + namingSets("c", "x"),
			want: a, commits: 1,
		},
		{
			name:  "from explicit to auto, and a change",
			first: set("x", ab, "") + namingSets("c", "x"), second: set("x", m{"a": "2"}, "commit_mode = \"auto\"") + namingSets("c", "x"),
			want: m{"a": "2"}, commits: 1,
		},
		{
			name:  "a mirror removes what others put there",
			first: set("x", ab, "prune = \"all\"\n  prefix = \"p\"") + namingSets("c", "x"), second: set("x", ab, "prune = \"all\"\n  prefix = \"p\"") + namingSets("c", "x"),
			theirs: m{"p/theirs": "t", "p/deep/theirs": "t", "outside": "o"}, want: m{"p/a": "a", "p/b": "b", "outside": "o"}, commits: 1,
		},
		{
			name:  "a mirror removes what others put there, and has a change of its own",
			first: set("x", ab, "prune = \"all\"\n  prefix = \"p\"") + namingSets("c", "x"), second: set("x", m{"a": "2"}, "prune = \"all\"\n  prefix = \"p\"") + namingSets("c", "x"),
			theirs: m{"p/theirs": "t"}, want: m{"p/a": "2"}, commits: 1,
		},
		{
			name:  "what others put beside managed files stays",
			first: set("x", ab, "prefix = \"p\"") + namingSets("c", "x"), second: set("x", a, "prefix = \"p\"") + namingSets("c", "x"),
			theirs: m{"p/theirs": "t"}, want: m{"p/a": "a", "p/theirs": "t"}, commits: 1,
		},
		{
			name:  "it becomes a mirror",
			first: set("x", ab, "prefix = \"p\"") + namingSets("c", "x"), second: set("x", m{"a": "2"}, "prune = \"all\"\n  prefix = \"p\"") + namingSets("c", "x"),
			theirs: m{"p/theirs": "t"}, want: m{"p/a": "2"}, commits: 1, warns: "Files of others will be removed",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, explicit)+c.first)
			w.Apply(t)
			w.Clean(t)
			if c.theirs != nil {
				repo.SeedText(t, c.theirs)
			}
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

// TestARefusedCommitOfManyFilesHealsInOne refuses a creation, then an update with removals; the
// next apply makes each in a single commit.
func TestARefusedCommitOfManyFilesHealsInOne(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{"pre-receive": mayRefuse}})
	w := acctest.NewWorkspace(t)
	config := func(files map[string]string) {
		w.Config(t, provider(repo, explicit)+set("x", files, "prefix = \"p\"")+namingSets("c", "x"))
	}
	files := numbered(12)
	config(files)
	allowAgain := refuse(t, repo)
	w.Refused(t) // nothing of a creation is in the state of the commit, and all of it in that of the files
	plan, _ := w.Plan(t)
	if flat := strings.Join(strings.Fields(plan), " "); strings.Count(flat, "Warning: Files were staged and never committed") != 1 ||
		!strings.Contains(flat, "12 files were staged") || !strings.Contains(flat, "… and 2 more") {
		t.Errorf("want one warning, of twelve files:\n%s", plan)
	}
	allowAgain()
	head := repo.Head(t)
	server.ResetStats()
	w.Apply(t)
	head = oneCommit(t, server, repo, head, "the apply that heals the creation")
	w.Clean(t)

	files = maps.Clone(files)
	var gone []string
	for i := range 3 {
		files[fmt.Sprintf("d%02d/f%03d.txt", i, i)] = "updated\n"
		files[fmt.Sprintf("new/%d", i)] = "new\n"
		path := fmt.Sprintf("d%02d/f%03d.txt", i+5, i+5)
		gone = append(gone, "p/"+path)
		delete(files, path)
	}
	config(files)
	allowAgain = refuse(t, repo)
	for range 2 { // the changes are still pending after a second failure
		out := w.Refused(t)
		if !strings.Contains(out, "policy 17: ask Joan first") || strings.Count(out, "Error:") != 1 || repo.Head(t) != head {
			t.Errorf("want one error with the hook's words, and the branch as it was:\n%s", out)
		}
	}
	allowAgain()
	plan, _ = w.Plan(t)
	if strings.Count(plan, "Warning: Files were staged and never committed") != 1 || !strings.Contains(plan, "6 files were staged") || strings.Contains(plan, "Files are left on the branch") {
		t.Errorf("want one warning, of the six files that were staged:\n%s", plan)
	}
	for _, path := range gone {
		if !strings.Contains(plan, path) {
			t.Errorf("the plan does not delete %s:\n%s", path, plan)
		}
	}
	server.ResetStats()
	w.Apply(t)
	oneCommit(t, server, repo, head, "the apply that heals")
	placed := make(map[string]string)
	for path, content := range files {
		placed["p/"+path] = content
	}
	holds(t, repo, placed)
	w.Clean(t)
}

func TestManyFilesThatNoCommitNamesAreWarnedOf(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	files := map[string]string{"a": "a", "b": "b"}
	x := set("x", files, "") + block("f", "f", "f", "")
	w.Config(t, provider(repo, explicit)+x)
	w.Apply(t)
	holds(t, repo, nil)
	for range 2 {
		plan, changes := w.Plan(t)
		if flat := strings.Join(strings.Fields(plan), " "); !changes || strings.Count(flat, "Warning: Files were staged and never committed") != 1 || !strings.Contains(flat, "(and one more similar warning elsewhere)") {
			t.Errorf("want the files planned again, and one warning for both resources:\n%s", plan)
		}
		w.Apply(t) // which does not help
	}
	w.Config(t, provider(repo, explicit)+x+"resource \"nanogit_commit\" \"c\" {\n  files = merge(nanogit_files.x.blob_ids, { f = nanogit_file.f.blob_id })\n}\n")
	w.Apply(t)
	files["f"] = "f"
	holds(t, repo, files)
	w.Clean(t)
}

func TestADestroyOfManyFilesThatIsRefusedReportsNothingDestroyedThatIsThere(t *testing.T) {
	t.Parallel()
	for _, onDestroy := range []string{"keep", "delete_files"} {
		t.Run(onDestroy, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{"pre-receive": mayRefuse}})
			w := acctest.NewWorkspace(t)
			files := numbered(4)
			w.Config(t, provider(repo, explicit)+set("x", files, "")+strings.Replace(namingSets("c", "x"), "files", "on_destroy = \""+onDestroy+"\"\n  files", 1))
			w.Apply(t)
			end := refuse(t, repo)
			for range 2 {
				w.Refused(t, "-destroy")
				holds(t, repo, files)
				if state, _ := w.Run(t, "state", "list"); !strings.Contains(state, "nanogit_files.x") {
					t.Errorf("the files are on the branch, and state has only:\n%s", state)
				}
			}
			end()
			w.Destroy(t)
			holds(t, repo, nil)
		})
	}
}

func TestARemovalThatNoCommitTakesIsRepeatedAtOnceAfterItFailed(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{"pre-receive": mayRefuse}})
	w := acctest.NewWorkspace(t)
	all, some := map[string]string{"a": "a", "b": "b"}, map[string]string{"a": "a"}
	w.Config(t, provider(repo, explicit)+set("x", all, "")+namingSets("c", "x"))
	w.Apply(t)
	w.Config(t, provider(repo, explicit)+set("x", some, ""))
	end := refuse(t, repo)
	for range 2 {
		if out := w.Refused(t); !strings.Contains(out, "policy 17: ask Joan first") || strings.Count(out, "Error:") != 1 {
			t.Errorf("want one error with the hook's words:\n%s", out)
		}
		holds(t, repo, all)
	}
	end()
	w.Apply(t)
	holds(t, repo, some)
	w.Clean(t)
}

// TestWhatOthersTakeAwayBetweenPlanAndPushIsPutAgain removes adopted files on the branch while the
// push is held.
func TestWhatOthersTakeAwayBetweenPlanAndPushIsPutAgain(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ mode, more string }{
		"auto": {}, "explicit": {explicit, namingSets("c", "x")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := gittest.New(t, gittest.Options{})
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
			files := map[string]string{"a": "a", "b": "b", "c": "c"}
			repo.SeedText(t, map[string]string{"a": "a", "b": "b"}) // to be adopted
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, tc.mode)+set("x", files, "")+tc.more)
			stall := server.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Stall, Times: 1})
			run := w.Start(t, "apply", "-auto-approve", "-no-color")
			<-stall.Reached()
			if _, err := repo.Commit("main", "Remove", map[string]gittest.File{"a": {Remove: true}, "b": {Remove: true}}); err != nil {
				t.Fatal(err)
			}
			head := repo.Head(t)
			stall.Release()
			if out := run.Wait(t); !strings.Contains(out, "Apply complete!") {
				t.Errorf("the apply says:\n%s", out)
			}
			holds(t, repo, files)
			if n := repo.Commits(t, head+"..main"); n != 1 {
				t.Errorf("%d commits, want one", n)
			}
			w.Clean(t)
		})
	}
}

func TestTheCommitOfAMirrorShowsWhatOfOthersItRemoves(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	config := func(content string) {
		w.Config(t, provider(repo, explicit)+set("x", map[string]string{"a": content, "b": "b"}, "prune = \"all\"\n  prefix = \"p\"")+namingSets("c", "x"))
	}
	config("1")
	w.Apply(t)
	repo.SeedText(t, map[string]string{"p/theirs": "t"})
	config("2")
	saved(t, w)
	repo.SeedText(t, map[string]string{"p/later": "t"}) // after the plan, so the next plan sees it
	if out, code := w.Run(t, "apply", "-no-color", "plan.out"); code != 0 {
		t.Fatalf("apply ended with code %d:\n%s", code, out)
	}
	c := w.Attributes(t, "nanogit_commit.c")
	if c["additions"] != 0.0 || c["modifications"] != 1.0 || c["deletions"] != 1.0 {
		t.Errorf("%v added, %v modified, %v deleted; want p/a modified and p/theirs deleted", c["additions"], c["modifications"], c["deletions"])
	}
	holds(t, repo, map[string]string{"p/a": "2", "p/b": "b", "p/later": "t"})
	w.Apply(t)
	holds(t, repo, map[string]string{"p/a": "2", "p/b": "b"})
	w.Clean(t)
}
