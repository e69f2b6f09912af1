package acctest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
)

func TestAFullLifeOverTLSWithAPrivateAuthorityAndAClientCertificate(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{TLS: true, ClientCert: true})
	repo := server.NewRepo(t, "org/site.git", gittest.RepoOptions{})
	cert, key := server.ClientPEM()
	fullLife(t, repo, fmt.Sprintf(`
variable "key" {
  sensitive = true
}
provider "nanogit" {
  url = %q
  tls = { ca_cert_pem = %q, client_cert_pem = %q, client_key_pem = var.key }
}
`, repo.URL(), server.CAPEM(), cert), "TF_VAR_key="+key)
}

// The proxy alone knows where the server is, and the server's authority is one that the machine trusts.
func TestAFullLifeThroughAProxyThatWantsCredentials(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{TLS: true, Username: "jo", Password: password})
	repo := server.NewRepo(t, "org/site.git", gittest.RepoOptions{})
	proxy := gittest.NewProxy(t, server, "proxy", "p%/w@rd")
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte(server.CAPEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	fullLife(t, repo, fmt.Sprintf("provider \"nanogit\" {\n  url = \"https://%s/org/site.git\"\n}\n", gittest.ProxyHost),
		"HTTPS_PROXY="+proxy.URL("proxy", "p%/w@rd"), "SSL_CERT_FILE="+ca, "NANOGIT_USERNAME=jo", "NANOGIT_PASSWORD="+password)
	if st, all := proxy.Stats(), server.Stats(); st.Refused != 0 || st.Elsewhere != 0 || st.Tunnels != all.Connections || all.Requests == 0 {
		t.Errorf("the proxy counted %+v, the server %d connections and %d requests", st, all.Connections, all.Requests)
	}
}
