package gitremote_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

type packBytes []byte

func (p packBytes) Size() int64          { return int64(len(p)) }
func (p packBytes) NewReader() io.Reader { return bytes.NewReader(p) }

// commit makes an empty commit on top of parent ("": none) and the pack that brings it to a
// repository that has the parent. Both are git's own work.
func commit(t *testing.T, repo *gittest.Repo, parent, message string) (gitobj.ID, packBytes) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(repo.Dir)); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "config", "user.name", "a")
	git(t, dir, "config", "user.email", "a@b")
	args := []string{"commit-tree", "-m", message, git(t, dir, "mktree")}
	if parent != "" {
		args = append(args, "-p", parent)
	}
	new := git(t, dir, args...)
	cmd := exec.Command("git", "pack-objects", "--revs", "--stdout", "-q")
	cmd.Dir = dir
	revs := new + "\n"
	if parent != "" {
		revs += "^" + parent + "\n"
	}
	cmd.Stdin = strings.NewReader(revs)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return id(t, new), out
}

func TestPushMovesABranch(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{
		"post-receive": "#!/bin/sh\necho 'hello from the hook'\n",
	}})
	r := open(t, repo.URL())
	old := id(t, repo.Head(t))
	new, pack := commit(t, repo, old.String(), "next")
	report, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: old, New: new}}}, pack)
	if err != nil {
		t.Fatal(err)
	}
	if st, ok := report.Ref("refs/heads/main"); !ok || !st.OK || report.Unpack != "ok" || repo.Head(t) != new.String() {
		t.Errorf("got %+v, head %s, want %s", report, repo.Head(t), new)
	}
	if got := strings.Join(report.Messages, "\n"); got != "hello from the hook" {
		t.Errorf("messages %q", got)
	}
	if n := s.Stats().Requests; n != 1 {
		t.Errorf("%d requests, want 1", n)
	}

	// The head has moved: the same again is refused in the report.
	report, err = r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: old, New: new}}}, pack)
	if st, ok := report.Ref("refs/heads/main"); err != nil || !ok || st.OK || st.Reason == "" {
		t.Errorf("moved head: got %+v, %v", report, err)
	}

	// Create and delete.
	report, err = r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/x", New: new}}}, pack)
	if st, _ := report.Ref("refs/heads/x"); err != nil || !st.OK {
		t.Errorf("create: got %+v, %v", report, err)
	}
	report, err = r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/x", Old: new}}}, nil)
	if st, _ := report.Ref("refs/heads/x"); err != nil || !st.OK {
		t.Errorf("delete: got %+v, %v", report, err)
	}
	if refs, err := r.ListRefs(t.Context(), "refs/heads/x"); err != nil || len(refs) != 0 {
		t.Errorf("after delete: got %v, %v", refs, err)
	}
}

func TestPushToAnEmptyRepository(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		s := gittest.New(t, gittest.Options{})
		repo := s.NewRepo(t, "r.git", gittest.RepoOptions{Empty: true, Format: format})
		r := open(t, repo.URL())
		new, pack := commit(t, repo, "", "root")
		report, err := r.Push(t.Context(), gitwire.Push{
			Commands: []gitwire.Command{{Ref: "refs/heads/main", New: new}}, Format: new.Format(),
		}, pack)
		if st, _ := report.Ref("refs/heads/main"); err != nil || !st.OK {
			t.Errorf("%s: got %+v, %v", format, report, err)
		}
	}
}

func TestHookRefusesWithItsOwnWords(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{
		"pre-receive": "#!/bin/sh\necho 'main is \033[1mprotected' >&2\nexit 1\n",
	}})
	r := open(t, repo.URL())
	old := id(t, repo.Head(t))
	new, pack := commit(t, repo, old.String(), "next")
	report, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: old, New: new}}}, pack)
	if err != nil {
		t.Fatal(err)
	}
	if st, _ := report.Ref("refs/heads/main"); st.OK || st.Reason != "pre-receive hook declined" {
		t.Errorf("got %+v", st)
	}
	if got := strings.Join(report.Messages, "\n"); got != "main is [1mprotected" {
		t.Errorf("messages %q", got)
	}
}

func TestPushOptionsReachTheHook(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{
		Config: map[string]string{"receive.advertisePushOptions": "true"},
		Hooks:  map[string]string{"post-receive": "#!/bin/sh\necho \"$GIT_PUSH_OPTION_COUNT $GIT_PUSH_OPTION_0 $GIT_PUSH_OPTION_1\"\n"},
	})
	r := open(t, repo.URL())
	old := id(t, repo.Head(t))
	new, pack := commit(t, repo, old.String(), "next")
	report, err := r.Push(t.Context(), gitwire.Push{
		Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: old, New: new}}, Options: []string{"ci.skip", "x=y"},
	}, pack)
	if got := strings.Join(report.Messages, "\n"); err != nil || got != "2 ci.skip x=y" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestFaultsOfARealConnection(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	head := id(t, repo.Head(t))
	kinds := map[string]gittest.Kind{
		"429": gittest.Status(429), "502": gittest.Status(502), "503": gittest.Status(503), "504": gittest.Status(504),
		"dropped before": gittest.DropBefore, "dropped during": gittest.DropDuring(10), "dropped after": gittest.DropAfter,
		"cut at once": gittest.CutAfter(0), "cut after 40 bytes": gittest.CutAfter(40),
	}
	for name, kind := range kinds {
		for _, command := range []string{"ls-refs", "fetch"} {
			in := s.Inject(gittest.Fault{Service: gittest.UploadPack, Command: command, Kind: kind, Times: 2})
			r := open(t, repo.URL())
			if _, err := r.ListRefs(t.Context(), "refs/heads/main"); err != nil {
				t.Errorf("%s, %s: list: %v", name, command, err)
			}
			if _, _, err := fetch(t, r, gitwire.Fetch{Wants: []gitobj.ID{head}, Depth: 1}); err != nil {
				t.Errorf("%s, %s: fetch: %v", name, command, err)
			}
			if in.Fired() != 2 {
				t.Errorf("%s, %s: happened %d times, want 2", name, command, in.Fired())
			}
		}
		// A push is not repeated, and whether it happened is unknown, unless the server says that
		// it did not.
		in := s.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: kind})
		old := id(t, repo.Head(t))
		new, pack := commit(t, repo, old.String(), name)
		_, err := open(t, repo.URL()).Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: old, New: new}}}, pack)
		if gitremote.Unknown(err) != (name != "429") || !gitremote.Transient(err) || in.Fired() != 1 {
			t.Errorf("%s: push: got %v", name, err)
		}
	}
	in := s.Inject(gittest.Fault{Service: gittest.UploadPack, Kind: gittest.Garbage, Times: -1})
	_, err := open(t, repo.URL()).ListRefs(t.Context(), "HEAD")
	if !errors.Is(err, gitremote.ErrProtocol) || in.Fired() != 1 {
		t.Errorf("garbage: got %v", err)
	}
}

func TestWhoMayNot(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{Username: "u", Password: "right-password", HTMLErrors: true})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	forbidding := gittest.New(t, gittest.Options{Username: "u", Password: "right-password", Forbid: true})
	closed := forbidding.NewRepo(t, "r.git", gittest.RepoOptions{})
	for _, tt := range []struct {
		name, url string
		auth      gitremote.Auth
		kind      error
		hint      string
	}{
		{"no credentials", repo.URL(), nil, gitremote.ErrAuthentication, "set auth"},
		{"wrong ones", repo.URL(), gitremote.Basic{Username: "u", Password: "wrong-password"}, gitremote.ErrAuthentication, "check user name and password"},
		{"wrong ones, forbidden", closed.URL(), gitremote.Basic{Username: "u", Password: "wrong-password"}, gitremote.ErrForbidden, "check the token's scopes"},
		{"no such repository", s.URL() + "/missing.git", gitremote.Basic{Username: "u", Password: "right-password"}, gitremote.ErrNotFound, "check the URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := open(t, tt.url, func(o *gitremote.Options) { o.Auth = tt.auth })
			before := s.Stats().Requests + forbidding.Stats().Requests
			_, err := r.ListRefs(t.Context(), "HEAD")
			if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.hint) || strings.ContainsAny(err.Error(), "<>") || strings.Contains(err.Error(), "-password") {
				t.Errorf("got %v", err)
			}
			if n := s.Stats().Requests + forbidding.Stats().Requests - before; n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{TLS: true, ClientCert: true})
	repo, other := s.NewRepo(t, "r.git", gittest.RepoOptions{}), s.NewRepo(t, "other.git", gittest.RepoOptions{})
	cert, key := s.ClientPEM()
	pool := gitremote.NewPool()
	defer pool.Close()
	good := func(o *gitremote.Options) {
		o.TLS = gitremote.TLSOptions{CACertPEM: s.CAPEM(), ClientCertPEM: cert, ClientKeyPEM: key}
		o.Pool = pool
	}
	for _, url := range []string{repo.URL(), other.URL(), repo.URL()} {
		r := open(t, url, good)
		refs, err := r.ListRefs(t.Context(), "HEAD")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := fetch(t, r, gitwire.Fetch{Wants: []gitobj.ID{refs[0].ID}, Depth: 1}); err != nil {
			t.Fatal(err)
		}
	}
	st := s.Stats()
	if st.Connections != 1 || st.Log[0].Protocol != "HTTP/2.0" {
		t.Errorf("%d connections of %s for two repositories, want 1 of HTTP/2.0", st.Connections, st.Log[0].Protocol)
	}
	for name, bad := range map[string]gitremote.TLSOptions{
		"an unknown authority":          {ClientCertPEM: cert, ClientKeyPEM: key},
		"no client certificate":         {CACertPEM: s.CAPEM()},
		"no client, but all is trusted": {InsecureSkipVerify: true},
	} {
		r := open(t, repo.URL(), func(o *gitremote.Options) { o.TLS = bad })
		if _, err := r.ListRefs(t.Context(), "HEAD"); !errors.Is(err, gitremote.ErrTLS) || strings.Contains(err.Error(), "tried") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A consumer that has seen enough costs the connection, nothing else: the next request finds its
// way, and no goroutine stays.
func TestStoppingEarlyLeavesNothingBehind(t *testing.T) {
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.SeedText(t, map[string]string{"big": noise(2 << 20)})
	head := id(t, repo.Head(t))
	enough := errors.New("enough")
	r := open(t, repo.URL())
	before := runtime.NumGoroutine()
	for range 5 {
		err := r.Fetch(t.Context(), gitwire.Fetch{Wants: []gitobj.ID{head}}, func(p io.Reader) error {
			if _, err := io.ReadFull(p, make([]byte, 1000)); err != nil {
				return err
			}
			return enough
		})
		if err != enough {
			t.Fatalf("got %v", err)
		}
		if _, err := r.ListRefs(t.Context(), "HEAD"); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; {
		if time.Now().After(deadline) {
			buf := make([]byte, 64<<10)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
	}
}

// noise is text that does not compress away.
func noise(n int) string {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = ' ' + byte(x>>24)%95
	}
	return string(b)
}

// The fetch and the push that follow Prepare finish the requests that it began, and are two
// requests in all.
func TestPreparedRequestsServeTheNextFetchAndPush(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r", gittest.RepoOptions{})
	r := open(t, repo.URL())
	old := id(t, repo.Head(t))
	release := r.Prepare(t.Context())
	defer release()
	if _, _, err := fetch(t, r, gitwire.Fetch{Wants: []gitobj.ID{old}, Depth: 1}); err != nil {
		t.Error(err)
	}
	new, pack := commit(t, repo, old.String(), "next")
	report, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: repo.Ref(), Old: old, New: new}}}, pack)
	if st, _ := report.Ref(repo.Ref()); err != nil || !st.OK {
		t.Errorf("push: %+v, %v", report, err)
	}
	if n := s.Stats().Requests; n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// A push of two references is made by halves where it is not atomic, and not at all where it is.
func TestAtomicPushes(t *testing.T) {
	t.Parallel()
	for _, v0 := range []bool{false, true} {
		s := gittest.New(t, gittest.Options{V0Only: v0})
		repo := s.NewRepo(t, "r.git", gittest.RepoOptions{})
		old := id(t, repo.Head(t))
		repo.Git(t, "update-ref", "refs/other/x", old.String())
		next, pack := commit(t, repo, old.String(), "next")
		push := func(r *gitremote.Remote, wrong bool) (gitwire.Report, error) {
			other := gitwire.Command{Ref: "refs/other/x", Old: old}
			if wrong {
				other.Old = next
			}
			return r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: old, New: next}, other}, Atomic: true}, pack)
		}
		r := open(t, repo.URL())
		report, err := push(r, true)
		if st, ok := report.Ref("refs/heads/main"); err != nil || !ok || st.OK || repo.Head(t) != old.String() {
			t.Errorf("half of an atomic push was made: %+v, %v", report, err)
		}
		report, err = push(r, false)
		if st, ok := report.Ref("refs/heads/main"); err != nil || !ok || !st.OK || repo.Head(t) != next.String() || repo.Git(t, "for-each-ref", "refs/other") != "" {
			t.Errorf("an atomic push: %+v, %v", report, err)
		}
		repo.Git(t, "config", "receive.advertiseAtomic", "false")
		if _, err = push(open(t, repo.URL()), false); !errors.Is(err, gitwire.ErrNoAtomic) {
			t.Errorf("a server without atomic pushes: %v", err)
		}
	}
}
