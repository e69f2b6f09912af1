//go:build unix

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

// signedOnly is a pre-receive hook that refuses commits without a good signature.
const signedOnly = `#!/bin/sh
while read -r old new ref; do
	case $new in *[!0]*) ;; *) continue ;; esac
	for commit in $(git rev-list "$new" --not --all); do
		git verify-commit "$commit" 2>/dev/null || { echo "commit must be signed: $commit" >&2; exit 1; }
	done
done
`

// signedOnlyRepo makes a key that signs, and describes a repository that takes its commits alone.
func signedOnlyRepo(t *testing.T, format, passphrase string) (file string, o gittest.RepoOptions) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "sign")
	if err := gittest.KeyGen(file, "-t", "ed25519", "-N", passphrase); err != nil {
		t.Fatal(err)
	}
	public, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	allowed := filepath.Join(dir, "allowed")
	if err := os.WriteFile(allowed, []byte("bot@example.com namespaces=\"git\" "+string(public)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, gittest.RepoOptions{
		Format: format, Hooks: map[string]string{"pre-receive": signedOnly},
		Config: map[string]string{"gpg.ssh.allowedSignersFile": allowed},
	}
}

// Files are created, changed, renamed, removed and destroyed on a server that refuses unsigned
// commits, and nothing that is printed or stored has the key or its passphrase in it.
func TestAServerThatTakesSignedCommitsOnlyTakesEveryCommit(t *testing.T) {
	t.Parallel()
	const secret = "s3cret/sign+=%&pass"
	for _, c := range []struct{ name, format, mode string }{
		{"auto", "sha1", "auto"},
		{"explicit, SHA-256", "sha256", "explicit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file, o := signedOnlyRepo(t, c.format, secret)
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", o)
			begin := repo.Head(t)
			key, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w := acctest.NewWorkspace(t, "TF_VAR_key="+string(key), "TF_VAR_passphrase="+secret)
			w.Trace()
			ephemeral := ""
			if hasEphemeral(t) {
				ephemeral = ", ephemeral = true"
			}
			variables := ""
			for _, name := range []string{"key", "passphrase"} {
				variables += fmt.Sprintf("variable %q {\n  sensitive = true\n%s}\n", name, strings.Replace(ephemeral, ", ", "  ", 1)+"\n")
			}
			configure := func(passphrase, resources string) {
				signing := fmt.Sprintf("commit = {\n  signing = { format = \"ssh\", private_key = var.key, passphrase = %s }\n}\ncommit_mode = %q\ncreate_branch_from = \"main\"", passphrase, c.mode)
				w.Config(t, variables+provider(repo, signing)+resources)
			}
			named := func(resources string, names ...string) string {
				if c.mode == "auto" {
					return resources
				}
				return resources + naming("c", names...)
			}

			w.Config(t, variables+provider(repo, "")+one("a", "1", ""))
			if out := w.Refused(t); !strings.Contains(out, "commit must be signed") || !strings.Contains(out, "commit.signing") {
				t.Errorf("an unsigned commit: the hook's words and the attribute are not in:\n%s", out)
			}
			configure(`"wr0ng/passphrase"`, named(block("a", "a", "1", ""), "a"))
			if out := w.Refused(t); !strings.Contains(out, "Wrong passphrase") || strings.Contains(out, "Creating...") {
				t.Errorf("a wrong passphrase is no error of the plan:\n%s", out)
			}

			steps := []struct {
				resources string
				want      map[string]string
			}{
				{named(block("a", "a", "1", "")+block("b", "b", "2", ""), "a", "b"), map[string]string{"a": "1", "b": "2"}},
				{named(block("a", "a", "3", "")+block("b", "b", "2", ""), "a", "b"), map[string]string{"a": "3", "b": "2"}},
				{named(block("a", "moved/a", "3", "")+block("b", "b", "2", ""), "a", "b"), map[string]string{"moved/a": "3", "b": "2"}},
				{named(block("b", "b", "2", ""), "b"), map[string]string{"b": "2"}},
				{block("b", "b", "2", ""), map[string]string{"b": "2"}},
				{"", map[string]string{}}, // explicit mode: the removal is pushed at exit
				{named(block("b", "b", "5", ""), "b"), map[string]string{"b": "5"}},
			}
			for _, step := range steps {
				configure("var.passphrase", step.resources)
				w.Apply(t)
				holds(t, repo, step.want)
			}
			w.Clean(t)
			w.Destroy(t)
			holds(t, repo, nil)
			if c.mode == "auto" { // a branch that its first commit starts
				configure("var.passphrase", block("a", "a", "1", `branch = "other"`))
				w.Apply(t)
				repo.Git(t, "verify-commit", "other")
				w.Destroy(t)
			}

			for commit := range strings.Lines(repo.Git(t, "rev-list", begin+"..main")) {
				repo.Git(t, "verify-commit", strings.TrimSpace(commit))
			}
			if n := repo.Commits(t, begin+"..main"); n < 6 {
				t.Errorf("%d commits, want 6 or more", n)
			}
			secrets := []string{secret}
			for line := range strings.Lines(string(key)) {
				if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-") {
					secrets = append(secrets, line)
				}
			}
			noSecrets(t, w, secrets, hasEphemeral(t))
		})
	}
}

// TestTheGuideToSigningSigns applies the first example of the guide.
func TestTheGuideToSigningSigns(t *testing.T) {
	t.Parallel()
	examples := guide(t, "signing.md", "terraform")
	if len(examples) != 4 {
		t.Fatalf("the guide has %d examples, want those of a key, GitHub, an agent and a certificate", len(examples))
	}
	file, o := signedOnlyRepo(t, "", "")
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", o)
	key, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	example := strings.Replace(examples[0], "https://github.com/example/infrastructure", repo.URL(), 1)
	if !hasEphemeral(t) {
		example = strings.Replace(example, "ephemeral = true", "", 1)
	}
	w := acctest.NewWorkspace(t, "TF_VAR_signing_key="+string(key))
	w.Config(t, example+one("f", "1", ""))
	w.Apply(t)
	w.Clean(t)
	if got := repo.Git(t, "log", "-1", "--format=%G? %cn %ce"); got != "G Deploy Bot deploy-bot@example.com" {
		t.Errorf("the commit is %q", got)
	}
	w.Destroy(t)
}
