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

// overSSH is a provider block for a repository on an SSH server.
func overSSH(t *testing.T, x *gittest.SSHServer, repo *gittest.Repo) string {
	t.Helper()
	return fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n  auth = {\n    ssh = {\n      private_key_file = %q\n      known_hosts      = %q\n    }\n  }\n}\n",
		x.URL(repo), x.Key, x.KnownHosts(t))
}

func TestAnApplyOfTwoHundredFilesMakesOneSSHConnection(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	x := server.NewSSH(t, gittest.SSHOptions{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	w.Config(t, overSSH(t, x, repo)+`
resource "nanogit_file" "f" {
  count   = 200
  path    = "d${count.index % 10}/f${count.index}.txt"
  content = "number ${count.index}\n"
}
`)
	if out, changes := w.Plan(t, "-out=plan"); !changes {
		t.Fatalf("nothing to do:\n%s", out)
	}
	before := x.Connections()
	if out, code := w.Run(t, "apply", "-no-color", "plan"); code != 0 {
		t.Fatalf("apply ended with code %d:\n%s", code, out)
	}
	if n := x.Connections() - before; n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
	if files := repo.Tree(t, "main"); len(files) != 201 {
		t.Errorf("the branch has %d files, want 201", len(files))
	}
}

// Applies fail in turn, each with advice; then an apply has all that it needs. No secret is
// printed, and none is in the state.
func TestSSHRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	const passphrase = "s3cret passphrase"
	server := gittest.New(t, gittest.Options{})
	x := server.NewSSH(t, gittest.SSHOptions{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	w.Trace()
	locked, other := filepath.Join(w.Dir, "locked"), filepath.Join(w.Dir, "other")
	for file, args := range map[string][]string{locked: {"-t", "ed25519", "-N", passphrase}, other: {"-t", "ed25519"}} {
		if err := gittest.KeyGen(file, args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Authorize(locked + ".pub"); err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(locked)
	if err != nil {
		t.Fatal(err)
	}
	config := func(url, ssh string) {
		w.Config(t, fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n  auth = { ssh = { %s } }\n}\n", url, ssh)+one("a.txt", "a\n", ""))
	}
	known := fmt.Sprintf("known_hosts = %q", x.KnownHosts(t))
	for _, tc := range []struct{ ssh, want string }{
		{`private_key_file = "locked", ` + known, "Set passphrase"},
		{`private_key_file = "other", ` + known, "knows one of these keys"},
		{`private_key_file = "locked", passphrase = "` + passphrase + `"`, "compare the fingerprint"},
	} {
		config(x.URL(repo), tc.ssh)
		if out := w.Refused(t); !strings.Contains(out, tc.want) {
			t.Errorf("with %s: no %q in\n%s", tc.ssh, tc.want, out)
		}
	}
	config(x.URL(repo), fmt.Sprintf("private_key_pem = %q, passphrase = %q, host_key_policy = \"accept-new\", known_hosts_file = \"known\"", pem, passphrase))
	w.Apply(t)
	if got := repo.Content(t, "main", "a.txt"); got != "a\n" {
		t.Errorf("a.txt holds %q", got)
	}
	if text, err := os.ReadFile(filepath.Join(w.Dir, "known")); err != nil || strings.Count(string(text), "\n") != 1 {
		t.Errorf("the known hosts are %q, %v", text, err)
	}
	if got := w.Attributes(t, "nanogit_file.f")["repository"]; got != x.URL(repo) {
		t.Errorf("the repository in state is %q, want %q", got, x.URL(repo))
	}
	state, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Split(string(pem), "\n")[2]
	for where, text := range map[string]string{"output or log": w.Log.String(), "state": string(state)} {
		for _, secret := range []string{passphrase, body} {
			if strings.Contains(text, secret) {
				t.Errorf("%.8q… is in the %s", secret, where)
			}
		}
	}
}
