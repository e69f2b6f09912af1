package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// spoiler changes what a cache holds of a repository, and applies.
type spoiler struct {
	t       *testing.T
	cached  backend
	repo    *gittest.Repo
	hint    string // the key of its hint record
	applied int    // number of applies
	others  int    // commits of another committer, who writes a/other
}

// newSpoiler returns a spoiler whose cache holds all of a repository.
func newSpoiler(t *testing.T, cached backend, files map[string]string) *spoiler {
	t.Helper()
	s := &spoiler{t: t, cached: cached, repo: gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Empty: true})}
	s.repo.SeedText(t, files)
	if w := s.apply(); len(w) > 0 {
		t.Fatalf("warned of a new cache: %v", w)
	}
	return s
}

// apply writes a/applied as a new process, and returns the warnings of that process.
func (s *spoiler) apply() diag.Diagnostics {
	s.t.Helper()
	content := fmt.Sprintf("round %d\n", s.applied)
	s.applied++
	repos := inProcess(s.t, s.repo.URL(), s.cached.url, func(b *gitqueue.Branch, repos *repositories) {
		for _, o := range repos.open {
			s.hint = objstore.HintKey("head", o.remote.URL(), s.repo.Ref())
		}
		id, err := b.StageBlob(s.t.Context(), int64(len(content)), strings.NewReader(content))
		if err != nil {
			s.t.Fatal(err)
		}
		// There is an apply for each byte of the commit, which is therefore short.
		who := gitwriter.Identity{Name: "t", Email: "t@x"}
		meta := gitwriter.Meta{Message: "m", Author: who, Committer: who}
		if r := b.Commit(s.t.Context(), []gitwriter.Change{{Path: "a/applied", Mode: gitobj.ModeFile, Blob: id}}, meta)[0]; r.Err != nil {
			s.t.Fatalf("%q: %v", content, r.Err)
		}
	})
	return repos.cache.trouble.warnings()
}

// flipping is a value to spoil, and the applies that follow.
type flipping struct {
	what   string
	rev    string // of the object; "" for the hint record
	moved  bool   // another committer moves the branch before each apply
	stride int    // of the bytes; 0 is 1
	told   bool   // the process warns, as it does of objects that it reads; it cannot tell that a hint record is spoiled
}

// flip spoils a value byte by byte, and applies each time.
func (s *spoiler) flip(f flipping) {
	s.t.Helper()
	rounds, told := 0, 0
	for at := 0; ; at += max(f.stride, 1) {
		name := s.hint
		if f.rev != "" {
			name = s.repo.Git(s.t, "rev-parse", f.rev)
		}
		v := s.cached.load(name)
		if at >= len(v) {
			break
		}
		v[at] ^= 1 << (at % 8)
		s.cached.save(name, v)
		if f.moved {
			s.others++
			s.repo.SeedText(s.t, map[string]string{"a/other": fmt.Sprint(s.others)})
		}
		rounds++
		if w := s.apply(); len(w) > 0 {
			told++
		}
	}
	s.t.Logf("%s: %d bytes flipped, %d warnings", f.what, rounds, told)
	if rounds < 10 || f.told && told != rounds {
		s.t.Errorf("%s: %d bytes flipped, %d warnings: something that was spoiled is not read", f.what, rounds, told)
	}
}

// check judges the branch after all applies.
func (s *spoiler) check() {
	s.t.Helper()
	s.repo.Git(s.t, "fsck", "--strict")
	if got, want := s.repo.Commits(s.t, "main"), 1+s.others+s.applied; got != want {
		s.t.Errorf("%d commits, want %d", got, want)
	}
	if got, want := s.repo.Content(s.t, "main", "a/other"), fmt.Sprint(s.others); got != want {
		s.t.Errorf("what somebody else wrote last is %q, want %q", got, want)
	}
	// Each apply changed its file and no other file, which would have a line too.
	log := s.repo.Git(s.t, "log", "--reverse", "--author=<t@x>", "--format=", "--name-status", "main")
	if want := "A\ta/applied" + strings.Repeat("\nM\ta/applied", s.applied-1); strings.TrimSpace(log) != want {
		s.t.Errorf("the commits changed\n%s", log)
	}
	var got, want strings.Builder
	for line := range strings.Lines(s.repo.Git(s.t, "log", "--reverse", "--author=<t@x>", "--format=", "-p", "main") + "\n") {
		if strings.HasPrefix(line, "+round") {
			got.WriteString(line)
		}
	}
	for i := range s.applied {
		fmt.Fprintf(&want, "+round %d\n", i)
	}
	if got.String() != want.String() {
		s.t.Errorf("the commits wrote\n%s", got.String())
	}
}
