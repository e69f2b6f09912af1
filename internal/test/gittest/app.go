package gittest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// The App and the installation that a [GitHubAPI] has.
const (
	AppID          = "4711"
	InstallationID = "42"
	// InstalledFor is the repository by which the installation is found.
	InstalledFor = "acme/web"
)

// GitHubAPI is as much of GitHub's API as a GitHub App needs to get tokens. It knows one App and
// one installation of it, and accepts a JSON web token only if the App's key has signed it.
type GitHubAPI struct {
	URL    string
	KeyPEM string // the App's private key
	// Commits, when set, answers requests for commits.
	Commits *CommitsAPI

	key   *rsa.PrivateKey
	token string

	mu        sync.Mutex // guards the fields below
	minted    int
	suspended bool
	deleted   bool
}

// NewGitHubAPI starts an API that always mints this token. It stops when the test ends.
func NewGitHubAPI(t testing.TB, token string) *GitHubAPI {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	a := &GitHubAPI{key: key, token: token}
	a.KeyPEM = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

// Minted returns the number of tokens that the API has handed out.
func (a *GitHubAPI) Minted() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.minted
}

// Suspend suspends the installation.
func (a *GitHubAPI) Suspend() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.suspended = true
}

// Delete deletes the App.
func (a *GitHubAPI) Delete() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deleted = true
}

// ServeHTTP answers a request for a token.
func (a *GitHubAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.Commits != nil && strings.HasSuffix(r.URL.Path, commitsPath) {
		r.URL.Path = strings.TrimSuffix(apiPath, "/") + r.URL.Path
		a.Commits.ServeHTTP(w, r)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	say := func(code int, message string) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]string{"message": message, "documentation_url": "https://docs.github.com/rest"}) // a client that is gone is no concern here
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch why := a.judge(token); {
	case a.deleted:
		say(http.StatusNotFound, "Integration not found")
	case why != "":
		say(http.StatusUnauthorized, why)
	case r.Method == http.MethodGet && r.URL.Path == "/repos/"+InstalledFor+"/installation":
		fmt.Fprintf(w, `{"id":%s,"account":{"login":"acme"}}`, InstallationID)
	case r.Method != http.MethodPost || r.URL.Path != "/app/installations/"+InstallationID+"/access_tokens":
		say(http.StatusNotFound, "Not Found")
	case a.suspended:
		say(http.StatusForbidden, "This installation has been suspended")
	default:
		a.minted++
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"token":%q,"expires_at":%q,"permissions":{"contents":"write"}}`, a.token, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}
}

// judge checks a JSON web token and returns its error in GitHub's words, "" for none.
func (a *GitHubAPI) judge(token string) string {
	const undecoded = "A JSON web token could not be decoded"
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return undecoded
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || rsa.VerifyPKCS1v15(&a.key.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return undecoded
	}
	var claims struct {
		IssuedAt int64  `json:"iat"`
		Expires  int64  `json:"exp"`
		Issuer   string `json:"iss"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		return undecoded
	}
	now := time.Now().Unix()
	switch {
	case claims.Issuer != AppID:
		return undecoded
	case claims.IssuedAt > now:
		return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
	case claims.Expires <= now || claims.Expires > now+600:
		return "'Expiration time' claim ('exp') is too far in the future"
	}
	return ""
}
