package gitremote

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/wirescript"
)

// saying is a body that comes in pieces, each after a pause, and then never ends.
type saying struct {
	req    *http.Request
	pieces []string
	pause  time.Duration
	said   atomic.Int32 // how many of them
}

func (s *saying) Read(p []byte) (int, error) {
	t := time.NewTimer(s.pause)
	defer t.Stop()
	if len(s.pieces) == 0 {
		<-s.req.Context().Done()
		return 0, s.req.Context().Err()
	}
	select {
	case <-t.C:
	case <-s.req.Context().Done():
		return 0, s.req.Context().Err()
	}
	n := copy(p, s.pieces[0])
	s.pieces = s.pieces[1:]
	s.said.Add(1)
	return n, nil
}

// With its report a push is over, however long the answer goes on.
func TestAPushIsOverWithItsReport(t *testing.T) {
	t.Parallel()
	report := lines("\x01" + lines("unpack ok\n", "ok refs/heads/main\n", "flush"))
	alive := slices.Repeat([]string{"0005\x01"}, 1000)
	for name, tt := range map[string]struct {
		pieces   []string
		pause    time.Duration
		messages []string
		within   time.Duration
	}{
		"silence":                      {[]string{report}, 0, nil, 2 * time.Second},
		"a report alone, without band": {[]string{lines("unpack ok\n", "ok refs/heads/main\n", "flush")}, 0, nil, 2 * time.Second},
		"words, then silence":          {[]string{report, lines("\x02see https://host/mr/1\n")}, time.Second, []string{"see https://host/mr/1"}, 4 * time.Second},
		"signs of life for ever":       {append([]string{report}, alive...), 1500 * time.Millisecond, nil, 12 * time.Second},
		"silence longer than a stall":  {append([]string{report}, alive...), 5 * time.Second, nil, 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, _ := scripted(t, Options{Limits: Limits{Stall: 6 * time.Second}}, func(req *http.Request) (*http.Response, error) {
					return stream(&saying{req: req, pieces: tt.pieces, pause: tt.pause})(req)
				})
				begin := time.Now()
				got, err := r.Push(t.Context(), moveA, pack("PACK"))
				if st, ok := got.Ref("refs/heads/main"); err != nil || !ok || !st.OK || !slices.Equal(got.Messages, tt.messages) {
					t.Errorf("got %+v, %v", got, err)
				}
				if d := time.Since(begin); d > tt.within {
					t.Errorf("after %v, want %v at most", d, tt.within)
				}
				if err := r.Close(); err != nil { // the rest of the response ends with it
					t.Error(err)
				}
			})
		})
	}
}

// An answer that was left is read on, so that a hook which prints is not cut off at once, and not
// for ever.
func TestAnAnswerThatWasLeftIsReadOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		body := &saying{pieces: append([]string{lines("\x01" + lines("unpack ok\n", "ok refs/heads/main\n", "flush"))}, slices.Repeat([]string{"0005\x01"}, 1000)...), pause: 5 * time.Second}
		r, _ := scripted(t, Options{}, func(req *http.Request) (*http.Response, error) {
			body.req = req
			return stream(body)(req)
		})
		if _, err := r.Push(t.Context(), moveA, pack("PACK")); err != nil {
			t.Fatal(err)
		}
		before := body.said.Load()
		time.Sleep(31 * time.Second)
		synctest.Wait()
		after := body.said.Load()
		time.Sleep(time.Hour)
		synctest.Wait()
		if end := body.said.Load(); after-before < 5 || end-after > 20 {
			t.Errorf("%d pieces read, half a minute later %d, an hour later %d", before, after, end)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

// The rest of a report that is cut is waited for, as long as for any response.
func TestAReportThatIsCutIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		half := lines("\x01" + lines("unpack ok\n"))
		r, _ := scripted(t, Options{Limits: Limits{Stall: time.Minute}}, func(req *http.Request) (*http.Response, error) {
			return stream(io.MultiReader(strings.NewReader(half), wirescript.Silence(req.Context())))(req)
		})
		begin := time.Now()
		_, err := r.Push(t.Context(), moveA, pack("PACK"))
		if !Unknown(err) || !Transient(err) || time.Since(begin) < time.Minute {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
	})
}
