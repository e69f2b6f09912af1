package httpwire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/wirescript"
)

// front is a proxy before a server of git. Each POST of unknown length is handed to chunked, if
// that is set; when it returns false the request has been dealt with.
type front struct {
	url     string
	begun   atomic.Int32  // POSTs of unknown length so far
	arrived chan struct{} // receives a value for each of them
}

func newFront(t *testing.T, s *gittest.Server, chunked func(http.ResponseWriter, *http.Request) bool) *front {
	t.Helper()
	target, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	proxy.Transport = &http.Transport{DisableKeepAlives: true}
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	f := &front{arrived: make(chan struct{}, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.ContentLength < 0 {
			f.begun.Add(1)
			f.arrived <- struct{}{}
			if chunked != nil && !chunked(w, r) {
				return
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// atOnce answers before the body has come, for which Go's server would wait.
func atOnce(w http.ResponseWriter, code int) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno", code, http.StatusText(code))
}

// both waits until a prepared fetch and a prepared push have reached the front.
func (f *front) both() { <-f.arrived; <-f.arrived }

// next fetches the head and pushes a commit on it.
func next(ctx context.Context, t *testing.T, r client, repo *gittest.Repo) (fetchErr error, report gitwire.Report, pushErr error) {
	t.Helper()
	old := wirescript.ID(repo.Head(t))
	fetchErr = r.fetch(ctx, gitwire.Fetch{Wants: []gitobj.ID{old}, Depth: 1})
	new, pack := commitOn(t, repo, old.String())
	report, pushErr = r.push(ctx, gitwire.Push{Commands: []gitwire.Command{{Ref: repo.Ref(), Old: old, New: new}}}, pack)
	return fetchErr, report, pushErr
}

// commitOn makes a commit without changes in a clone of its parent, and the pack of it.
func commitOn(t *testing.T, repo *gittest.Repo, parent string) (gitobj.ID, pack) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(repo.Dir)); err != nil {
		t.Fatal(err)
	}
	git := func(stdin string, args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@b"}, args...)...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %q: %v", args, err)
		}
		return string(out)
	}
	tree := strings.TrimSpace(git("", "mktree"))
	new := strings.TrimSpace(git("", "commit-tree", "-m", "next", tree, "-p", parent))
	return wirescript.ID(new), pack(git(new+"\n^"+parent+"\n", "pack-objects", "--revs", "--stdout", "-q"))
}

// dial returns a client of a server.
func dial(t *testing.T, url string, o settings) client {
	t.Helper()
	o.URL = url
	r := connect(t, o, NewPool(), TLSOptions{})
	t.Cleanup(r.shut)
	return r
}

// answered waits until every request that was begun and not used yet has an answer, or has failed.
func answered(r client) {
	r.ahead.mu.Lock()
	defer r.ahead.mu.Unlock()
	for _, o := range r.ahead.begun {
		<-o.answered
	}
}

func TestPreparedRequestsServe(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]gittest.Options{
		"HTTP/1.1":      {Username: "u", Password: "p"},
		"HTTP/2 by TLS": {TLS: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, o)
			repo := s.NewRepo(t, "r", gittest.RepoOptions{})
			r := connect(t, settings{URL: repo.URL(), Auth: Basic{Username: o.Username, Password: o.Password}}, NewPool(), TLSOptions{CACertPEM: s.CAPEM()})
			defer r.shut()
			for range 3 {
				s.ResetStats()
				release := r.Prepare(t.Context())
				fetchErr, report, pushErr := next(t.Context(), t, r, repo)
				release()
				if st, _ := report.Ref(repo.Ref()); fetchErr != nil || pushErr != nil || !st.OK {
					t.Errorf("fetch: %v, push: %v, %+v", fetchErr, pushErr, report)
				}
				if n := s.Stats().Requests; n != 2 {
					t.Errorf("%d requests, want 2: what was prepared was not used", n)
				}
			}
			if got := repo.Commits(t, repo.Ref()); got != 4 {
				t.Errorf("%d commits, want 4", got)
			}
		})
	}
}

// A server that takes no body of unknown length gets ordinary requests, then and from then on.
func TestServersThatRefuseWhatComesLater(t *testing.T) {
	t.Parallel()
	refuse := func(code int, first bool) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if first {
				atOnce(w, code)
				return false
			}
			_, _ = io.Copy(io.Discard, r.Body)
			http.Error(w, "no", code)
			return false
		}
	}
	kinds := map[string]func(http.ResponseWriter, *http.Request) bool{
		"501 at once": refuse(http.StatusNotImplemented, true),
		"503 at once": refuse(http.StatusServiceUnavailable, true),
	}
	for _, code := range []int{400, 403, 404, 405, 406, 411, 413, 415, 422} {
		kinds[fmt.Sprint(code, " at once")] = refuse(code, true)
		kinds[fmt.Sprint(code, " after the body")] = refuse(code, false)
	}
	for name, chunked := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			repo := s.NewRepo(t, "r", gittest.RepoOptions{})
			f := newFront(t, s, chunked)
			var told logged
			r := dial(t, f.url+"/r", settings{Logf: told.add})
			release := r.Prepare(t.Context())
			f.both()
			if strings.HasSuffix(name, "at once") {
				answered(r)
			}
			fetchErr, report, pushErr := next(t.Context(), t, r, repo)
			release()
			if st, _ := report.Ref(repo.Ref()); fetchErr != nil || pushErr != nil || !st.OK {
				t.Errorf("fetch: %v, push: %v, %+v", fetchErr, pushErr, report)
			}
			if got := repo.Commits(t, repo.Ref()); got != 2 {
				t.Errorf("%d commits, want 2", got)
			}
			release = r.Prepare(t.Context())
			fetchErr, _, pushErr = next(t.Context(), t, r, repo)
			release()
			if fetchErr != nil || pushErr != nil || f.begun.Load() != 2 {
				t.Errorf("second time: fetch: %v, push: %v, %d requests begun ahead, want the first two only", fetchErr, pushErr, f.begun.Load())
			}
			if got := told.String(); strings.Count(got, "body comes later") != 1 {
				t.Errorf("told: %q, want it told once", got)
			}
		})
	}
}

// logged collects log lines.
type logged struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logged) add(_ context.Context, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.WriteString(format + "\n")
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A proxy that collects a request before it passes it on takes the gain away and nothing else.
func TestAProxyThatBuffersServesPreparedRequests(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r", gittest.RepoOptions{})
	f := newFront(t, s, func(_ http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
		return true
	})
	r := dial(t, f.url+"/r", settings{})
	for n := range int32(3) {
		release := r.Prepare(t.Context())
		f.both()
		fetchErr, report, pushErr := next(t.Context(), t, r, repo)
		release()
		if st, _ := report.Ref(repo.Ref()); fetchErr != nil || pushErr != nil || !st.OK || f.begun.Load() != 2*(n+1) {
			t.Errorf("fetch: %v, push: %v, %+v after %d requests", fetchErr, pushErr, report, f.begun.Load())
		}
	}
	if got := s.Stats().Requests; got != 6 {
		t.Errorf("%d requests reached git, want 6", got)
	}
}

// The connection of a prepared push breaks once its commands were sent: the server may have acted.
func TestAPreparedPushThatBreaksIsUnknown(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]gittest.Kind{
		"before git ran":           gittest.DropBefore,
		"while it was sent":        gittest.DropDuring(10),
		"after git ran":            gittest.DropAfter,
		"in the answer":            gittest.CutAfter(4),
		"by a gateway's failure":   gittest.Status(502),
		"by a server that refuses": gittest.Status(501),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			repo := s.NewRepo(t, "r", gittest.RepoOptions{})
			s.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: kind})
			f := newFront(t, s, nil)
			r := dial(t, f.url+"/r", settings{})
			release := r.Prepare(t.Context())
			f.both()
			_, _, err := next(t.Context(), t, r, repo)
			release()
			if !acted(err) {
				t.Errorf("got %v, want an error of unknown outcome", err)
			}
			if n := s.Stats().ByService[gittest.ReceivePack].Requests; n != 1 {
				t.Errorf("%d pushes, want 1", n)
			}
			before := f.begun.Load()
			r.Prepare(t.Context())()
			if f.begun.Load() != before || !r.ahead.off.Load() {
				t.Error("a request is begun ahead once more")
			}
		})
	}
}

// A connection that is lost before the body was asked for: the fetch is made anew at once, the push
// counts as unknown.
func TestAConnectionLostBeforeTheBody(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r", gittest.RepoOptions{})
	f := newFront(t, s, func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) })
	r := dial(t, f.url+"/r", settings{})
	release := r.Prepare(t.Context())
	defer release()
	f.both()
	fetchErr, _, pushErr := next(t.Context(), t, r, repo)
	if fetchErr != nil || !acted(pushErr) || !errors.Is(pushErr, exchange.ErrTransient) {
		t.Errorf("fetch: %v, push: %v, want one of unknown outcome that may be tried again", fetchErr, pushErr)
	}
	if _, report, err := next(t.Context(), t, r, repo); err != nil || repo.Commits(t, repo.Ref()) != 2 {
		t.Errorf("once more: %+v, %v, %d commits, want 2", report, err, repo.Commits(t, repo.Ref()))
	}
}

// Requests that were begun and not used leave no trace: the branch as it was, no connection and no
// goroutine.
func TestPreparedRequestsThatNobodyUses(t *testing.T) {
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r", gittest.RepoOptions{})
	silent := make(chan struct{})
	for name, chunked := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"a server that answers":   nil,
		"a server that refuses":   func(w http.ResponseWriter, _ *http.Request) bool { atOnce(w, 411); return false },
		"a server that is silent": func(http.ResponseWriter, *http.Request) bool { <-silent; return false },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, s, chunked)
			before := runtime.NumGoroutine()
			s.ResetStats()
			for range 5 {
				r := dial(t, f.url+"/r", settings{})
				release := r.Prepare(t.Context())
				f.both()
				release()
				release()
				r.shut()
				if _, report, err := next(t.Context(), t, r, repo); err != nil {
					t.Errorf("a push after all: %+v, %v", report, err)
				}
				r.shut()
			}
			for _, req := range s.Stats().Log {
				if req.Status != http.StatusOK {
					t.Errorf("%+v: want an answer to nothing", req)
				}
			}
			if name == "a server that is silent" {
				close(silent)
			}
			settled(t, before)
		})
	}
}

// settled waits until there are no more goroutines than before.
func settled(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			buf := make([]byte, 64<<10)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
		}
	}
}
