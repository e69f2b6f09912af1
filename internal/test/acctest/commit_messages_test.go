//go:build unix

package acctest_test

import (
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// ticketsOnly is a push rule: each commit's title names a ticket.
const ticketsOnly = `#!/bin/sh
while read old new ref; do
	if git log --format=%s "$old..$new" | grep -qvE '^JIRA-[0-9]+: .+'; then
		echo 'a title must match JIRA-\d+: .+' >&2
		exit 1
	fi
done
`

// TestATemplateSatisfiesARuleForTitlesWhateverACommitDoes makes each kind of commit under a
// pre-receive hook that checks titles.
func TestATemplateSatisfiesARuleForTitlesWhateverACommitDoes(t *testing.T) {
	t.Parallel()
	const template = "commit = { message = \"JIRA-7: {summary} [{workspace}]\" }\n"
	keep := block("keep", "keep", "k", "")
	steps := []struct{ config, title string }{
		{keep, "Add keep"},
		{keep + block("a", "a", "1", ""), "Add a"},
		{keep + block("a", "a", "2", ""), "Update a"},
		{keep + block("a", "b", "2", ""), "Rename a to b"},
		{keep + block("a", "b", "2", "mode = \"100755\""), "Update b"}, // no nanogit_commit makes this commit
		{keep, "Delete b"},
		{"", "Delete keep"},
	}
	for _, c := range []struct{ name, settings, commit string }{
		{"group commits", template, ""},
		{"a nanogit_commit", template + explicit, naming("c", "keep")},
		{"a nanogit_commit that deletes in the end", template + explicit, strings.Replace(naming("c", "keep"), "files", "on_destroy = \"delete_files\"\n  files", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{"pre-receive": ticketsOnly}})
			w := acctest.NewWorkspace(t)
			if out, code := w.Run(t, "workspace", "new", "staging"); code != 0 {
				t.Fatal(out)
			}
			for _, step := range steps {
				commit := c.commit
				if strings.Contains(step.config, "\"a\"") {
					commit = strings.Replace(commit, "{ (", "{ (nanogit_file.a.path) = nanogit_file.a.blob_id, (", 1)
				}
				if step.config == "" {
					commit = ""
				}
				w.Config(t, provider(repo, c.settings)+step.config+commit)
				head := repo.Head(t)
				w.Apply(t)
				if got, want := lastMessage(t, repo), "JIRA-7: "+step.title+" [staging]"; got != want {
					t.Errorf("the message is %q, want %q", got, want)
				}
				if n := repo.Commits(t, head+"..main"); n != 1 {
					t.Errorf("%d commits for %q, want one", n, step.title)
				}
				w.Clean(t)
			}
		})
	}
}

func TestATitleThatARuleRefusesIsTheServersErrorAndATemplateIsTheWayOut(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{"pre-receive": ticketsOnly}})
	w := acctest.NewWorkspace(t)
	files := block("a", "a", "a", "") + block("b", "b", "b", "")
	w.Config(t, provider(repo, explicit)+files+naming("c", "a", "b"))
	if out := w.Refused(t); !strings.Contains(out, `a title must match JIRA-\d+: .+`) {
		t.Errorf("the error does not have the server's words:\n%s", out)
	}
	w.Config(t, provider(repo, explicit)+files+strings.Replace(naming("c", "a", "b"), "files", "message = \"JIRA-1: {summary} of {branch}\\n\\n{paths}\"\n  files", 1))
	w.Apply(t)
	if got, want := lastMessage(t, repo), "JIRA-1: Add 2 files of main\n\n- Add a\n- Add b"; got != want {
		t.Errorf("the message is %q, want %q", got, want)
	}
	if got := w.Attributes(t, "nanogit_commit.c")["message"]; got != "JIRA-1: {summary} of {branch}\n\n{paths}" {
		t.Errorf("message in state: %q, want it as it was configured", got)
	}
	w.Clean(t)
}

// Each case has two configurations, and the message of the second's commit.
func TestARemovalIsNotToldWithTheWordsOfTheAddition(t *testing.T) {
	t.Parallel()
	said := "commit_message = \"Add the app\""
	for _, c := range []struct{ name, settings, first, second, want string }{
		{"a file", "", block("a", "a", "a", said), "", "Delete a"},
		{"a file beside an addition", "batch_window", block("a", "z", "a", said), block("b", "b", "b", "commit_message = \"More\""), "Add 1 file and delete 1 file\n\n- More\n- Delete z"},
		{"a set", "", set("x", map[string]string{"a": "a", "b": "b"}, said), "", "Delete 2 files\n\n- Delete a\n- Delete b"},
		{"of a set", "", set("x", map[string]string{"a": "a", "b": "b"}, said), set("x", map[string]string{"a": "a"}, said), "Add the app\n\n- Delete b"},
		{"a file of a commit", explicit, block("a", "a", "a", said) + block("b", "b", "b", said) + naming("c", "a", "b"), block("a", "a", "a", said) + naming("c", "a"), "Delete b"},
		{
			"a commit with a message", explicit,
			block("a", "a", "a", "") + strings.Replace(naming("c", "a"), "files", "message = \"Add the app\"\n  on_destroy = \"delete_files\"\n  files", 1), "",
			"Add the app\n\n- Delete a",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			settings := c.settings
			if settings == "batch_window" {
				settings = "limits = { batch_window = \"3s\" }"
			}
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, settings)+c.first)
			w.Apply(t)
			w.Config(t, provider(repo, settings)+c.second)
			w.Apply(t)
			if got := lastMessage(t, repo); got != c.want {
				t.Errorf("the message is %q, want %q", got, c.want)
			}
		})
	}
}

func TestAPlaceholderThatIsNotKnownIsAnErrorOfThePlan(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	for _, config := range []string{
		provider(repo, "commit = { message = \"{sum}\" }") + block("a", "a", "a", ""),
		provider(repo, explicit) + block("a", "a", "a", "") + strings.Replace(naming("c", "a"), "files", "message = \"{sum}\"\n  files", 1),
	} {
		w := acctest.NewWorkspace(t)
		w.Config(t, config)
		out, code := w.Run(t, "plan", "-no-color")
		for _, want := range []string{"Unknown placeholder {sum}", "{branch}, {count}, {paths}, {summary}, {workspace}", "main.tf line"} {
			if code == 0 || !strings.Contains(flatPlan(strings.ReplaceAll(out, "│", "")), want) {
				t.Errorf("the plan ended with code %d, want an error with %q:\n%s", code, want, out)
			}
		}
	}
}
