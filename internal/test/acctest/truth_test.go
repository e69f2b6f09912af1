package acctest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// Each case is a change that no nanogit_commit of the same apply can make. Nothing is reported done
// before it is on the branch.
func TestWhatNoCommitTakesIsPushedBeforeItIsReported(t *testing.T) {
	t.Parallel()
	const setOf = "resource \"nanogit_files\" \"s\" {\n  prefix = \"s\"\n  files = { a = { content = \"a\" }, b = { content = \"b\" } }\n"
	const smaller = "resource \"nanogit_files\" \"s\" {\n  prefix = \"s\"\n  files = { a = { content = \"a\" } }\n"
	const namingSet = "resource \"nanogit_commit\" \"c\" {\n  files = nanogit_files.s.blob_ids\n}\n"
	files := block("a", "a", "a", "") + block("b", "b", "b", "")
	for _, c := range []struct {
		name   string
		steps  []string // the last configuration is refused first
		target string   // of the apply that is refused
		theirs,
		want map[string]string
	}{
		{
			name:  "the commit goes with the file",
			steps: []string{files + naming("c", "a", "b"), block("a", "a", "a", "")},
			want:  map[string]string{"a": "a"},
		},
		{
			name:  "the mode of a file alone",
			steps: []string{files + naming("c", "a", "b"), block("a", "a", "a", "mode = \"100755\"") + block("b", "b", "b", "") + naming("c", "a", "b")},
			want:  map[string]string{"a": "a", "b": "b"},
		},
		{
			name:  "the mode of one of many alone",
			steps: []string{setOf + "}\n" + namingSet, strings.Replace(setOf, `"a" }`, `"a", mode = "100755" }`, 1) + "}\n" + namingSet},
			want:  map[string]string{"s/a": "a", "s/b": "b"},
		},
		{
			name:   "others' files in a mirror",
			steps:  []string{setOf + "  prune = \"all\"\n}\n" + namingSet},
			theirs: map[string]string{"s/theirs": "x"},
			want:   map[string]string{"s/a": "a", "s/b": "b"},
		},
		{
			name:  "many, from auto to explicit",
			steps: []string{setOf + "  commit_mode = \"auto\"\n}\n", smaller + "}\n" + namingSet},
			want:  map[string]string{"s/a": "a"},
		},
		{
			name:  "the commit went in an earlier apply",
			steps: []string{files + naming("c", "a", "b"), files, block("a", "a", "a", "")},
			want:  map[string]string{"a": "a"},
		},
		{
			name:   "a file that -target names, and not its commit",
			steps:  []string{files + naming("c", "a", "b"), block("a", "a", "a", "") + naming("c", "a")},
			target: "nanogit_file.b",
			want:   map[string]string{"a": "a"},
		},
		{
			name:   "one of for_each that -target names, and not its commit",
			steps:  []string{each("a", "b") + namingEach, each("a") + namingEach},
			target: "nanogit_file.f",
			want:   map[string]string{"a": "a"},
		},
		{
			name:   "one of many that -target names, and not its commit",
			steps:  []string{setOf + "}\n" + namingSet, smaller + "}\n" + namingSet},
			target: "nanogit_files.s",
			want:   map[string]string{"s/a": "a"},
		},
		{
			name:   "many that -target names, and not their commit",
			steps:  []string{files + naming("c", "a", "b") + setOf + "}\n" + strings.Replace(namingSet, `"c"`, `"d"`, 1), files + naming("c", "a", "b")},
			target: "nanogit_files.s",
			want:   map[string]string{"a": "a", "b": "b"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{"pre-receive": mayRefuse}})
			w := acctest.NewWorkspace(t)
			for _, config := range c.steps[:max(1, len(c.steps)-1)] {
				w.Config(t, provider(repo, explicit)+config)
				w.Apply(t)
			}
			if c.theirs != nil {
				repo.SeedText(t, c.theirs)
			}
			w.Config(t, provider(repo, explicit)+c.steps[len(c.steps)-1])
			before, head := repo.Tree(t, "main"), repo.Head(t)
			end := refuse(t, repo)
			var args []string
			if c.target != "" {
				args = append(args, "-target="+c.target)
			}
			if out := w.Refused(t, args...); !strings.Contains(out, "policy 17: ask Joan first") {
				t.Errorf("not the failure that was wanted:\n%s", out)
			}
			if now := repo.Head(t); now != head {
				t.Errorf("a commit was made in spite of the hook: %s, %v", now, before)
			}
			end()
			if _, changes := w.Plan(t); !changes {
				t.Error("the change is in nobody's plan any more")
			}
			w.Apply(t)
			holds(t, repo, c.want)
			w.Clean(t)
		})
	}
}

// each returns a nanogit_file for each path, with the path as its content.
func each(paths ...string) string {
	return fmt.Sprintf("resource \"nanogit_file\" \"f\" {\n  for_each = toset([\"%s\"])\n  path     = each.key\n  content  = each.key\n}\n", strings.Join(paths, `", "`))
}

// namingEach is a nanogit_commit of them.
const namingEach = "resource \"nanogit_commit\" \"c\" {\n  files = { for f in nanogit_file.f : f.path => f.blob_id }\n}\n"

func TestOneOfForEachIsRemovedByTheCommitOfTheOthers(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, explicit)+each("a", "b")+namingEach)
	w.Apply(t)
	before := repo.Commits(t, "main")
	w.Config(t, provider(repo, explicit)+strings.Replace(each("a", "c"), "content  = each.key", "content = \"new\"", 1)+namingEach)
	w.Apply(t)
	if n := repo.Commits(t, "main") - before; n != 1 {
		t.Errorf("%d commits, want 1", n)
	}
	holds(t, repo, map[string]string{"a": "new", "c": "new"})
	w.Clean(t)
	if left, _ := filepath.Glob(filepath.Join(w.Temp, "nanogit-*")); len(left) > 0 {
		t.Errorf("an apply leaves files behind: %v", left)
	}
}

func TestExplicitModeWithoutACommitIsToldByTheApply(t *testing.T) {
	t.Parallel()
	const untaken = "Warning: Files are staged and not pushed"
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	set := "resource \"nanogit_files\" \"s\" {\n  prefix = \"s\"\n  files = { x = { content = \"x\" } }\n}\n"
	w.Config(t, provider(repo, explicit)+block("a", "a", "a", "")+set)
	if out := w.Apply(t); !strings.Contains(out, untaken) || !strings.Contains(out, "s/x") {
		t.Errorf("no word of it:\n%s", out)
	}
	// A plan without a refresh plans the change, too, and so does the apply of such a plan.
	if out, changes := w.Plan(t, "-refresh=false"); !changes || !strings.Contains(out, "Files were staged and never committed") {
		t.Errorf("no plan of it:\n%s", out)
	}
	if out := w.Apply(t, "-refresh=false"); !strings.Contains(out, "0 added, 2 changed") || !strings.Contains(out, untaken) {
		t.Errorf("not staged again:\n%s", out)
	}
	// With a commit for one of them, the warning names the other.
	w.Config(t, provider(repo, explicit)+block("a", "a", "a", "")+set+naming("c", "a"))
	if out := w.Apply(t); !strings.Contains(out, untaken) || strings.Count(out, "staged for a nanogit_commit") > 1 {
		t.Errorf("not the one warning:\n%s", out)
	}
	w.Config(t, provider(repo, explicit)+block("a", "a", "a", "")+set+naming("c", "a")+namingSets("d", "s"))
	if out := w.Apply(t, "-refresh=false"); strings.Contains(out, untaken) {
		t.Errorf("a warning, though each is committed:\n%s", out)
	}
	holds(t, repo, map[string]string{"a": "a", "s/x": "x"})
	w.Clean(t)
}

func TestAHookThatIsSlowIsWaitedFor(t *testing.T) {
	t.Parallel()
	// It takes longer than an engine lets a provider live after its last call.
	hooks := map[string]string{"pre-receive": "#!/bin/sh\n[ ! -e slow ] || sleep 3\n"}
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Hooks: hooks})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, explicit)+block("a", "a", "a", "")+block("b", "b", "b", "")+naming("c", "a", "b"))
	w.Apply(t)
	if err := os.WriteFile(filepath.Join(repo.Dir, "slow"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.Config(t, provider(repo, explicit)+block("a", "a", "a", "mode = \"100755\""))
	w.Apply(t)
	holds(t, repo, map[string]string{"a": "a"})
	if mode := repo.Tree(t, "main")["a"].Mode; mode != "100755" {
		t.Errorf("a has mode %s, want 100755", mode)
	}
	w.Clean(t)
}
