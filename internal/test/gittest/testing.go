package gittest

import (
	"testing"
)

// New starts a server for a test. When the test ends the server stops, `git fsck --strict` checks
// every repository, and all is removed.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatalf("start a git server: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("stop the git server: %v", err)
		}
		s.mu.Lock()
		repos := s.repos
		s.mu.Unlock()
		for _, r := range repos {
			r.Fsck(t)
		}
		if err := s.Close(); err != nil {
			t.Errorf("remove the git server's repositories: %v", err)
		}
	})
	return s
}

// NewRepo makes a repository for a test, as [Server.Create] does.
func (s *Server) NewRepo(t testing.TB, name string, o RepoOptions) *Repo {
	t.Helper()
	r, err := s.Create(name, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Git runs git in the repository and returns its standard output without the last newline.
func (r *Repo) Git(t testing.TB, args ...string) string {
	t.Helper()
	out, err := r.Run(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Seed adds a commit with these changes to the repository's branch and returns its id.
func (r *Repo) Seed(t testing.TB, files map[string]File) string {
	t.Helper()
	id, err := r.Commit(r.Branch, "Seed", files)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// SeedText is [Repo.Seed] for regular files, by path: the content.
func (r *Repo) SeedText(t testing.TB, files map[string]string) string {
	t.Helper()
	all := make(map[string]File, len(files))
	for path, content := range files {
		all[path] = File{Content: content}
	}
	return r.Seed(t, all)
}

// Head is the id of the commit that the repository's branch is at, "" when the branch is unborn.
func (r *Repo) Head(t testing.TB) string {
	t.Helper()
	id, err := r.Run("rev-parse", "--verify", "--quiet", r.Ref())
	if err != nil {
		return ""
	}
	return id
}

// Tree is everything below the root of a commit or tree, by path.
func (r *Repo) Tree(t testing.TB, treeish string) map[string]Entry {
	t.Helper()
	files, err := r.Files(treeish)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Content is a file as a commit or tree holds it.
func (r *Repo) Content(t testing.TB, treeish, path string) string {
	t.Helper()
	out, err := r.pipe(nil, "cat-file", "blob", treeish+":"+path)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Commits is the number of commits that a revision reaches or a range ("a..b") holds; 0 when there
// is no such revision.
func (r *Repo) Commits(t testing.TB, rev string) int {
	t.Helper()
	n, err := r.Count(rev)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Fsck fails the test unless the repository passes `git fsck --strict`.
func (r *Repo) Fsck(t testing.TB) {
	t.Helper()
	if err := r.Check(); err != nil {
		t.Error(err)
	}
}
