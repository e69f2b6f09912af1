package gitremote

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// swallow never answers.
func swallow(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

const (
	askRefs = "GET /r.git/info/refs"
	askPack = "POST /r.git/git-upload-pack"
)

// reads are the two operations with which a remote may begin.
var reads = map[string]func(t *testing.T, r *Remote) error{
	"references": func(t *testing.T, r *Remote) error {
		t.Helper()
		refs, err := r.ListRefs(t.Context(), "refs/heads/main")
		if err == nil && !slices.ContainsFunc(refs, func(ref gitwire.Ref) bool { return ref.Name == "refs/heads/main" && ref.ID == mustID(hexA) }) {
			t.Errorf("got %v", refs)
		}
		return err
	},
	"objects": func(t *testing.T, r *Remote) error {
		t.Helper()
		return r.Fetch(t.Context(), wantA, drop)
	},
}

// A server, or a proxy before it, swallows every POST until info/refs was asked for. A POST
// shows it, and the server is used from then on as info/refs says.
func TestAServerThatSwallowsWhatGitDoesNotAskFirstIsAskedAsGitDoes(t *testing.T) {
	t.Parallel()
	v0 := lines("# service=git-upload-pack\n", "flush", hexA+" refs/heads/main\x00shallow side-band-64k\n", "flush")
	for name, tt := range map[string]struct {
		offer, pack string
		want        map[string][]string
	}{
		"version 2": {offersV2, goodPack, map[string][]string{
			"references": {askPack, askRefs, askPack},
			"objects":    {askPack, askRefs, askPack},
		}},
		"version 0": {v0, lines("shallow "+hexA+"\n", "flush", "NAK\n", "\x01PACK", "flush"), map[string][]string{
			"references": {askPack, askRefs, askRefs},
			"objects":    {askPack, askRefs, askPack},
		}},
	} {
		for kind, read := range reads {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var mu sync.Mutex
					introduced := false
					r, s := scripted(t, Options{Limits: Limits{Stall: time.Second}}, func(req *http.Request) (*http.Response, error) {
						mu.Lock()
						introduced = introduced || req.Method == http.MethodGet
						let := introduced
						mu.Unlock()
						switch {
						case !let:
							return swallow(req)
						case req.Method == http.MethodGet:
							return advertise(tt.offer)(req)
						case kind == "references":
							return status(200, goodRefs)(req)
						}
						return status(200, tt.pack)(req)
					})
					if err := read(t, r); err != nil || !slices.Equal(s.Asked, tt.want[kind]) {
						t.Errorf("got %v after %q, want %q", err, s.Asked, tt.want[kind])
					}
					// It is learned once.
					before := len(s.Asked)
					if err := read(t, r); err != nil || len(s.Asked) != before+1 {
						t.Errorf("again: got %v after %q", err, s.Asked[before:])
					}
				})
			})
		}
	}
}

// Where nothing is answered at all, the error says so and names the requests.
func TestAServerThatSwallowsEverythingIsAskedThreeTimes(t *testing.T) {
	t.Parallel()
	for kind, read := range reads {
		synctest.Test(t, func(t *testing.T) {
			r, s := scripted(t, Options{Limits: Limits{Stall: time.Second}}, swallow)
			err := read(t, r)
			if !Transient(err) || !slices.Equal(s.Asked, []string{askPack, askRefs, askRefs}) {
				t.Fatalf("%s: got %v after %q", kind, err, s.Asked)
			}
			for _, part := range []string{
				"no answer to POST /git-upload-pack, and no answer to GET /info/refs?service=git-upload-pack: no progress for 1s",
				"tried 3 times", "proxy or firewall", "limits.request_timeout",
			} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: %v lacks %q", kind, err, part)
				}
			}
			if op := opRefs + " https://host/r.git: "; kind == "references" && !strings.HasPrefix(err.Error(), op) {
				t.Errorf("got %v, want %q first", err, op)
			}
		})
	}
}

// Several operations that come at once share the question and its outcome.
func TestASwallowedIntroductionIsSharedByAllWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const callers = 20
		r, s := scripted(t, Options{Limits: Limits{Stall: time.Minute}}, swallow)
		start := time.Now()
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				if _, err := r.ListRefs(t.Context(), "HEAD"); !Transient(err) {
					t.Errorf("got %v", err)
				}
			})
		}
		all.Wait()
		posts := len(slices.DeleteFunc(slices.Clone(s.Asked), func(q string) bool { return q != askPack }))
		if gets := len(s.Asked) - posts; posts != callers || gets > 4 {
			t.Errorf("%d POSTs and %d GETs", posts, gets)
		}
		if d := time.Since(start); d > 6*time.Minute { // of the bubble
			t.Errorf("it took %v", d)
		}
	})
}

// A firewall that lets info/refs pass and no POST: the error tells them apart.
func TestAServerThatSwallowsEveryPost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, s := scripted(t, Options{Limits: Limits{Stall: time.Second}}, func(req *http.Request) (*http.Response, error) {
			if req.Method == http.MethodGet {
				return advertise(offersV2)(req)
			}
			return swallow(req)
		})
		_, err := r.ListRefs(t.Context(), "HEAD")
		if !Transient(err) || !strings.Contains(err.Error(), "GET /info/refs is answered, but no answer to POST /git-upload-pack") ||
			!slices.Equal(s.Asked, []string{askPack, askRefs, askPack, askPack}) {
			t.Errorf("got %v after %q", err, s.Asked)
		}
	})
}

// A refusal of info/refs is an answer; and after an answer a stall is a failure that may pass, so
// that the server is asked again as before.
func TestOnlySilenceBeforeTheFirstAnswerAsksForAnIntroduction(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, s := scripted(t, Options{Limits: Limits{Stall: time.Second}}, swallow, status(404, ""))
		if err := r.Fetch(t.Context(), wantA, drop); Transient(err) || !strings.Contains(err.Error(), "HTTP 404") || len(s.Asked) != 2 {
			t.Errorf("got %v after %q", err, s.Asked)
		}
		r, s = scripted(t, Options{Limits: Limits{Stall: time.Second}}, swallow, status(503, ""), advertise(offersV2), status(200, goodPack))
		if err := r.Fetch(t.Context(), wantA, drop); err != nil || !slices.Equal(s.Asked, []string{askPack, askRefs, askRefs, askPack}) {
			t.Errorf("got %v after %q", err, s.Asked)
		}
		r, s = scripted(t, Options{Limits: Limits{Stall: time.Second}}, status(503, ""), swallow)
		err := r.Fetch(t.Context(), wantA, drop)
		if !Transient(err) || len(s.Asked) != 5 || slices.Contains(s.Asked, askRefs) {
			t.Errorf("got %v after %q", err, s.Asked)
		}
		r, s = scripted(t, Options{Limits: Limits{Stall: time.Second}}, swallow)
		if _, err := r.Capabilities(t.Context()); !Transient(err) || len(s.Asked) != 3 {
			t.Errorf("got %v after %q", err, s.Asked)
		}
		// A body that stops after the head is an answer.
		r, s = scripted(t, Options{Limits: Limits{Stall: time.Second}}, hang)
		if err := r.Fetch(t.Context(), wantA, drop); !Transient(err) || len(s.Asked) != 5 {
			t.Errorf("got %v after %q", err, s.Asked)
		}
	})
}
