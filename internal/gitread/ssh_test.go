package gitread_test

import (
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// way opens a repository of a server. It may be called several times for a repository.
type way func(t *testing.T, r *gittest.Repo) *gitqueue.Repo

func overHTTP(t *testing.T, r *gittest.Repo) *gitqueue.Repo {
	t.Helper()
	return writertest.Open(t, r)
}

func fromDirectory(t *testing.T, r *gittest.Repo) *gitqueue.Repo {
	t.Helper()
	return writertest.OpenAt(t, "file://"+r.Dir)
}

// overSSH starts a server of SSH and returns the way there.
func overSSH(t *testing.T, s *gittest.Server) way {
	t.Helper()
	x := s.NewSSH(t, gittest.SSHOptions{})
	key, err := sshclient.ReadKey(x.Key, "")
	if err != nil {
		t.Fatal(err)
	}
	hosts := x.KnownHosts(t)
	ssh := &sshclient.Options{ConfigFiles: []string{}, Getenv: func(string) string { return "" }, Key: key, KnownHosts: &hosts}
	return func(t *testing.T, r *gittest.Repo) *gitqueue.Repo {
		t.Helper()
		remote, err := gitremote.Open(gitremote.Options{URL: x.URL(r), SSH: ssh})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = remote.Close() })
		return writertest.OpenRemote(t.Context(), t, remote)
	}
}
