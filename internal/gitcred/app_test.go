package gitcred

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func pemOf(typ string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}))
}

func keyPEM() string { return pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(testKey())) }

// api is GitHub's API, as far as an App needs it.
type api struct {
	t     *testing.T
	now   func() time.Time
	asked atomic.Int32
	// script answers instead of the API: by the number of the request, from 0; nil leaves it to the
	// API.
	script func(n int, claims map[string]any) *http.Response
	life   time.Duration
}

// RoundTrip judges the JWT and answers with a token, ghs_1 and so on.
func (a *api) RoundTrip(r *http.Request) (*http.Response, error) {
	n := int(a.asked.Add(1)) - 1
	if r.Method != http.MethodPost || r.URL.String() != "https://api.example/app/installations/42/access_tokens" {
		a.t.Errorf("%s %s", r.Method, r.URL)
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	parts := strings.Split(token, ".")
	if scheme != "Bearer" || len(parts) != 3 || r.Header.Get("Accept") != "application/vnd.github+json" || r.Header.Get("User-Agent") != "ua" {
		a.t.Fatalf("headers %v", r.Header)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if good := err == nil && rsa.VerifyPKCS1v15(&testKey().PublicKey, crypto.SHA256, sum[:], signature) == nil; !good {
		return reply(401, `{"message":"A JSON web token could not be decoded"}`, a.now()), nil
	}
	var claims map[string]any
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		a.t.Errorf("claims %q, %v", raw, err)
	}
	if a.script != nil {
		if resp := a.script(n, claims); resp != nil {
			return resp, nil
		}
	}
	iat, exp := time.Unix(int64(claims["iat"].(float64)), 0), time.Unix(int64(claims["exp"].(float64)), 0)
	switch now := a.now(); {
	case claims["iss"] != "7":
		return reply(404, `{"message":"Integration not found"}`, now), nil
	case iat.After(now):
		return reply(401, `{"message":"'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"}`, now), nil
	case exp.Before(now), exp.After(now.Add(10 * time.Minute)):
		return reply(401, `{"message":"'Expiration time' claim ('exp') is too far in the future"}`, now), nil
	}
	life := a.life
	if life == 0 {
		life = time.Hour
	}
	return reply(201, fmt.Sprintf(`{"token":"ghs_%d%s","expires_at":%q}`, n+1, s3cretToken, a.now().Add(life).UTC().Format(time.RFC3339)), a.now()), nil
}

const s3cretToken = "s3cretToken"

func reply(code int, body string, date time.Time, headers ...string) *http.Response {
	h := http.Header{"Date": {date.UTC().Format(http.TimeFormat)}}
	for _, l := range headers {
		k, v, _ := strings.Cut(l, ": ")
		h.Set(k, v)
	}
	return &http.Response{StatusCode: code, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// newApp is an App of the API, with a clock that the test moves.
func newApp(t *testing.T, key string) (*App, *api, *atomic.Int64) {
	t.Helper()
	a, err := NewApp(AppOptions{AppID: "7", InstallationID: "42", PrivateKeyPEM: key, APIURL: "https://api.example/", UserAgent: "ua"})
	if err != nil {
		t.Fatal(err)
	}
	clock := &atomic.Int64{}
	clock.Store(1_800_000_000)
	a.now = func() time.Time { return time.Unix(clock.Load(), 0) }
	a.wait = func(ctx context.Context, d time.Duration) error {
		clock.Add(int64(d / time.Second))
		return ctx.Err()
	}
	server := &api{t: t, now: a.now}
	a.Use(server)
	return a, server, clock
}

// authorized is a request with a token.
func authorized(t *testing.T, a *App) (*http.Request, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://git.example/r", nil)
	if err != nil {
		t.Fatal(err)
	}
	err = a.Authorize(r)
	user, password, _ := r.BasicAuth()
	if err == nil && user != "x-access-token" {
		t.Errorf("user %q", user)
	}
	return r, password, err
}

func TestATokenIsMintedOnceAndRenewedInTime(t *testing.T) {
	t.Parallel()
	a, server, clock := newApp(t, keyPEM())
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, got, err := authorized(t, a); err != nil || got != "ghs_1"+s3cretToken {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	all.Wait()
	clock.Add(54 * 60)
	if _, got, _ := authorized(t, a); got != "ghs_1"+s3cretToken || server.asked.Load() != 1 {
		t.Errorf("after 54 minutes: %q, asked %d times", got, server.asked.Load())
	}
	clock.Add(90)
	if _, got, _ := authorized(t, a); got != "ghs_2"+s3cretToken || server.asked.Load() != 2 {
		t.Errorf("after 55 minutes and a half: %q, asked %d times", got, server.asked.Load())
	}
	secrets := strings.Join(a.Secrets(), "\n")
	for _, want := range []string{"ghs_1" + s3cretToken, "ghs_2" + s3cretToken, strings.TrimPrefix(appHeader("ghs_2"+s3cretToken), "Basic "), strings.Split(keyPEM(), "\n")[3]} {
		if !strings.Contains(secrets, want) {
			t.Errorf("%q is no secret", want)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v %q", a, a, a, a); strings.Contains(text, s3cretToken) || strings.Contains(text, "MII") {
		t.Errorf("it prints as %s", text)
	}
}

func TestATokenThatIsRevokedIsMintedAnewOnce(t *testing.T) {
	t.Parallel()
	a, server, _ := newApp(t, keyPEM())
	first, _, _ := authorized(t, a)
	late, _, _ := authorized(t, a)
	a.Accepted(first)
	if !a.Refused(first, nil) {
		t.Error("no other token after the first refusal")
	}
	r, got, err := authorized(t, a)
	if err != nil || got != "ghs_2"+s3cretToken {
		t.Errorf("got %q, %v", got, err)
	}
	if !a.Refused(late, nil) || server.asked.Load() != 2 {
		t.Error("a request that was under way with the old token is not made again")
	}
	if a.Refused(r, nil) {
		t.Error("a third token, after two were refused")
	}
	a.Accepted(r)
	if !a.Refused(r, nil) {
		t.Error("no other token, an hour and a success later")
	}
}

func TestKeysOfAnApp(t *testing.T) {
	t.Parallel()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(testKey())
	if err != nil {
		t.Fatal(err)
	}
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := x509.MarshalPKCS8PrivateKey(elliptic)
	if err != nil {
		t.Fatal(err)
	}
	good := AppOptions{AppID: "Iv1.8a61f9b3a7aba766", InstallationID: "42", PrivateKeyPEM: keyPEM()}
	for name, tt := range map[string]struct {
		with func(*AppOptions)
		want string // of the error; "" for none
	}{
		"PKCS 1":                    {func(*AppOptions) {}, ""},
		"PKCS 8":                    {func(o *AppOptions) { o.PrivateKeyPEM = "\n " + pemOf("PRIVATE KEY", pkcs8) }, ""},
		"elliptic":                  {func(o *AppOptions) { o.PrivateKeyPEM = pemOf("PRIVATE KEY", ec) }, "not an RSA key"},
		"encrypted":                 {func(o *AppOptions) { o.PrivateKeyPEM = pemOf("ENCRYPTED PRIVATE KEY", pkcs8) }, "encrypted"},
		"a public one":              {func(o *AppOptions) { o.PrivateKeyPEM = pemOf("PUBLIC KEY", pkcs8) }, `"PUBLIC KEY", not a private key`},
		"cut short":                 {func(o *AppOptions) { o.PrivateKeyPEM = pemOf("RSA PRIVATE KEY", pkcs8[:99]) }, "PKCS #1"},
		"cut short, PKCS 8":         {func(o *AppOptions) { o.PrivateKeyPEM = pemOf("PRIVATE KEY", pkcs8[:99]) }, "PKCS #8"},
		"its lines joined":          {func(o *AppOptions) { o.PrivateKeyPEM = strings.ReplaceAll(keyPEM(), "\n", `\n`) }, "where the lines should end"},
		"a path":                    {func(o *AppOptions) { o.PrivateKeyPEM = "/home/s3cret.pem" }, "no PEM"},
		"the repository's":          {func(o *AppOptions) { o.InstallationID = "" }, ""},
		"an installation by name":   {func(o *AppOptions) { o.InstallationID = "org" }, "installation_id"},
		"an App without a name":     {func(o *AppOptions) { o.AppID = "" }, "app_id"},
		"an App with a line end":    {func(o *AppOptions) { o.AppID = "7\n" }, "app_id"},
		"an installation by a path": {func(o *AppOptions) { o.InstallationID = "1/../2" }, "installation_id"},
	} {
		o := good
		tt.with(&o)
		_, err := NewApp(o)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

func TestWhatTheAPIRefuses(t *testing.T) {
	t.Parallel()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	always := func(code int, body string, headers ...string) func(int, map[string]any) *http.Response {
		return func(int, map[string]any) *http.Response {
			return reply(code, body, time.Unix(1_800_000_000, 0), headers...)
		}
	}
	for name, tt := range map[string]struct {
		key    string
		script func(int, map[string]any) *http.Response
		asked  int32
		want   []string
	}{
		"another App's key":         {pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(other)), nil, 1, []string{"A JSON web token could not be decoded", "compare app_id and private_key_pem"}},
		"a suspended installation":  {"", always(403, `{"message":"This installation has been suspended","documentation_url":"x"}`), 1, []string{"has been suspended", "unsuspend"}},
		"no such installation":      {"", always(404, `{"message":"Not Found"}`), 1, []string{"404", "check installation_id", "uninstalled"}},
		"no such App":               {"", always(404, `{"message":"Integration not found"}`), 1, []string{"Integration not found", "no App of this app_id"}},
		"an API of something else":  {"", always(404, `<html>nginx</html>`), 1, []string{"404", "check api_url"}},
		"a page":                    {"", always(200, `<html>hello</html>`), 1, []string{"check api_url"}},
		"a token that is none":      {"", always(201, `{"token":""}`), 1, []string{"check api_url"}},
		"a token with a line end":   {"", always(201, `{"token":"a\r\nb"}`), 1, []string{"check api_url"}},
		"a redirect":                {"", always(301, ``, "Location: https://evil.example/x?y"), 1, []string{"redirects to https://evil.example,", "set it to where the API is"}},
		"a broken API":              {"", always(502, ``), mintAttempts, []string{"502 Bad Gateway"}},
		"too many requests":         {"", always(429, `{"message":"slow"}`, "Retry-After: 2"), mintAttempts, []string{"slow", "try again later"}},
		"too many requests, by 403": {"", always(403, `{"message":"You have exceeded a secondary rate limit"}`), mintAttempts, []string{"secondary rate limit"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := tt.key
			if key == "" {
				key = keyPEM()
			}
			a, server, _ := newApp(t, key)
			server.script = tt.script
			_, _, err := authorized(t, a)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(tt.want, "GitHub App 7, installation 42") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), "eyJ") {
				t.Errorf("a JWT is in: %v", err)
			}
			if server.asked.Load() != tt.asked {
				t.Errorf("asked %d times, want %d", server.asked.Load(), tt.asked)
			}
		})
	}
}

func TestWhatPassesIsWaitedOut(t *testing.T) {
	t.Parallel()
	a, server, clock := newApp(t, keyPEM())
	server.script = func(n int, _ map[string]any) *http.Response {
		if n < 3 {
			return reply(503, "", a.now(), "Retry-After: 7")
		}
		return nil
	}
	before := clock.Load()
	if _, got, err := authorized(t, a); err != nil || got != "ghs_4"+s3cretToken || clock.Load()-before != 21 {
		t.Errorf("got %q, %v after %d s", got, err, clock.Load()-before)
	}
	// The same for a connection that breaks; and the minted token is not lost when its caller gives
	// up.
	a.Use(failing{errors.New("connection reset"), &server.asked})
	a.mu.Lock()
	a.installations[""].token = token{}
	a.mu.Unlock()
	var pauses []time.Duration
	a.wait = func(ctx context.Context, d time.Duration) error {
		pauses = append(pauses, d)
		return ctx.Err()
	}
	if _, _, err := authorized(t, a); err == nil || !strings.Contains(err.Error(), "connection reset") || server.asked.Load() != 4+mintAttempts {
		t.Errorf("got %v after %d requests", err, server.asked.Load())
	}
	if len(pauses) != mintAttempts-1 {
		t.Errorf("pauses %v, want one between each two attempts", pauses)
	}
	middle := 500 * time.Millisecond // doubled each time; half of it is jitter
	for i, d := range pauses {
		if d < middle/2 || d > middle*3/2 {
			t.Errorf("pause %d is %v, want about %v", i, d, middle)
		}
		middle *= 2
	}
}

type failing struct {
	err   error
	count *atomic.Int32
}

func (f failing) RoundTrip(*http.Request) (*http.Response, error) {
	f.count.Add(1)
	return nil, f.err
}

func TestAClockThatIsWrongIsSetByGitHubs(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-3 * time.Hour, -90 * time.Second, -30 * time.Second, 0, 30 * time.Second, 2 * time.Minute, 24 * time.Hour} {
		a, server, clock := newApp(t, keyPEM())
		server.now = func() time.Time { return a.now().Add(-ahead) }
		if _, _, err := authorized(t, a); err != nil {
			t.Errorf("%v ahead: %v", ahead, err)
			continue
		}
		if server.asked.Load() > 2 {
			t.Errorf("%v ahead: asked %d times", ahead, server.asked.Load())
		}
		first := server.asked.Load()
		clock.Add(54 * 60)
		if _, _, err := authorized(t, a); err != nil || server.asked.Load() != first {
			t.Errorf("%v ahead, 54 minutes later: %v, asked %d times", ahead, err, server.asked.Load()-first)
		}
		clock.Add(90)
		if _, _, err := authorized(t, a); err != nil || server.asked.Load() != first+1 {
			t.Errorf("%v ahead, 55 minutes and a half later: %v, asked %d times", ahead, err, server.asked.Load()-first)
		}
	}
	a, server, _ := newApp(t, keyPEM())
	server.script = func(int, map[string]any) *http.Response {
		return reply(401, `{"message":"'Expiration time' claim ('exp') is too far in the future"}`, a.now())
	}
	if _, _, err := authorized(t, a); err == nil || !strings.Contains(err.Error(), "clock of this machine") {
		t.Errorf("got %v", err)
	}
}

func address(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func FuzzParseCredential(f *testing.F) {
	for _, s := range []string{"username=u\npassword=p\n", "authtype=Bearer\ncredential=x\n\nrest", "quit=1", "=\n==\n", "username=u\r\npassword=p\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, out string) {
		c, err := parseCredential([]byte(out))
		if err != nil {
			return
		}
		if h := c.header(); strings.ContainsAny(h, "\r\n\x00") || !strings.Contains(h, " ") {
			t.Errorf("%q makes the header %q", out, h)
		}
		back, err := encode(c.fields)
		if err != nil {
			return // git would not accept it
		}
		if again, err := parseCredential(back); err != nil || again.header() != c.header() {
			t.Errorf("%q goes back as %q, which is not the same: %v", out, back, err)
		}
	})
}
