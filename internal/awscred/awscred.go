// Package awscred finds the credentials of AWS where its own tools look for them.
//
//	AWS_ACCESS_KEY_ID … ─► ~/.aws/credentials, AWS_PROFILE ─► the role of the container or machine
package awscred

import (
	"errors"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

// roleTimeout is how long the service that hands out a role's credentials may take to let us
// connect, and to answer. It is on the machine or next to it; where there is none, that address
// often leads nowhere.
const roleTimeout = time.Second

// Find returns credentials that are looked for when they are first needed, and renewed in time.
// Without any, their access key is empty.
func Find() *credentials.Credentials {
	return credentials.NewChainCredentials([]credentials.Provider{
		&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, newRole(),
	})
}

// role has the credentials of the role that the container or the machine runs as. Asked in vain
// once, it is not asked again.
type role struct {
	credentials.IAM
	absent atomic.Bool
}

func newRole() *role {
	r := &role{}
	r.Client = &http.Client{Timeout: 3 * roleTimeout, Transport: &http.Transport{
		DialContext: (&net.Dialer{Timeout: roleTimeout}).DialContext, ResponseHeaderTimeout: 2 * roleTimeout, TLSHandshakeTimeout: 2 * roleTimeout,
		DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment,
	}}
	return r
}

var errNoRole = errors.New("no role")

// Retrieve asks for credentials.
func (r *role) Retrieve() (credentials.Value, error) { return r.RetrieveWithCredContext(nil) }

// RetrieveWithCredContext asks for credentials, with our own client.
func (r *role) RetrieveWithCredContext(c *credentials.CredContext) (credentials.Value, error) {
	if r.absent.Load() || os.Getenv("AWS_EC2_METADATA_DISABLED") == "true" && !inContainer() {
		return credentials.Value{}, errNoRole
	}
	v, err := r.IAM.RetrieveWithCredContext(c)
	if err != nil {
		r.absent.Store(true)
	}
	return v, err
}

// inContainer reports whether the environment says where a role's credentials are; else the machine
// is asked.
func inContainer() bool {
	for _, name := range []string{"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}
