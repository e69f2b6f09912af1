package gitread_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

func TestWhatAServerSaysOfARepository(t *testing.T) {
	t.Parallel()
	readOnly := map[string]string{"http.receivepack": "false"}
	for _, c := range []struct {
		name    string
		server  gittest.Options
		repo    gittest.RepoOptions
		local   bool
		version int
		format  string
		branch  string
		empty   bool
		refused error // the error of Refused; nil: pushes are accepted
	}{
		{name: "version 2", repo: gittest.RepoOptions{Branch: "trunk"}, version: 2, format: "sha1", branch: "trunk"},
		{name: "version 0", server: gittest.Options{V0Only: true}, repo: gittest.RepoOptions{Branch: "trunk"}, format: "sha1", branch: "trunk"},
		{name: "a directory", local: true, version: 2, format: "sha1", branch: "main"},
		{name: "empty", repo: gittest.RepoOptions{Empty: true, Branch: "trunk"}, version: 2, format: "sha1", branch: "trunk", empty: true},
		{name: "empty, a directory", local: true, repo: gittest.RepoOptions{Empty: true}, version: 2, format: "sha1", branch: "main", empty: true},
		{name: "empty, version 0", server: gittest.Options{V0Only: true}, repo: gittest.RepoOptions{Empty: true}, format: "sha1", empty: true},
		{name: "SHA-256", repo: gittest.RepoOptions{Format: "sha256"}, version: 2, format: "sha256", branch: "main"},
		{name: "SHA-256, empty, version 0", server: gittest.Options{V0Only: true}, repo: gittest.RepoOptions{Format: "sha256", Empty: true}, format: "sha256", empty: true},
		{name: "read only", repo: gittest.RepoOptions{Config: readOnly}, version: 2, format: "sha1", branch: "main", refused: gitremote.ErrForbidden},
		{name: "read only, empty", repo: gittest.RepoOptions{Config: readOnly, Empty: true}, version: 2, format: "sha1", branch: "main", empty: true, refused: gitremote.ErrForbidden},
		{name: "read only, version 0", server: gittest.Options{V0Only: true}, repo: gittest.RepoOptions{Config: readOnly}, format: "sha1", branch: "main", refused: gitremote.ErrForbidden},
		{name: "read only, empty, version 0", server: gittest.Options{V0Only: true}, repo: gittest.RepoOptions{Config: readOnly, Empty: true}, format: "unknown", empty: true, refused: gitremote.ErrForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, c.server)
			r := s.NewRepo(t, "r.git", c.repo)
			url := r.URL()
			if c.local {
				url = "file://" + r.Dir
			}
			repo := describe(t, url)
			d, err := repo.Describe(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if d.Read.Version != c.version || d.Format.String() != c.format || d.DefaultBranch != c.branch || d.Empty != c.empty {
				t.Errorf("got version %d, format %s, branch %q, empty %v", d.Read.Version, d.Format, d.DefaultBranch, d.Empty)
			}
			if (d.Refused == nil) != (c.refused == nil) || !errors.Is(d.Refused, c.refused) {
				t.Errorf("refused: got %v, want %v", d.Refused, c.refused)
			}
			silent := c.empty && c.version == 0 // such a server tells readers nothing
			if len(d.Read.List) == 0 && !silent || slices.Contains(d.Write.List, "report-status") != (c.refused == nil) {
				t.Errorf("capabilities: got %q and %q", d.Read.List, d.Write.List)
			}
			if git := r.Head(t); c.empty != (git == "") {
				t.Errorf("afterwards the branch is at %q", git)
			}
		})
	}
}

func TestHeadsThatNameNoBranchThereIs(t *testing.T) {
	t.Parallel()
	for _, v0 := range []bool{false, true} {
		r := gittest.New(t, gittest.Options{V0Only: v0}).NewRepo(t, "r.git", gittest.RepoOptions{})
		r.Git(t, "symbolic-ref", "HEAD", "refs/heads/unborn")
		want := map[bool]string{false: "unborn", true: ""}[v0] // version 0 has no word for it
		if d, err := describe(t, r.URL()).Describe(t.Context()); err != nil || d.DefaultBranch != want || d.Empty {
			t.Errorf("unborn: got %q, empty %v, %v; want %q", d.DefaultBranch, d.Empty, err, want)
		}
		if err := os.WriteFile(filepath.Join(r.Dir, "HEAD"), []byte(r.Head(t)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if d, err := describe(t, r.URL()).Describe(t.Context()); err != nil || d.DefaultBranch != "" || d.Empty {
			t.Errorf("detached: got %q, empty %v, %v", d.DefaultBranch, d.Empty, err)
		}
	}
}

// A broken connection tells nothing about the right to push.
func TestTheRightToPushIsNotGuessedFromAFault(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	in := s.Inject(gittest.Fault{Service: gittest.InfoRefs, Command: gittest.ReceivePack, Kind: gittest.Status(503), Times: -1})
	repo := describe(t, r.URL())
	if d, err := repo.Describe(t.Context()); !gitremote.Transient(err) || !strings.Contains(err.Error(), "ask for the right to push") {
		t.Errorf("503: got %+v, %v", d, err)
	}
	in.End()
	if d, err := repo.Describe(t.Context()); err != nil || d.Refused != nil {
		t.Errorf("afterwards: got %+v, %v", d, err)
	}
	if err := repo.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := repo.Describe(t.Context()); !errors.Is(err, gitread.ErrClosed) {
		t.Errorf("closed: got %v", err)
	}
}

// describe opens a repository by its URL.
func describe(t *testing.T, url string) *gitqueue.Repo {
	t.Helper()
	remote, err := gitremote.Open(gitremote.Options{URL: url, Limits: gitremote.Limits{Backoff: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := remote.Close(); err != nil {
			t.Error(err)
		}
	})
	return writertest.OpenRemote(t.Context(), t, remote)
}
