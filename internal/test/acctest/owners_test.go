package acctest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// always fails the test unless each commit since a revision holds all of the paths.
func always(t *testing.T, repo acctest.Repo, since string, paths ...string) {
	t.Helper()
	for commit := range strings.FieldsSeq(repo.Git(t, "rev-list", since+"..main")) {
		tree := repo.Tree(t, commit)
		for _, path := range paths {
			if _, ok := tree[path]; !ok {
				t.Errorf("commit %s lacks %s:\n%s", commit, path, repo.Git(t, "show", "--stat", commit))
			}
		}
	}
}

// TestADeposedObjectLeavesTheFileToItsSuccessor fails a dependant during a replacement with
// create_before_destroy, then applies again.
func TestADeposedObjectLeavesTheFileToItsSuccessor(t *testing.T) {
	t.Parallel()
	const cbd = "lifecycle { create_before_destroy = true }"
	many := func(mode string) string {
		return fmt.Sprintf("resource \"nanogit_files\" \"f\" {\n  files = { a = { content = \"x\" } }\n  commit_mode = %q\n  %s\n}\n", mode, cbd)
	}
	const namingMany = "resource \"nanogit_commit\" \"c\" {\n  files = nanogit_files.f.blob_ids\n}\n"
	for _, c := range []struct {
		name, typ, resource string
		args                []string
		saved               bool
	}{
		{"nanogit_file", "nanogit_file", block("f", "a", "x", cbd), nil, false},
		{"nanogit_file, explicit", "nanogit_file", block("f", "a", "x", cbd+"\n  commit_mode = \"explicit\"") + naming("c", "f"), nil, false},
		{"nanogit_files", "nanogit_files", many("auto"), nil, false},
		{"nanogit_files, explicit", "nanogit_files", many("explicit") + namingMany, nil, false},
		{"one change at a time", "nanogit_file", block("f", "a", "x", cbd), []string{"-parallelism=1"}, false},
		{"a plan that is saved", "nanogit_file", block("f", "a", "x", cbd), nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			w := acctest.NewWorkspace(t)
			config := func(n int, command string) {
				w.Config(t, provider(repo, "")+c.resource+fmt.Sprintf(`
resource "terraform_data" "dependant" {
  triggers_replace = [%d, %s.f.id]
  lifecycle { create_before_destroy = true }
  provisioner "local-exec" { command = %q }
}
`, n, c.typ, command))
			}
			config(1, "true")
			w.Apply(t, c.args...)
			head := repo.Head(t)
			config(2, "false")
			w.Refused(t, append(c.args, "-replace="+c.typ+".f")...)
			config(2, "true")
			if c.saved {
				saved(t, w)
				w.Apply(t, "plan.out")
			} else {
				w.Apply(t, c.args...)
			}
			holds(t, repo, map[string]string{"a": "x"})
			always(t, repo, head, "a")
			w.Clean(t)
		})
	}
}

// TestFilesThatGetAnotherAddressAndAnotherProviderStay moves files to another address, in the same
// and in another provider block.
func TestFilesThatGetAnotherAddressAndAnotherProviderStay(t *testing.T) {
	t.Parallel()
	for name, alias := range map[string]string{"the same provider": "one", "another provider": "two"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			w := acctest.NewWorkspace(t)
			config := func(address, alias string) {
				block := strings.Replace(provider(repo, ""), "{", "{\n  alias = %q", 1)
				w.Config(t, fmt.Sprintf(block, "one")+fmt.Sprintf(block, "two")+fmt.Sprintf(`
resource "nanogit_file" %q {
  count    = 15
  provider = nanogit.%s
  path     = "dir/${count.index}"
  content  = "content ${count.index}"
}
`, address, alias))
			}
			files, paths := make(map[string]string), []string{}
			for i := range 15 {
				path := fmt.Sprintf("dir/%d", i)
				files[path], paths = fmt.Sprintf("content %d", i), append(paths, path)
			}
			config("old", "one")
			w.Apply(t)
			head := repo.Head(t)
			config("new", alias)
			w.Apply(t)
			holds(t, repo, files)
			always(t, repo, head, paths...)
			w.Clean(t)
		})
	}
}

func TestOfTwoOwnersOfAFileOneMayGo(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+block("a", "p", "x", "")+"resource \"nanogit_file\" \"b\" {\n  path = \"p\"\n  content = \"x\"\n  depends_on = [nanogit_file.a]\n}\n")
	w.Apply(t)
	if out, _ := w.Plan(t); !strings.Contains(out, "Warning: Two resources have one path") {
		t.Errorf("want a warning of the plan:\n%s", out)
	}
	head := repo.Head(t)
	w.Config(t, provider(repo, "")+block("a", "p", "x", ""))
	if out := w.Apply(t); strings.Contains(out, "Two resources") {
		t.Errorf("a warning of an owner that goes:\n%s", out)
	}
	holds(t, repo, map[string]string{"p": "x"})
	always(t, repo, head, "p")
	w.Clean(t)
	w.Destroy(t)
	holds(t, repo, nil)
}

// Each case has two configurations; the second is applied in a single commit.
func TestPathsChangeHandsInOneCommit(t *testing.T) {
	t.Parallel()
	named := func(mode string, names ...string) string {
		if mode == "explicit" {
			return naming("c", names...)
		}
		return ""
	}
	count := func(contents ...string) string {
		return fmt.Sprintf("locals { all = %s }\n", strings.ReplaceAll(fmt.Sprintf("%q", contents), "\" \"", "\", \"")) + `
resource "nanogit_file" "f" {
  count   = length(local.all)
  path    = "dir/${local.all[count.index]}"
  content = "${local.all[count.index]} %s"
}
`
	}
	for _, mode := range []string{"auto", "explicit"} {
		for _, c := range []struct {
			name, first, second string
			files               map[string]string
		}{
			{
				"a swap",
				block("a", "a", "1", "") + block("b", "b", "2", "") + named(mode, "a", "b"),
				block("a", "b", "1", "") + block("b", "a", "2", "") + named(mode, "a", "b"),
				map[string]string{"a": "2", "b": "1"},
			},
			{
				"a ring, with an edit",
				block("a", "a", "1", "") + block("b", "b", "2", "") + block("c", "c", "3", "") + named(mode, "a", "b", "c"),
				block("a", "b", "1", "") + block("b", "c", "22", "") + block("c", "a", "3", "") + named(mode, "a", "b", "c"),
				map[string]string{"a": "3", "b": "1", "c": "22"},
			},
			{
				"a new address with a new content",
				block("a", "a", "1", "") + named(mode, "a"),
				block("b", "a", "2", "") + named(mode, "b"),
				map[string]string{"a": "2"},
			},
			{
				"a shift of count, with an edit",
				fmt.Sprintf(count("x", "y", "z"), "1") + strings.ReplaceAll(named(mode, "f"), "(nanogit_file.f.path) = nanogit_file.f.blob_id", "for f in nanogit_file.f : f.path => f.blob_id"),
				fmt.Sprintf(count("y", "z"), "2") + strings.ReplaceAll(named(mode, "f"), "(nanogit_file.f.path) = nanogit_file.f.blob_id", "for f in nanogit_file.f : f.path => f.blob_id"),
				map[string]string{"dir/y": "y 2", "dir/z": "z 2"},
			},
		} {
			t.Run(c.name+", "+mode, func(t *testing.T) {
				t.Parallel()
				repo := acctest.NewRepo(t)
				w := acctest.NewWorkspace(t)
				settings := fmt.Sprintf("commit_mode = %q", mode)
				w.Config(t, provider(repo, settings)+c.first)
				w.Apply(t)
				head := repo.Head(t)
				w.Config(t, provider(repo, settings)+c.second)
				w.Apply(t)
				holds(t, repo, c.files)
				if n := repo.Commits(t, head+"..main"); n != 1 {
					t.Errorf("%d commits, want one:\n%s", n, repo.Git(t, "log", "--stat", head+"..main"))
				}
				w.Clean(t)
			})
		}
	}
}

func TestAPathThatNobodyGivesUpIsStillAnErrorOfThePlan(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	repo.Seed(t, map[string]gittest.File{"b": {Content: "theirs"}})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+block("a", "a", "1", ""))
	w.Apply(t)
	w.Config(t, provider(repo, "")+block("a", "b", "1", "")+block("c", "c", "1", ""))
	out, code := w.Run(t, "plan", "-no-color")
	if code != 1 || !strings.Contains(out, "already, and not the same") {
		t.Errorf("the plan ended with code %d:\n%s", code, out)
	}
}

func TestPathsThatTwoResourcesWantAreToldOfByThePlan(t *testing.T) {
	t.Parallel()
	mirror := "resource \"nanogit_files\" \"m\" {\n  prefix = \"dir\"\n  prune = \"all\"\n  files = { a = { content = \"a\" } }\n}\n"
	for _, c := range []struct {
		name, config, says string
		code               int
	}{
		{"two new ones, of different contents", block("a", "p", "1", "") + block("b", "p", "2", ""), "Error: Two resources have one path", 1},
		{"two new ones, of the same content", block("a", "p", "1", "") + block("b", "p", "1", ""), "Warning: Two resources have one path", 0},
		{"one of many", mirror + block("b", "dir/a", "a", ""), "Warning: Two resources have one path", 0},
		{"below a mirror", mirror + block("b", "dir/deep/b", "b", ""), "Warning: ", 0},
		{"beside a mirror", mirror + block("b", "dirs/b", "b", ""), "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, "")+c.config)
			out, code := w.Run(t, "plan", "-no-color")
			warned := strings.Contains(out, "one path") || strings.Contains(out, "irror removes")
			if code != c.code || !strings.Contains(out, c.says) || warned != (c.says != "") {
				t.Errorf("the plan ended with code %d, want %d and %q:\n%s", code, c.code, c.says, out)
			}
		})
	}
}
