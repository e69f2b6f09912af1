package acctest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

const theirWords = `
  commit = {
    committer = { name = "Bob", email = "bob@example.com" }
    trailers  = { Ticket = "T-1" }
  }
  push_options = ["theirs"]
`

// wordsOf are the words that state has of a commit.
func wordsOf(t *testing.T, w *acctest.Workspace) string {
	t.Helper()
	c := w.Attributes(t, "nanogit_commit.c")
	return fmt.Sprint(c["message"], c["author"], c["committer"], c["trailers"], c["push_options"])
}

// lastMessage is the message of the branch's head.
func lastMessage(t *testing.T, repo acctest.Repo) string {
	t.Helper()
	return strings.TrimSpace(repo.Git(t, "log", "-1", "--format=%B", "main"))
}

func takesPushOptions(t *testing.T) *gittest.Repo {
	t.Helper()
	return gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{
		Config: map[string]string{"receive.advertisePushOptions": "true"},
		Hooks:  map[string]string{"pre-receive": "#!/bin/sh\nprintf %s \"$GIT_PUSH_OPTION_0\" >option\n"},
	})
}

// TestTheStateOfACommitHasTheWordsThatItWasMadeWith changes message, author and trailers of the
// provider block, the environment and the commit, with and without a change of files.
func TestTheStateOfACommitHasTheWordsThatItWasMadeWith(t *testing.T) {
	t.Parallel()
	repo := takesPushOptions(t)
	w := acctest.NewWorkspace(t, "GIT_AUTHOR_NAME=Eve")
	config := func(words, content, more string) {
		w.Config(t, provider(repo, explicit+words)+block("a", "a", content, "")+strings.Replace(naming("c", "a"), "files", more+"\n  on_destroy = \"delete_files\"\n  files", 1))
	}
	check := func(when, want string) {
		t.Helper()
		w.Clean(t)
		if got := wordsOf(t, w); got != want {
			t.Errorf("%s, state has\n%s\nwant\n%s", when, got, want)
		}
	}
	config(theirWords, "1", "")
	w.Apply(t)
	w.Clean(t, "-refresh=false")
	first := "map[email:terraform@nanogit.invalid name:Eve] map[email:bob@example.com name:Bob] map[Ticket:T-1] [theirs]"
	check("after the first commit", first)

	// The settings of the provider and the environment change, and the commit gets some of its own.
	// None of it shows in a plan or changes the state.
	other := strings.NewReplacer("T-1", "T-2", `["theirs"]`, "[]", "Bob", "Ben").Replace(theirWords)
	w.Setenv("GIT_AUTHOR_NAME", "Mallory")
	config(other, "1", "message = \"Said: {summary}\"\n  author = { email = \"own@example.com\" }")
	check("after a change of words", first)

	// The plan shows the words that are known, which are not to be others when it is applied.
	config(other, "2", "message = \"Said: {summary}\"\n  author = { email = \"own@example.com\" }")
	saved(t, w)
	plan, _ := w.Run(t, "show", "-no-color", "plan.out")
	for _, want := range []string{`"terraform@nanogit.invalid" -> "own@example.com"`, `"Eve" -> (known after apply)`, `"Bob" -> "Ben"`, `"T-1" -> "T-2"`, `"Said: {summary}"`} {
		if !strings.Contains(flatPlan(plan), want) {
			t.Errorf("the plan does not show %s:\n%s", want, plan)
		}
	}
	w.Setenv("GIT_AUTHOR_NAME", "Trent")
	w.Apply(t, "plan.out")
	second := "Said: {summary}map[email:own@example.com name:Trent] map[email:bob@example.com name:Ben] map[Ticket:T-2] []"
	check("after the second commit", second)
	if got := lastMessage(t, repo); got != "Said: Update a\n\nTicket: T-2" {
		t.Errorf("the message is %q", got)
	}

	// An empty map or list counts as not configured.
	config(theirWords, "3", "trailers = {}\n  push_options = []")
	w.Apply(t)
	check("with empty words", "map[email:terraform@nanogit.invalid name:Trent] map[email:bob@example.com name:Bob] map[] []")
	if got := lastMessage(t, repo); got != "Update a" {
		t.Errorf("the message is %q", got)
	}

	// The last commit has the settings that the provider has by then, and the commit's own of the
	// apply before.
	config(theirWords, "4", "author = { name = \"Own\" }\n  trailers = { Own = \"1\" }")
	w.Apply(t)
	w.Config(t, provider(repo, explicit+strings.NewReplacer("theirs", "late", "Bob", "Zoe").Replace(theirWords)))
	w.Apply(t)
	got := strings.TrimSpace(repo.Git(t, "log", "-1", "--format=%an|%cn|%B", "main"))
	if want := "Own|Zoe|Delete a\n\nOwn: 1"; got != want {
		t.Errorf("the commit that deletes is %q, want %q", got, want)
	}
	if option, err := os.ReadFile(filepath.Join(repo.Dir, "option")); err != nil || string(option) != "late" {
		t.Errorf("its push option is %q (%v), want the provider's", option, err)
	}
}

func TestAPlanDoesNotShowTheChangesOfTheLastCommit(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, explicit)+filesAndCommit)
	for _, files := range []map[string]string{{"run.sh": "1", "b": "1", "c": "1"}, {"b": "1", "c": "2"}} {
		want(t, w, files)
		w.Apply(t)
	}
	want(t, w, map[string]string{"b": "2", "c": "2"})
	plan, _ := w.Plan(t)
	_, changes, _ := strings.Cut(plan, "will perform the following actions")
	_, changes, _ = strings.Cut(changes, "nanogit_commit.c")
	changes, _, _ = strings.Cut(changes, "nanogit_file.f")
	if strings.Contains(plan, "run.sh") || strings.Contains(changes, `"c" =`) || strings.Count(changes, `~ "b" =`) != 1 || !strings.Contains(flatPlan(changes), "deletions = 1 -> 0 ") {
		t.Errorf("want a change of b in files, no other path, and the counts of the next commit:\n%s", plan)
	}
}

// A state of before it had the provider's words, and a list of paths that is gone.
func TestAFormerStateOfACommitIsReadWithoutADiff(t *testing.T) {
	t.Parallel()
	repo := takesPushOptions(t)
	w := acctest.NewWorkspace(t)
	config := func(content string) {
		w.Config(t, provider(repo, explicit+theirWords)+block("a", "a", content, "")+strings.Replace(naming("c", "a"), "files", "on_destroy = \"delete_files\"\n  files", 1))
	}
	config("1")
	w.Apply(t)
	formerState(t, w)
	w.Clean(t)
	config("2")
	w.Apply(t)
	w.Clean(t)
	if got, want := wordsOf(t, w), "map[email:terraform@nanogit.invalid name:Terraform] map[email:bob@example.com name:Bob] map[Ticket:T-1] [theirs]"; got != want {
		t.Errorf("state has\n%s\nwant\n%s", got, want)
	}
	formerState(t, w)
	w.Destroy(t)
	if got, want := lastMessage(t, repo), "Delete a\n\nTicket: T-1"; got != want {
		t.Errorf("the commit that deletes says %q, want %q", got, want)
	}
}

// formerState replaces the state of the commit by the state that a former version of the provider
// wrote.
func formerState(t *testing.T, w *acctest.Workspace) {
	t.Helper()
	name := filepath.Join(w.Dir, "terraform.tfstate")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var state map[string]any
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	for _, r := range state["resources"].([]any) {
		if r := r.(map[string]any); r["type"] == "nanogit_commit" {
			instance := r["instances"].([]any)[0].(map[string]any)
			delete(instance, "private")
			a := instance["attributes"].(map[string]any)
			nobody := map[string]any{"name": "", "email": ""}
			a["author"], a["committer"], a["trailers"], a["push_options"] = nobody, nobody, map[string]any{}, []any{}
			a["changed_files"] = map[string]any{"a": "added"}
			delete(a, "modifications")
		}
	}
	if text, err = json.Marshal(state); err != nil {
		t.Fatal(err)
	}
	w.Write(t, "terraform.tfstate", string(text))
}

// A value that is unknown when the plan is made may prove to be the same.
func TestFilesThatProveTheSameAreNoCommitThoughItsWordsChanged(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	config := func(trigger int, message, more string) {
		w.Config(t, provider(repo, explicit)+fmt.Sprintf(`
resource "terraform_data" "x" {
  triggers_replace = %d
}
resource "nanogit_file" "a" {
  path    = "a"
  content = terraform_data.x.id == "" ? "" : "same"
}
resource "nanogit_commit" "c" {
  message = %q
  files   = { a = nanogit_file.a.blob_id }
  %s
}
`, trigger, message, more))
	}
	config(1, "One", "")
	w.Apply(t)
	w.Clean(t)
	head := repo.Head(t)
	for i, more := range []string{
		"", "on_destroy = \"delete_files\"", "on_destroy = \"delete_files\"\n  author = { name = \"Ada\" }", "push_options = [\"x\"]",
	} {
		config(2+i, fmt.Sprint("Message ", i), more)
		w.Apply(t)
		if repo.Head(t) != head {
			t.Error("there is a commit")
		}
		w.Clean(t)
		config(2+i, "Words alone", more)
		w.Clean(t)
	}
	// A setting and words at once, which are no commit either, in a plan that knows it.
	config(5, "With a setting", "allow_empty = true")
	w.Apply(t)
	if repo.Head(t) != head {
		t.Error("there is a commit")
	}
	w.Clean(t)
}
