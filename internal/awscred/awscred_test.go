package awscred

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

// TestRole has a container's service that hands out credentials, or has none.
func TestRole(t *testing.T) {
	for name, knows := range map[string]bool{"a role": true, "no role": false} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				if !knows {
					http.NotFound(w, nil)
					return
				}
				_, _ = fmt.Fprint(w, `{"AccessKeyId":"of-the-role","SecretAccessKey":"s","Token":"t","Expiration":"2100-01-01T00:00:00Z"}`)
			}))
			defer server.Close()
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.URL)
			t.Setenv("AWS_ACCESS_KEY_ID", "")
			c := Find()
			for range 3 {
				v, err := c.GetWithContext(&credentials.CredContext{Client: http.DefaultClient})
				if err != nil || (v.AccessKeyID == "of-the-role") != knows {
					t.Errorf("got key %q, error %v", v.AccessKeyID, err)
				}
			}
			if got := asked.Load(); got != 1 {
				t.Errorf("the service was asked %d times, want once", got)
			}
		})
	}
}

// TestMachineIsNotAskedWhenToldSo would wait for a service that is not there.
func TestMachineIsNotAskedWhenToldSo(t *testing.T) {
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	r := newRole()
	r.Endpoint = "http://127.0.0.1:1"
	if _, err := r.Retrieve(); err != errNoRole || r.absent.Load() {
		t.Errorf("got error %v, asked %v", err, r.absent.Load())
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "")
	if _, err := r.Retrieve(); err == nil || err == errNoRole || !r.absent.Load() {
		t.Errorf("the service that is not there: error %v", err)
	}
}
