package gittest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// TestFaultsOnFetch clones under each fault in each step of a fetch, and again without it.
func TestFaultsOnFetch(t *testing.T) {
	t.Parallel()
	kinds := map[string]gittest.Kind{
		"503":         gittest.Status(503),
		"429":         gittest.Status(429),
		"403":         gittest.Status(403),
		"drop before": gittest.DropBefore,
		"drop during": gittest.DropDuring(10),
		"drop after":  gittest.DropAfter,
		"cut":         gittest.CutAfter(40),
		"cut at 0":    gittest.CutAfter(0),
		"garbage":     gittest.Garbage,
	}
	steps := map[string]gittest.Fault{
		"advertisement": {Service: gittest.InfoRefs, Command: gittest.UploadPack},
		"ls-refs":       {Service: gittest.UploadPack, Command: "ls-refs"},
		"fetch":         {Service: gittest.UploadPack, Command: "fetch"},
	}
	for kind, k := range kinds {
		for step, fault := range steps {
			t.Run(kind+" on "+step, func(t *testing.T) {
				t.Parallel()
				s := gittest.New(t, gittest.Options{})
				r := s.NewRepo(t, "r", gittest.RepoOptions{})
				// More than once: a client on a connection that served it before tries again when
				// it drops.
				fault.Kind, fault.Times = k, -1
				in := s.Inject(fault)
				c := &client{t: t, dir: t.TempDir()}
				if out, err := c.git("clone", r.URL(), "."); err == nil {
					t.Errorf("clone with the fault: got in\n%s", out)
				}
				if in.Fired() == 0 {
					t.Error("the fault never happened")
				}
				in.End()
				c.must("clone", "--quiet", r.URL(), ".")
			})
		}
	}
}

// TestFaultsOnPush pushes under each fault, checks whether the commit arrived, and pushes again.
func TestFaultsOnPush(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		kind    gittest.Kind
		applied bool // git did its work, though its client does not know
	}{
		{"503", gittest.Status(503), false},
		{"429", gittest.Status(429), false},
		{"drop before", gittest.DropBefore, false},
		{"drop during", gittest.DropDuring(100), false},
		{"drop after", gittest.DropAfter, true},
		{"cut at 0", gittest.CutAfter(0), true},
		{"cut", gittest.CutAfter(30), true},
		{"garbage", gittest.Garbage, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			r := s.NewRepo(t, "r", gittest.RepoOptions{})
			c := cloneOf(t, r)
			c.change("a", "a")
			in := s.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: tc.kind, Times: -1})
			if out, err := c.git("push"); err == nil {
				t.Errorf("push with the fault: succeeded\n%s", out)
			}
			want := 1
			if tc.applied {
				want = 2
			}
			if got := r.Commits(t, "main"); got != want {
				t.Errorf("commits after the fault: got %d, want %d", got, want)
			}
			in.End()
			c.must("push", "--quiet")
			if got := r.Commits(t, "main"); got != 2 {
				t.Errorf("commits after a second push: got %d, want 2", got)
			}
		})
	}
}

func TestCutBeyondTheAnswerPassesIt(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	in := s.Inject(gittest.Fault{Service: gittest.InfoRefs, Kind: gittest.CutAfter(1 << 20)})
	cloneOf(t, r)
	if in.Fired() != 1 {
		t.Errorf("the fault happened %d times, want once", in.Fired())
	}
	n := s.Stats().Log[0].BytesOut
	s.Inject(gittest.Fault{Service: gittest.InfoRefs, Kind: gittest.CutAfter(n)})
	c := &client{t: t, dir: t.TempDir()}
	if out, err := c.git("clone", r.URL(), "."); err == nil {
		t.Errorf("an answer of %d bytes cut after as many: the client took it for whole\n%s", n, out)
	}
}

// TestFaultsAreCounted sends five requests, some of which the fault concerns by Skip and Times.
func TestFaultsAreCounted(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		skip, times int
		want        string // of five requests: . served, x not
	}{
		{"once by default", 0, 0, "x...."},
		{"three times", 0, 3, "xxx.."},
		{"after two", 2, 1, "..x.."},
		{"for ever", 1, -1, ".xxxx"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			r := s.NewRepo(t, "r", gittest.RepoOptions{})
			s.Inject(gittest.Fault{Service: gittest.InfoRefs, Skip: tc.skip, Times: tc.times, Kind: gittest.Status(503)})
			c := &client{t: t, dir: t.TempDir()}
			got := ""
			for range 5 {
				if _, err := c.git("ls-remote", r.URL()); err != nil {
					got += "x"
				} else {
					got += "."
				}
			}
			if got != tc.want {
				t.Errorf("five requests: got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestStatusCarriesHeaderAndBody(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	s.Inject(gittest.Fault{Kind: gittest.Status(429)})
	s.Inject(gittest.Fault{Kind: gittest.Status(503), Header: http.Header{"Retry-After": {"7"}}, Body: []byte("come back")})
	c := &client{t: t, dir: t.TempDir(), env: []string{"GIT_TRACE_CURL=1"}}
	for _, want := range []string{"Retry-After: 0", "Retry-After: 7"} {
		if out, _ := c.git("ls-remote", s.URL()+"/r"); !strings.Contains(out, want) {
			t.Errorf("answer without %q:\n%s", want, out)
		}
	}
}

func TestStallHoldsUntilReleased(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	in := s.Inject(gittest.Fault{Service: gittest.UploadPack, Command: "fetch", Kind: gittest.Stall})
	c := &client{t: t, dir: t.TempDir()}
	done := make(chan error)
	go func() {
		_, err := c.git("clone", r.URL(), ".")
		done <- err
	}()
	select {
	case <-in.Reached():
	case err := <-done:
		t.Fatalf("the clone ended before its fetch was held: %v", err)
	}
	in.Release()
	in.Release()
	if err := <-done; err != nil {
		t.Errorf("the clone after the release: %v", err)
	}
}

func TestStopEndsWhatStalls(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	in := s.Inject(gittest.Fault{Kind: gittest.Stall})
	c := &client{t: t, dir: t.TempDir()}
	done := make(chan error)
	go func() {
		_, err := c.git("ls-remote", r.URL())
		done <- err
	}()
	<-in.Reached()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil {
		t.Error("a request that was held when the server stopped: got an answer")
	}
}

func TestFaultsMatchCompressedRequests(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	c := cloneOf(t, r)
	// Git compresses a request of more than 1 KiB; many wants make it longer.
	for n := range 60 {
		if _, err := r.Commit(fmt.Sprintf("branch-%d", n), fmt.Sprintf("Branch %d", n), nil); err != nil {
			t.Fatal(err)
		}
	}
	in := s.Inject(gittest.Fault{Service: gittest.UploadPack, Command: "fetch", Kind: gittest.Status(503)})
	c.env = append(c.env, "GIT_TRACE_CURL=1")
	out, err := c.git("fetch")
	if err == nil || in.Fired() != 1 {
		t.Errorf("fetch: got error %v, fault happened %d times\n%s", err, in.Fired(), out)
	}
	if !strings.Contains(out, "Content-Encoding: gzip") {
		t.Errorf("the client compressed no request:\n%s", out)
	}
}

func TestAFaultMayBeForOneClientAndTellsWhenItsRequestIsOver(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	in := s.Inject(gittest.Fault{Agent: "one", Times: -1, Kind: gittest.Status(403)})
	c := &client{t: t, dir: t.TempDir()}
	c.must("-c", "http.userAgent=git/2 other", "clone", "--quiet", r.URL(), "other")
	select {
	case <-in.Served():
		t.Error("the fault says that its request is over, and there was none")
	default:
	}
	if out, err := c.git("-c", "http.userAgent=git/2 one", "clone", r.URL(), "one"); err == nil {
		t.Errorf("the client that the fault is for got in\n%s", out)
	}
	<-in.Served()
	if got := in.Fired(); got != 1 {
		t.Errorf("the fault happened %d times, want once", got)
	}
}
