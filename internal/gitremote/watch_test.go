package gitremote

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// drip returns a byte of s after each pause.
type drip struct {
	s     string
	every time.Duration
}

func (d *drip) Read(p []byte) (int, error) {
	if d.s == "" {
		return 0, io.EOF
	}
	time.Sleep(d.every) // in the bubble's time
	n := copy(p[:1], d.s)
	d.s = d.s[n:]
	return n, nil
}

func TestStallEndsARequest(t *testing.T) {
	t.Parallel()
	const stall = time.Minute
	headless := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	for _, tt := range []struct {
		name  string
		fault reply
	}{
		{"before the head of the answer", headless},
		{"in its body", hang},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, _ := scripted(t, Options{Limits: Limits{Stall: stall, Attempts: 1}}, tt.fault)
				start := time.Now()
				_, err := r.ListRefs(t.Context(), "HEAD")
				d := time.Since(start)
				if !Transient(err) || !strings.Contains(err.Error(), "no progress for 1m0s") || d < stall || d > stall*3/2 {
					t.Errorf("got %v after %v", err, d)
				}
				r, _ = scripted(t, Options{Limits: Limits{Stall: stall}}, tt.fault)
				if _, err = r.Push(t.Context(), moveA, pack("PACK")); !Transient(err) || !Unknown(err) {
					t.Errorf("push: got %v", err)
				}
			})
		})
	}
}

func TestSlowIsNotStalled(t *testing.T) {
	t.Parallel()
	limits := Limits{Stall: time.Minute, Attempts: 1}
	synctest.Test(t, func(t *testing.T) {
		r, _ := scripted(t, Options{Limits: limits}, stream(&drip{goodRefs, 50 * time.Second}))
		if _, err := r.ListRefs(t.Context(), "HEAD"); err != nil {
			t.Errorf("a slow answer: %v", err)
		}
		r, _ = scripted(t, Options{Limits: limits}, status(200, goodPack))
		err := r.Fetch(t.Context(), wantA, func(p io.Reader) error {
			time.Sleep(time.Hour)
			_, err := io.Copy(io.Discard, p)
			return err
		})
		if err != nil {
			t.Errorf("a slow consumer: %v", err)
		}
		r, _ = scripted(t, Options{Limits: limits}, status(200, goodReport))
		if _, err := r.Push(t.Context(), moveA, slowPack{}); err != nil {
			t.Errorf("a slow upload: %v", err)
		}
	})
}

type slowPack struct{}

func (slowPack) Size() int64          { return 4 }
func (slowPack) NewReader() io.Reader { return &drip{"PACK", 50 * time.Second} }
