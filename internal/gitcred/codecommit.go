package gitcred

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/nanogit/terraform-provider-nanogit/internal/awscred"
	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// CodeCommit signs requests to AWS CodeCommit with credentials of AWS, as the credential helper of
// the AWS CLI does: the user name is the access key, with the session token behind a percent sign,
// and the password is a time and a signature (Signature Version 4) of the repository's address. A
// password is good for a quarter of an hour; each request gets its own.
type CodeCommit struct {
	secret.Hidden
	find func() (credentials.Value, error)
	now  func() time.Time

	mu        sync.Mutex // guards the fields below
	found     *credentials.Credentials
	once      bool     // a password was refused, and none was accepted since
	keys      []string // and session tokens
	passwords []string // the last ones, as they are sent, too
}

// NewCodeCommit takes the credentials that AWS's own tools would take. They are looked for with the
// first request.
func NewCodeCommit() *CodeCommit {
	c := &CodeCommit{now: time.Now, found: awscred.Find()}
	c.find = c.lookUp
	return c
}

// lookUp finds the credentials, or renews them.
func (c *CodeCommit) lookUp() (credentials.Value, error) {
	c.mu.Lock()
	found := c.found
	c.mu.Unlock()
	return found.GetWithContext(nil)
}

var (
	errNoAWS = errors.New("no credentials of AWS were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, " +
		"or run with a role (of an instance, a container, or AWS_WEB_IDENTITY_TOKEN_FILE)")
	errNoRegion = errors.New("the region of CodeCommit is not known: the host is not git-codecommit.REGION.amazonaws.com, and neither AWS_REGION nor AWS_DEFAULT_REGION is set")
)

// Authorize signs a request.
func (c *CodeCommit) Authorize(r *http.Request) error {
	region := regionOf(r.URL.Hostname())
	if region == "" {
		return fmt.Errorf("AWS CodeCommit: %w", errNoRegion)
	}
	v, err := c.find()
	switch {
	case err != nil:
		return fmt.Errorf("AWS CodeCommit: the credentials of AWS: %w", err)
	case v.AccessKeyID == "" || v.SecretAccessKey == "":
		return fmt.Errorf("AWS CodeCommit: %w", errNoAWS)
	}
	user, password := v.AccessKeyID, sign(v.SecretAccessKey, region, r.URL, c.now())
	if v.SessionToken != "" {
		user += "%" + v.SessionToken
	}
	r.SetBasicAuth(user, password)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range []string{v.SecretAccessKey, v.SessionToken} {
		if s != "" && !slices.Contains(c.keys, s) {
			c.keys = append(c.keys, s)
		}
	}
	c.passwords = append(c.passwords, password, strings.TrimPrefix(r.Header.Get("Authorization"), "Basic "))
	c.passwords = c.passwords[max(0, len(c.passwords)-mostPasswords):]
	return nil
}

// mostPasswords bounds the passwords that are remembered: those of ended requests matter to nobody.
const mostPasswords = 64

// Refused looks for other credentials once: they may have been replaced.
func (c *CodeCommit) Refused(*http.Request, []string) (again bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.once {
		return false
	}
	c.once = true
	if c.found != nil {
		c.found.Expire()
	}
	return true
}

// Accepted records that the server accepted a signature.
func (c *CodeCommit) Accepted(*http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.once = false
}

// Secrets lists every text that must not appear in any message.
func (c *CodeCommit) Secrets() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Concat(c.keys, c.passwords)
}

// About describes the credentials in words.
func (c *CodeCommit) About() (given bool, words string) {
	return true, "the requests are signed with credentials of AWS, which have to allow codecommit:GitPull and codecommit:GitPush for this repository; " +
		"a clock that is wrong by more than five minutes makes every signature wrong"
}

// regionOf is the region in the name of a host of CodeCommit, else that of the environment:
//
//	git-codecommit.eu-west-1.amazonaws.com, git-codecommit-fips.us-gov-west-1.amazonaws.com,
//	vpce-1-2.git-codecommit.eu-west-1.vpce.amazonaws.com
func regionOf(host string) string {
	labels := strings.Split(strings.ToLower(host), ".")
	for i, l := range labels[:len(labels)-1] {
		if l == "git-codecommit" || l == "git-codecommit-fips" {
			return labels[i+1]
		}
	}
	if region := os.Getenv("AWS_REGION"); region != "" {
		return region
	}
	return os.Getenv("AWS_DEFAULT_REGION")
}

// sign makes the password of a request: Signature Version 4 for the method GIT, of the repository's
// path and the host. The time stands in it without the letter Z of other signatures.
func sign(key, region string, u *url.URL, now time.Time) string {
	stamp := now.UTC().Format("20060102T150405")
	canonical := sha256.Sum256([]byte("GIT\n" + repositoryPath(u) + "\n\nhost:" + u.Host + "\n\nhost\n"))
	scope := []string{stamp[:8], region, "codecommit", "aws4_request"}
	text := "AWS4-HMAC-SHA256\n" + stamp + "\n" + strings.Join(scope, "/") + "\n" + hex.EncodeToString(canonical[:])
	mac := []byte("AWS4" + key)
	for _, part := range append(scope, text) {
		h := hmac.New(sha256.New, mac)
		h.Write([]byte(part))
		mac = h.Sum(nil)
	}
	return stamp + "Z" + hex.EncodeToString(mac)
}
