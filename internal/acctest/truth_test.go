package acctest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
)

// Each case is a change that no nanogit_commit of the same apply can make. Nothing is reported done before it is on the branch.
func TestWhatNoCommitTakesIsPushedBeforeItIsReported(t *testing.T) {
	t.Parallel()
	const setOf = "resource \"nanogit_files\" \"s\" {\n  prefix = \"s\"\n  files = { a = { content = \"a\" }, b = { content = \"b\" } }\n"
	const smaller = "resource \"nanogit_files\" \"s\" {\n  prefix = \"s\"\n  files = { a = { content = \"a\" } }\n"
	const namingSet = "resource \"nanogit_commit\" \"c\" {\n  files = nanogit_files.s.blob_ids\n}\n"
	files := block("a", "a", "a", "") + block("b", "b", "b", "")
	for _, c := range []struct {
		name  string
		steps []string // the last one is refused first
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
			if out := w.Refused(t); !strings.Contains(out, "policy 17: ask Joan first") {
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
