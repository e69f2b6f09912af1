package httpwire

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// keys is a Renewer with several passwords, of which it takes the next one after a refusal.
type keys struct {
	mu       sync.Mutex
	all      []string
	asked    []string // the challenges
	accepted int
	pending  bool
}

func (k *keys) Authorize(r *http.Request) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all[0] != "" {
		r.Header.Set("Authorization", "Bearer "+k.all[0])
	}
	return nil
}

func (k *keys) Refused(_ *http.Request, challenges []string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked = append(k.asked, challenges...)
	if len(k.all) == 1 {
		return false
	}
	k.all, k.pending = k.all[1:], false
	return true
}

func (k *keys) Accepted(*http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.accepted++
}

func (k *keys) Pending() bool { k.mu.Lock(); defer k.mu.Unlock(); return k.pending }

func (k *keys) Secrets() []string { return []string{"k1-secret", "k2-secret", "k3-secret"} }

func (k *keys) About() (bool, string) { return true, "the credentials are k3-secret's" }

// takes gives the good reply to a password, and 401 to all others.
func takes(password string, good reply) reply {
	return func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") == "Bearer "+password {
			return good(r)
		}
		return status(401, "no", `WWW-Authenticate: Basic realm="x"`)(r)
	}
}

func TestOtherCredentialsAreTriedAfterARefusal(t *testing.T) {
	t.Parallel()
	k := &keys{all: []string{"", "k1-secret", "k2-secret"}}
	var log strings.Builder
	r, s := scripted(t, settings{Auth: k, Logf: logTo(&log)}, takes("k2-secret", status(200, goodRefs)))
	if err := r.list(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.Asked) != 3 || k.accepted != 1 || len(k.asked) != 2 || k.asked[0] != `Basic realm="x"` {
		t.Errorf("requests %q, accepted %d, asked %q", s.Asked, k.accepted, k.asked)
	}
	if err := r.list(t.Context()); err != nil || len(s.Asked) != 4 {
		t.Errorf("then: %v after %d requests", err, len(s.Asked))
	}
	if strings.Contains(log.String(), "-secret") || !strings.Contains(log.String(), "others") {
		t.Errorf("logged %q", log.String())
	}

	// A push is made again as well, with all of its body.
	k = &keys{all: []string{"k1-secret", "k2-secret"}}
	r, s = scripted(t, settings{Auth: k}, takes("k2-secret", status(200, goodReport)))
	if report, err := r.push(t.Context(), moveA, pack("PACK")); err != nil || len(report.Refs) != 1 || len(s.Bodies) != 2 || s.Bodies[0] != s.Bodies[1] {
		t.Errorf("push: %v, bodies %q", err, s.Bodies)
	}

	// None is good: the last answer is the error, which names the source of the credentials.
	k = &keys{all: []string{"k1-secret", "k2-secret", "k3-secret", "k1-secret", "k1-secret", "k1-secret"}}
	r, s = scripted(t, settings{Auth: k}, takes("never", status(200, goodRefs)))
	err := r.list(t.Context())
	if err == nil || len(s.Asked) != maxRenewals+1 || !strings.Contains(err.Error(), "the credentials are [redacted]'s") {
		t.Errorf("got %v after %d requests", err, len(s.Asked))
	}
}

// Nothing of a large pack is sent before it is known whether the server wants credentials.
func TestALargePushWithoutCredentialsIsTriedWithNothingFirst(t *testing.T) {
	t.Parallel()
	large := pack("PACK" + strings.Repeat("x", probeSize))
	k := &keys{all: []string{"", "k1-secret"}, pending: true}
	r, s := scripted(t, settings{Auth: k}, takes("k1-secret", status(200, goodReport)))
	if _, err := r.push(t.Context(), moveA, large); err != nil {
		t.Fatal(err)
	}
	var sizes []int
	for _, b := range s.Bodies {
		sizes = append(sizes, len(b))
	}
	if want := []int{4, 4, len(commands(moveA)) + len(large)}; !slices.Equal(sizes, want) {
		t.Errorf("sent %d bytes, want %d", sizes, want)
	}
	k = &keys{all: []string{""}, pending: true}
	r, s = scripted(t, settings{Auth: k}, takes("never", nil))
	if _, err := r.push(t.Context(), moveA, large); err == nil || acted(err) || len(s.Asked) != 1 {
		t.Errorf("refused: got %v after %d requests", err, len(s.Asked))
	}
	k = &keys{all: []string{""}, pending: true}
	r, s = scripted(t, settings{Auth: k}, status(200, goodReport))
	if _, err := r.push(t.Context(), moveA, pack("PACK")); err != nil || len(s.Asked) != 1 {
		t.Errorf("a small one: got %v after %d requests", err, len(s.Asked))
	}
}

// After a refusal a request that was begun ahead of its body is made again, too.
func TestAPushBegunAheadIsMadeAgainWithOtherCredentials(t *testing.T) {
	t.Parallel()
	k := &keys{all: []string{"k1-secret", "k2-secret"}}
	r, s := scripted(t, settings{Auth: k}, takes("k2-secret", status(200, goodReport)))
	release := r.Prepare(t.Context())
	report, err := r.push(t.Context(), moveA, pack("PACK"))
	if st, ok := report.Ref("refs/heads/main"); err != nil || !ok || !st.OK {
		t.Errorf("got %+v, %v; requests %q", report, err, s.Asked)
	}
	release()
	r.shut()
}

func TestProxiesAreToldFromServers(t *testing.T) {
	for code, tt := range map[int]struct {
		kind error
		says string
	}{
		407: {exchange.ErrAuthentication, "HTTPS_PROXY"},
		403: {exchange.ErrForbidden, "NO_PROXY"},
		502: {exchange.ErrTransient, "cannot reach the host"},
		400: {exchange.ErrServer, "proxy settings"},
	} {
		r, _ := scripted(t, settings{Limits: exchange.Limits{Attempts: 1}}, broken(fmt.Errorf("x: %w", &proxyError{host: "proxy:3128", status: code})))
		err := r.list(t.Context())
		e, ok := err.(*exchange.Error)
		if !ok || e.Kind != tt.kind || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "the proxy proxy:3128") {
			t.Errorf("%d: got %v, want %v with %q", code, err, tt.kind, tt.says)
		}
	}
	// net/http quotes the value of a variable that it does not understand.
	t.Setenv("HTTPS_PROXY", "http://jo:pr0xy%2Fs3cret@proxy:port")
	r, _ := scripted(t, settings{Limits: exchange.Limits{Attempts: 1}}, broken(fmt.Errorf("invalid proxy address %q: pr0xy/s3cret", "http://jo:pr0xy%2Fs3cret@proxy:port")))
	if err := r.list(t.Context()); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
}

func logTo(b *strings.Builder) func(context.Context, string, ...any) {
	return func(_ context.Context, format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
}

func commands(p gitwire.Push) string {
	b, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	return string(b)
}
