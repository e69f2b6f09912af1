package gitremote

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/wirescript"
)

// A request of version 2 is under way while another request finds out that the server speaks only
// version 0.
func TestWhatAnotherRequestLearnedMeanwhileIsTakenUp(t *testing.T) {
	t.Parallel()
	confused := lines("ERR upload-pack: expected 'want', got 'command=ls-refs'")
	offer := lines("# service=git-upload-pack\n", "flush", hexA+" refs/heads/main\x00shallow side-band-64k\n", "flush")
	for name, ask := range map[string]func(*Remote) error{
		"references": func(r *Remote) error {
			refs, err := r.ListRefs(t.Context(), "refs/heads/main")
			if err == nil && (len(refs) != 1 || refs[0].ID != mustID(hexA)) {
				t.Errorf("got %v", refs)
			}
			return err
		},
		"objects": func(r *Remote) error {
			return r.Fetch(t.Context(), wantA, func(pack io.Reader) error {
				_, err := io.Copy(io.Discard, pack)
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nested := false
			var r *Remote
			r, _ = scripted(t, Options{}, func(req *http.Request) (*http.Response, error) {
				switch {
				case req.Method == http.MethodGet:
					return advertise(offer)(req)
				case req.Header.Get("Git-Protocol") == "":
					return status(200, lines("shallow "+hexA+"\n", "flush", "NAK\n", "\x01PACK", "flush"))(req)
				case !nested:
					nested = true
					if _, err := r.ListRefs(t.Context(), "HEAD"); err != nil {
						t.Errorf("the request beside it: %v", err)
					}
				}
				return status(200, confused)(req)
			})
			if err := ask(r); err != nil || !nested {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A server of version 0 sends an empty response to a request of version 2, and its advertisement is
// cut off. The error says so, after as many requests as there are attempts.
func TestAnAdvertisementThatIsCutIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		whole := lines("# service=git-upload-pack\n", "flush", hexA+" refs/heads/main\x00multi_ack\n")
		var r *Remote
		var s *wirescript.Server
		r, s = scripted(t, Options{}, func(req *http.Request) (*http.Response, error) {
			if req.Method == http.MethodGet {
				return advertise(whole[:50])(req)
			}
			return status(200, "")(req)
		})
		_, err := r.ListRefs(t.Context(), "refs/heads/main")
		if !Transient(err) || !strings.Contains(err.Error(), "read the capabilities of") || !strings.Contains(err.Error(), "tried 5 times") || len(s.Asked) != 10 {
			t.Errorf("got %v after %d requests", err, len(s.Asked))
		}
	})
}

// The words of a server that refuses its advertisement stand in the error of a request whose own
// response explains nothing.
func TestARefusalToSayWhatIsOfferedIsTold(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"", lines("ERR upload-pack: protocol error"), "garbage"} {
		r, _ := scripted(t, Options{Auth: Token{Token: "t0ken-of-the-test"}}, func(req *http.Request) (*http.Response, error) {
			if req.Method == http.MethodGet {
				return status(403, "This project is disabled.")(req)
			}
			return status(200, first)(req)
		})
		if _, err := r.ListRefs(t.Context(), "refs/heads/main"); err == nil || !strings.Contains(err.Error(), "This project is disabled.") {
			t.Errorf("%q: got %v", first, err)
		}
	}
}
