package gitremote

import (
	"io"
	"net/http"
	"testing"
)

// A request of version 2 is under way while another one finds out that the server speaks version 0 only.
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
