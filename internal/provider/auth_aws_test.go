package provider

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// signature is the form of the passwords that AWS CodeCommit takes.
var signature = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}Z[0-9a-f]{64}$`)

// With auth.aws each request is signed for the repository. A refusal says by which credentials, and
// prints none of them.
func TestRequestsAreSignedWithCredentialsOfAWS(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", badPassword)
	t.Setenv("AWS_SESSION_TOKEN", "s3ssion"+badPassword)
	t.Setenv("AWS_REGION", "eu-west-1")
	git := gittest.New(t, gittest.Options{})
	repo := git.NewRepo(t, "v1/repos/web.git", gittest.RepoOptions{})
	behind, err := url.Parse(git.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(behind) }}
	refuse := false
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if refuse || user != "AKIDEXAMPLE%s3ssion"+badPassword || !signature.MatchString(password) {
			http.Error(w, "denied for "+password, http.StatusUnauthorized)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer front.Close()
	block := map[string]any{"url": strings.Replace(repo.URL(), git.URL(), front.URL, 1), "auth": map[string]any{"aws": map[string]any{}}}
	if out := apply(t, block, "HOME="+t.TempDir()); out != "" || repo.Content(t, "main", "f") != "x" {
		t.Errorf("got %q", out)
	}
	refuse = true
	out := apply(t, block, "HOME="+t.TempDir())
	if !strings.Contains(out, "signed with credentials of AWS") || !strings.Contains(out, "codecommit:GitPush") || strings.Contains(out, badPassword) || regexp.MustCompile(`Z[0-9a-f]{64}`).MatchString(out) {
		t.Errorf("refused: %s", out)
	}
}
