package acctest

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// Kind is a kind of Git server, started on this machine, on which tests that need nothing but a
// repository run as well.
type Kind struct {
	Name   string // of its subtests
	Server *gittest.Server
	Repo   gittest.RepoOptions
	// URL returns the URL with which the provider reaches a repository; nil for its own URL.
	URL func(*gittest.Repo) string
	// Settings are lines of a provider block, Env is the environment of the provider.
	Settings string
	Env      []string

	made atomic.Int32
}

// Run runs a test, as a subtest of its own, for which [NewRepo] and [NewWorkspace] are about this
// kind of server.
func (k *Kind) Run(t *testing.T, name string, test func(*testing.T)) bool {
	t.Helper()
	return t.Run(name, func(t *testing.T) {
		running.Store(t.Name(), k)
		test(t)
	})
}

// served is a repository on a server of some kind.
type served struct {
	*gittest.Repo
	kind *Kind
}

// URL is the address of the repository.
func (s *served) URL() string {
	if s.kind.URL != nil {
		return s.kind.URL(s.Repo)
	}
	return s.Repo.URL()
}

func (k *Kind) repo(t testing.TB) Repo {
	t.Helper()
	return &served{k.Server.NewRepo(t, fmt.Sprintf("org/r%d.git", k.made.Add(1)), k.Repo), k}
}

func (k *Kind) environment() []string { return k.Env }

// place is a server or host for the tests that need nothing but a repository.
type place interface {
	repo(testing.TB) Repo
	environment() []string
}

// placeOf returns the place that a test, or a test that it is a part of, runs on; nil for servers
// of its own.
func placeOf(t testing.TB) place {
	for name := t.Name(); ; {
		v, _ := running.Load(name)
		if p, ok := v.(place); ok {
			return p
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return nil
		}
		name = name[:i]
	}
}
