package gitcred

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

// newCodeCommit has the example key of AWS's documentation.
func newCodeCommit(session string) *CodeCommit {
	return &CodeCommit{
		now: func() time.Time { return time.Date(2027, 1, 15, 8, 0, 0, 0, time.UTC) },
		find: func() (credentials.Value, error) {
			return credentials.Value{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", SessionToken: session}, nil
		},
	}
}

func toCodeCommit(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The signature is that of botocore 1.43 (auth.SigV4Auth, as the AWS CLI's credential helper calls
// it) for the same key, time and repository.
func TestSignaturesAreThoseOfTheAWSTools(t *testing.T) {
	t.Parallel()
	const password = "20270115T080000Zc39330b1c1a2c02e93ce946d287888f32f7c3885dc8868462561ff8efb28a812"
	for _, path := range []string{"", "/info/refs?service=git-receive-pack", "/git-upload-pack", "/git-receive-pack"} {
		r := toCodeCommit(t, "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/web"+path)
		c := newCodeCommit("TOKEN/+=x")
		if err := c.Authorize(r); err != nil {
			t.Fatal(err)
		}
		user, got, _ := r.BasicAuth()
		if user != "AKIDEXAMPLE%TOKEN/+=x" || got != password {
			t.Errorf("%q: got %q and %q", path, user, got)
		}
		secrets := strings.Join(c.Secrets(), "\n")
		for _, want := range []string{password, "TOKEN/+=x", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ")} {
			if !strings.Contains(secrets, want) {
				t.Errorf("%q is no secret", want)
			}
		}
	}
	r := toCodeCommit(t, "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/web")
	if err := newCodeCommit("").Authorize(r); err != nil {
		t.Fatal(err)
	}
	if user, got, _ := r.BasicAuth(); user != "AKIDEXAMPLE" || got != password {
		t.Errorf("without a session: %q and %q", user, got)
	}
}

func TestRegions(t *testing.T) {
	for host, want := range map[string]string{
		"git-codecommit.eu-west-1.amazonaws.com":               "eu-west-1",
		"Git-CodeCommit.cn-north-1.amazonaws.com.cn":           "cn-north-1",
		"git-codecommit-fips.us-gov-west-1.amazonaws.com":      "us-gov-west-1",
		"vpce-1-2.git-codecommit.us-east-2.vpce.amazonaws.com": "us-east-2",
		"127.0.0.1":      "",
		"git-codecommit": "",
	} {
		t.Setenv("AWS_REGION", "")
		t.Setenv("AWS_DEFAULT_REGION", "")
		if got := regionOf(host); got != want {
			t.Errorf("%s: got %q, want %q", host, got, want)
		}
		t.Setenv("AWS_DEFAULT_REGION", "of-the-environment")
		if got := regionOf(host); want == "" && got != "of-the-environment" || want != "" && got != want {
			t.Errorf("%s, with a region in the environment: %q", host, got)
		}
		t.Setenv("AWS_REGION", "first")
		if got := regionOf(host); want == "" && got != "first" {
			t.Errorf("%s, with two regions in the environment: %q", host, got)
		}
	}
}

func TestWithoutCredentialsOrRegionTheErrorSaysWhatToSet(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	c := newCodeCommit("")
	if err := c.Authorize(toCodeCommit(t, "https://mirror.example/v1/repos/web")); !errors.Is(err, errNoRegion) {
		t.Errorf("no region: %v", err)
	}
	c.find = func() (credentials.Value, error) { return credentials.Value{}, nil }
	if err := c.Authorize(toCodeCommit(t, "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/web")); !errors.Is(err, errNoAWS) {
		t.Errorf("no credentials: %v", err)
	}
	broken := errors.New("profile x is not there")
	c.find = func() (credentials.Value, error) { return credentials.Value{}, broken }
	if err := c.Authorize(toCodeCommit(t, "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/web")); !errors.Is(err, broken) {
		t.Errorf("broken: %v", err)
	}
}

// Credentials that were replaced while a run was under way are looked for again, once.
func TestARefusedSignatureIsMadeAgainOnce(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "first")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	c := NewCodeCommit()
	user := func() string {
		r := toCodeCommit(t, "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/web")
		if err := c.Authorize(r); err != nil {
			t.Fatal(err)
		}
		u, _, _ := r.BasicAuth()
		return u
	}
	if got := user(); got != "first" {
		t.Fatalf("user %q", got)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "second")
	if !c.Refused(nil, nil) {
		t.Error("no other attempt after the first refusal")
	}
	if got := user(); got != "second" {
		t.Errorf("user %q after a refusal", got)
	}
	if c.Refused(nil, nil) {
		t.Error("a third attempt, after two refusals")
	}
	c.Accepted(nil)
	if !c.Refused(nil, nil) {
		t.Error("no other attempt, a success later")
	}
}

func TestRememberedSecretsAreBounded(t *testing.T) {
	t.Parallel()
	c := newCodeCommit("")
	at := c.now()
	for i := range 200 {
		c.now = func() time.Time { return at.Add(time.Duration(i) * time.Second) }
		if err := c.Authorize(toCodeCommit(t, "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/web")); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(c.Secrets()); n > mostPasswords+1 || !slices.Contains(c.Secrets(), "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY") {
		t.Errorf("%d secrets are remembered", n)
	}
}
