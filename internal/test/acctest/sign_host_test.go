//go:build unix

package acctest_test

import (
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// signedBranches is a pre-receive hook that refuses commits without a good signature on branches.
var signedBranches = strings.Replace(signedOnly, "\tcase $new in", "\tcase $ref in refs/heads/*) ;; *) continue ;; esac\n\tcase $new in", 1)

// TestTheHostMakesAndSignsEveryCommit has files created, changed, renamed, removed and destroyed on
// a server whose API makes and signs the commits, and whose branches take no others.
func TestTheHostMakesAndSignsEveryCommit(t *testing.T) {
	t.Parallel()
	const token = "ghs_s3cret0123456789abcdef"
	for _, mode := range []string{"auto", "explicit"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			server := gittest.New(t, gittest.Options{Token: token})
			api := gittest.NewCommitsAPI(t, server)
			api.Token = token
			repo := server.NewRepo(t, "acme/web.git", gittest.RepoOptions{Hooks: map[string]string{"pre-receive": signedBranches}, Config: api.Config()})
			begin := repo.Head(t)
			w := acctest.NewWorkspace(t, "NANOGIT_TOKEN="+token)
			w.Trace()
			configure := func(resources string) {
				w.Config(t, provider(repo, `
  commit_mode        = "`+mode+`"
  create_branch_from = "main"
  commit = {
    author  = { name = "Deploy Bot", email = "deploy-bot@example.com" }
    signing = { format = "github" }
  }`)+resources)
			}
			named := func(resources string, names ...string) string {
				if mode == "auto" {
					return resources
				}
				return resources + naming("c", names...)
			}
			steps := []struct {
				resources string
				want      map[string]string
			}{
				{named(block("a", "a", "1", "")+block("b", "dir/b", "2", `mode = "100755"`), "a", "b"), map[string]string{"a": "1", "dir/b": "2"}},
				{named(block("a", "a", "3", "")+block("b", "dir/b", "2", `mode = "100755"`), "a", "b"), map[string]string{"a": "3", "dir/b": "2"}},
				{named(block("a", "moved/a", "3", "")+block("b", "dir/b", "2", `mode = "100755"`), "a", "b"), map[string]string{"moved/a": "3", "dir/b": "2"}},
				{named(block("b", "dir/b", "2", `mode = "100755"`), "b"), map[string]string{"dir/b": "2"}},
				{block("b", "dir/b", "2", `mode = "100755"`), map[string]string{"dir/b": "2"}},
				{"", map[string]string{}}, // explicit mode: the removal is pushed at exit
				{named(block("b", "dir/b", "5", ""), "b"), map[string]string{"dir/b": "5"}},
			}
			for _, step := range steps {
				configure(step.resources)
				w.Apply(t)
				holds(t, repo, step.want)
			}
			w.Clean(t)
			w.Destroy(t)
			holds(t, repo, nil)
			if mode == "auto" { // two branches at once, of which the first commit starts the second
				configure(block("a", "a", "1", `branch = "other"`) + block("b", "b", "1", ""))
				w.Apply(t)
				repo.Git(t, "verify-commit", "other")
				w.Destroy(t)
			}
			commits := strings.Fields(repo.Git(t, "rev-list", begin+"..main"))
			if len(commits) < 6 {
				t.Errorf("%d commits, want 6 or more", len(commits))
			}
			for _, id := range commits {
				repo.Git(t, "verify-commit", id)
				if got := repo.Git(t, "log", "-1", "--format=%an <%ae>|%(trailers:key=Co-authored-by,valueonly)", id); got != gittest.AppAuthor+"|Deploy Bot <deploy-bot@example.com>\n" {
					t.Errorf("commit %s is of %q", id, got)
				}
			}
			if left := repo.Git(t, "for-each-ref", "refs/nanogit"); left != "" {
				t.Errorf("helper refs are left:\n%s", left)
			}
			noSecrets(t, w, []string{token}, true)
		})
	}
}

// TestWhereNoHostSignsThePlanOrTheApplySaysSo has a token that the API leaves unsigned, a signed
// tag, and a server without the API.
func TestWhereNoHostSignsThePlanOrTheApplySaysSo(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "acme/web.git", gittest.RepoOptions{})
	head := repo.Head(t)
	w := acctest.NewWorkspace(t, "NANOGIT_SIGNING_FORMAT=github", "NANOGIT_TOKEN=ghs_0123456789")
	refused := func(resources string, says ...string) {
		t.Helper()
		w.Config(t, provider(repo, "")+resources)
		out := flatPlan(strings.NewReplacer("│", " ", "╵", " ").Replace(w.Refused(t)))
		for _, s := range says {
			if !strings.Contains(out, s) {
				t.Errorf("%q is not in:\n%s", s, out)
			}
		}
	}
	refused(tag("v1", "target = \"main\"\nmessage = \"m\"\nsigned = true"), "No key to sign with", "signs no tags")
	refused(one("a", "1", ""), "HTTP 404", "not GitHub's API", "commit.signing")
	gittest.NewCommitsAPI(t, server).Person = true
	refused(one("a", "1", ""), "without a verified signature", "GITHUB_TOKEN")
	if left := repo.Git(t, "for-each-ref", "--format=%(objectname) %(refname)"); left != head+" refs/heads/main" {
		t.Errorf("the refs are\n%s", left)
	}
	w.Config(t, provider(repo, "")+tag("v1", "target = \"main\"\nmessage = \"m\""))
	w.Apply(t)
	if state := w.Attributes(t, "nanogit_tag.t"); state["signed"] != false {
		t.Errorf("state %v", state)
	}
	w.Destroy(t)
}
