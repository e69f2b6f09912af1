package acctest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// filesAndCommit has a nanogit_file for each entry of files.json, and a commit that names them all.
const filesAndCommit = `
resource "nanogit_file" "f" {
  for_each = jsondecode(file("${path.module}/files.json"))
  path     = each.key
  content  = each.value
}
resource "nanogit_commit" "c" {
  message = "What Terraform says"
  files   = { for f in nanogit_file.f : f.path => f.blob_id }
}
`

const explicit = `commit_mode = "explicit"`

// numbered is n files of a few bytes.
func numbered(n int) map[string]string {
	files := make(map[string]string, n)
	for i := range n {
		files[fmt.Sprintf("d%02d/f%03d.txt", i%13, i)] = fmt.Sprintf("file %d\n", i)
	}
	return files
}

// want writes files.json.
func want(t *testing.T, w *acctest.Workspace, files map[string]string) {
	t.Helper()
	b, err := json.Marshal(files)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(t, "files.json", string(b))
}

// holds fails the test unless the branch has these files, README.md, and nothing else.
func holds(t *testing.T, repo acctest.Repo, files map[string]string) {
	t.Helper()
	tree := repo.Tree(t, "main")
	if len(tree) != len(files)+1 {
		t.Errorf("the branch has %d files, want %d", len(tree), len(files)+1)
	}
	blob := blobsOf(t, repo)
	for path, content := range files {
		if entry, want := tree[path], blob(content); entry.ID != want {
			t.Errorf("%s is %v on the branch, want blob %s", path, entry, want)
		}
	}
}

// since counts the commits since a head, and the pushes since the last count.
func since(t *testing.T, server *gittest.Server, repo *gittest.Repo, head string) (commits, pushes int) {
	t.Helper()
	pushes = server.Stats().ByService[gittest.ReceivePack].Requests
	server.ResetStats()
	return repo.Commits(t, head+"..main"), pushes
}

// oneCommit fails the test unless a single commit was made since head, with a single push. It
// returns the new head.
func oneCommit(t *testing.T, server *gittest.Server, repo *gittest.Repo, head, after string) string {
	t.Helper()
	if commits, pushes := since(t, server, repo, head); commits != 1 || pushes != 1 {
		t.Errorf("after %s: %d commits with %d pushes, want one and one:\n%s", after, commits, pushes, repo.Git(t, "log", "--stat", "--oneline", head+"..main"))
	}
	return repo.Head(t)
}

// flatPlan joins the lines of a plan.
func flatPlan(s string) string { return strings.Join(strings.Fields(s), " ") }

// TestThreeHundredFilesAreOneCommitAndSoIsEveryFurtherChange creates, changes, renames and removes
// files of a nanogit_commit, and counts commits and pushes.
func TestThreeHundredFilesAreOneCommitAndSoIsEveryFurtherChange(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	before := repo.Git(t, "rev-parse", "main^{tree}")
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, explicit)+filesAndCommit)
	files := numbered(300)
	want(t, w, files)
	head := repo.Head(t)
	server.ResetStats()
	w.Apply(t)
	head = oneCommit(t, server, repo, head, "the first apply")
	holds(t, repo, files)
	w.Clean(t)
	if got := repo.Git(t, "log", "-1", "--format=%B"); strings.TrimSpace(got) != "What Terraform says" {
		t.Errorf("message %q", got)
	}
	c := w.Attributes(t, "nanogit_commit.c")
	if c["commit_id"] != head || c["parent_id"] != repo.Git(t, "rev-parse", head+"^") || c["tree_id"] != repo.Git(t, "rev-parse", head+"^{tree}") || c["additions"] != 300.0 {
		t.Errorf("state of the commit: %v", c)
	}

	var changed []string // lines of the plan
	for i := range 5 {
		changed = append(changed, fmt.Sprintf(`~ "d%02d/f%03d.txt"`, i, i))
		files[fmt.Sprintf("d%02d/f%03d.txt", i, i)] = "updated\n"
	}
	for i := 20; i < 27; i++ {
		changed = append(changed, fmt.Sprintf(`- "d%02d/f%03d.txt"`, i%13, i))
		delete(files, fmt.Sprintf("d%02d/f%03d.txt", i%13, i))
	}
	for i := range 3 {
		changed = append(changed, fmt.Sprintf(`+ "new/%d"`, i))
		files[fmt.Sprintf("new/%d", i)] = "new\n"
	}
	want(t, w, files)
	plan, _ := w.Plan(t)
	flat := flatPlan(plan)
	for _, line := range append(changed, "~ additions = 300 -> 3", "~ modifications = 0 -> 5", "~ deletions = 0 -> 7") {
		if strings.Count(flat, line+" ") != 1 {
			t.Errorf("the plan does not say %s, once:\n%s", line, plan)
		}
	}
	if strings.Contains(plan, "Warning: Files are left") {
		t.Errorf("the plan warns of files whose removal it plans:\n%s", plan)
	}
	server.ResetStats()
	w.Apply(t)
	oneCommit(t, server, repo, head, "five updates, seven removals and three additions")
	holds(t, repo, files)
	w.Clean(t)
	c = w.Attributes(t, "nanogit_commit.c")
	if c["additions"] != 3.0 || c["modifications"] != 5.0 || c["deletions"] != 7.0 {
		t.Errorf("%v added, %v modified, %v deleted; want 3, 5 and 7", c["additions"], c["modifications"], c["deletions"])
	}

	head = repo.SeedText(t, map[string]string{"d05/f005.txt": "by hand\n"})
	server.ResetStats()
	w.Apply(t)
	oneCommit(t, server, repo, head, "a drift")
	holds(t, repo, files)
	w.Clean(t)

	w.Destroy(t)
	if after := repo.Git(t, "rev-parse", "main^{tree}"); after != before {
		t.Errorf("the tree is %s after all was destroyed, want %s as before", after, before)
	}
	w.Clean(t, "-destroy")
}

// TestWordsAloneMakeNoCommitAndNoPlan changes message, author, trailers and push options alone,
// then with a file.
func TestWordsAloneMakeNoCommitAndNoPlan(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{
		Config: map[string]string{"receive.advertisePushOptions": "true"},
		Hooks:  map[string]string{"pre-receive": "#!/bin/sh\necho \"see https://example.com/$GIT_PUSH_OPTION_0\" >&2\n"},
	})
	w := acctest.NewWorkspace(t)
	config := func(words string) string {
		return provider(repo, explicit) + strings.Replace(filesAndCommit, "message = \"What Terraform says\"", words, 1)
	}
	files := numbered(2)
	want(t, w, files)
	w.Config(t, config(""))
	w.Apply(t)
	w.Clean(t)
	words := `
  message      = "Said with care"
  author       = { name = "Ada", email = "ada@example.com" }
  committer    = { name = "Bob" }
  trailers     = { Ticket = "T-1" }
  push_options = ["mr"]
`
	w.Config(t, config(words))
	w.Clean(t)
	files["more"] = "more\n"
	want(t, w, files)
	w.Apply(t)
	if got, want := repo.Git(t, "log", "-1", "--format=%an <%ae>|%cn <%ce>|%B"), "Ada <ada@example.com>|Bob <terraform@nanogit.invalid>|Said with care\n\nTicket: T-1\n"; strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("the commit is\n%s\nwant\n%s", got, want)
	}
	if got := fmt.Sprint(w.Attributes(t, "nanogit_commit.c")["remote_messages"]); !strings.Contains(got, "see https://example.com/mr") {
		t.Errorf("remote_messages %s", got)
	}
	w.Clean(t)
	head := repo.Head(t)
	w.Config(t, config(strings.Replace(words, "care", "haste", 1)))
	w.Clean(t)
	w.Config(t, config(""))
	w.Clean(t)
	w.Config(t, config("on_destroy = \"delete_files\"\nallow_empty = true"))
	w.Apply(t)
	if repo.Head(t) != head {
		t.Error("settings alone made a commit")
	}
	server.ResetStats()
	w.Destroy(t)
	oneCommit(t, server, repo, head, "a destroy with delete_files")
	holds(t, repo, nil)
}
