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

// Each case has a configuration that makes a commit, and the message and signatures of the commit.
func TestWhatACommitSaysComesFromItsResourceThenFromTheProvider(t *testing.T) {
	t.Parallel()
	const settings = `
  commit = {
    author    = { name = "Ada", email = "ada@example.com" }
    committer = { name = "Bob", email = "bob@example.com" }
    trailers  = { Ticket = "T-1" }
  }
  push_options = ["theirs"]
`
	said := func(messages ...string) string {
		var all strings.Builder
		for i, m := range messages {
			name := fmt.Sprintf("f%d", i)
			more := ""
			if m != "" {
				more = fmt.Sprintf("commit_message = %q", m)
			}
			all.WriteString(block(name, name, name, more))
		}
		return all.String()
	}
	own := func(attributes string) string {
		return strings.Replace(naming("c", "f0", "f1"), "files", attributes+"\n  files", 1)
	}
	for _, c := range []struct {
		name, settings, config string
		want                   string // author|committer|message
		option                 string
	}{
		{
			name: "auto, all from the provider", settings: settings, config: said("Said by the file"),
			want: "Ada <ada@example.com>|Bob <bob@example.com>|Said by the file\n\nTicket: T-1", option: "theirs",
		},
		{
			name: "explicit, all from the provider", settings: explicit + settings, config: said("Said by both", "Said by both") + naming("c", "f0", "f1"),
			want: "Ada <ada@example.com>|Bob <bob@example.com>|Said by both\n\nTicket: T-1", option: "theirs",
		},
		{
			name: "the files differ", settings: explicit, config: said("Said by one", "Said by another") + naming("c", "f0", "f1"),
			want: "Terraform <terraform@nanogit.invalid>|Terraform <terraform@nanogit.invalid>|Add 2 files\n\n- Said by another\n- Said by one",
		},
		{
			name: "one file says nothing", settings: explicit, config: said("Said by one", "") + naming("c", "f0", "f1"),
			want: "Terraform <terraform@nanogit.invalid>|Terraform <terraform@nanogit.invalid>|Add 2 files\n\n- Said by one\n- Add f1",
		},
		{
			name: "the provider's message is that of files without one", settings: explicit + "\n  commit = { message = \"Said by all\" }", config: said("Said by all", "") + naming("c", "f0", "f1"),
			want: "Terraform <terraform@nanogit.invalid>|Terraform <terraform@nanogit.invalid>|Said by all",
		},
		{
			name: "all from the commit", settings: explicit + settings,
			config: said("Said by one", "Said by another") + own(`message = "Said by the commit"
  author       = { name = "Eve", email = "eve@example.com" }
  committer    = { name = "Mallory", email = "mallory@example.com" }
  trailers     = { Ticket = "T-2", Change-Id = "I-3" }
  push_options = ["ours"]`),
			want: "Eve <eve@example.com>|Mallory <mallory@example.com>|Said by the commit\n\nChange-Id: I-3\nTicket: T-2", option: "ours",
		},
		{
			name: "a part from the commit", settings: explicit + settings, config: said("", "") + own(`author = { name = "Eve" }`),
			want: "Eve <ada@example.com>|Bob <bob@example.com>|Add 2 files\n\n- Add f0\n- Add f1\n\nTicket: T-1", option: "theirs",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{
				Config: map[string]string{"receive.advertisePushOptions": "true"},
				Hooks:  map[string]string{"pre-receive": "#!/bin/sh\nprintf %s \"$GIT_PUSH_OPTION_0\" >option\n"},
			})
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, c.settings)+c.config)
			head := repo.Head(t)
			w.Apply(t)
			if n := repo.Commits(t, head+"..main"); n != 1 {
				t.Errorf("%d commits, want one", n)
			}
			if got := strings.TrimSpace(repo.Git(t, "log", "-1", "--format=%an <%ae>|%cn <%ce>|%B", "main")); got != c.want {
				t.Errorf("the commit is\n%s\nwant\n%s", got, c.want)
			}
			option, err := os.ReadFile(filepath.Join(repo.Dir, "option"))
			if err != nil {
				t.Fatal(err)
			}
			if string(option) != c.option {
				t.Errorf("push option %q, want %q", option, c.option)
			}
			w.Clean(t)
		})
	}
}
