//go:build unix

package acctest_test

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// hasEphemeral reports whether the engine has variables that it stores nowhere. Others are in the
// plan files of any engine.
func hasEphemeral(t *testing.T) bool {
	t.Helper()
	out, err := exec.Command(acctest.Engine(t), "version", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(v.Version, ".")
	minor, err := strconv.Atoi(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	return parts[0] > "1" || minor >= 11
}

// forms returns the ways in which a secret might be written: as it is, escaped, and in the base64
// of any text that has it in it.
func forms(secret string) []string {
	quoted, err := json.Marshal(secret)
	if err != nil {
		panic(err)
	}
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), string(quoted[1 : len(quoted)-1]), strings.Trim(strconv.Quote(secret), `"`), fmt.Sprintf("%x", secret)}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for before := range 3 {
			// The characters that depend on the neighbours are left out.
			text := enc.EncodeToString([]byte(strings.Repeat("x", before) + secret))
			text = text[(before*8+5)/6:]
			all = append(all, text[:len(text)-4])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestSecretsAreFoundInWhateverForm(t *testing.T) {
	t.Parallel()
	const secret = "s3cret/+=%&ä\"pass"
	for _, text := range []string{
		"x" + secret, url.QueryEscape("a" + secret), "https://u:" + url.PathEscape(secret) + "@h", fmt.Sprintf("%x", "u:"+secret), fmt.Sprintf("%q", secret),
		base64.StdEncoding.EncodeToString([]byte("u:" + secret)), base64.StdEncoding.EncodeToString([]byte("user:" + secret + "xyz")),
		base64.URLEncoding.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte("ab" + secret)),
	} {
		if !slices.ContainsFunc(forms(secret), func(form string) bool { return strings.Contains(text, form) }) {
			t.Errorf("not found in %s", text)
		}
	}
}

// The provider gets every kind of credentials at once, right and wrong. No secret may be in the
// output, in a log at level trace, in a plan or in a state.
func TestNoSecretIsPrintedLoggedOrStored(t *testing.T) {
	t.Parallel()
	const user = "jo"
	kinds := []string{"basic", "token", "bearer", "headers", "app", "netrc", "helper", "userinfo", "clientkey", "proxy"}
	secret := func(kind string) string { return "s3cret/" + kind + "+=%&pass" }
	wrong := func(kind string) string { return "wr0ng/" + kind + "+=%&pass" }
	secrets := []string{"proxy?pass/w0rd", "proxy?wr0ng/w0rd"}
	for _, kind := range kinds {
		secrets = append(secrets, secret(kind), wrong(kind))
	}

	var config strings.Builder
	right, bad := map[string]string{}, map[string]string{}
	kept := "\n  sensitive = true"
	if hasEphemeral(t) {
		kept += "\n  ephemeral = true"
	}
	variable := func(name, good, other string) {
		fmt.Fprintf(&config, "variable %q {\n  type = string%s\n}\n", name, kept)
		right[name], bad[name] = good, other
	}
	use := func(kind, u, more string) {
		fmt.Fprintf(&config, "provider \"nanogit\" {\n  alias = %q\n  url = %s\n%s\n}\nresource \"nanogit_file\" %[1]q {\n  provider = nanogit.%[1]s\n  path = \"f\"\n  content = %[1]q\n}\n", kind, u, more)
	}
	repos := map[string]*gittest.Repo{}
	serve := func(kind string, o gittest.Options) (*gittest.Server, string) {
		t.Helper()
		s := gittest.New(t, o)
		repos[kind] = s.NewRepo(t, "r.git", gittest.RepoOptions{})
		return s, strconv.Quote(repos[kind].URL())
	}
	password := func(kind string) gittest.Options {
		return gittest.Options{Username: user, Password: secret(kind)}
	}

	variable("basic", secret("basic"), wrong("basic"))
	_, u := serve("basic", password("basic"))
	use("basic", u, `  auth = { username = "jo", password = var.basic }`)
	for kind, auth := range map[string]string{"token": "token = var.token", "bearer": "bearer_token = var.bearer", "headers": `headers = { Authorization = "Bearer ${var.headers}" }`} {
		variable(kind, secret(kind), wrong(kind))
		_, u := serve(kind, gittest.Options{Token: secret(kind)})
		use(kind, u, "  auth = { "+auth+" }")
	}
	api := gittest.NewGitHubAPI(t, secret("app"))
	otherKey := privateKey(t)
	variable("app", api.KeyPEM, otherKey)
	_, u = serve("app", gittest.Options{Token: secret("app")})
	use("app", u, fmt.Sprintf("  auth = { github_app = { app_id = %s, installation_id = %s, private_key_pem = var.app, api_url = %q } }", gittest.AppID, gittest.InstallationID, api.URL))
	_, u = serve("netrc", password("netrc"))
	use("netrc", u, "")
	_, u = serve("helper", password("helper"))
	use("helper", strings.Replace(u, "127.0.0.1", "localhost", 1), "")
	variable("userinfo", secret("userinfo"), wrong("userinfo"))
	_, u = serve("userinfo", password("userinfo"))
	use("userinfo", strings.Replace(u, "://", "://jo:${urlencode(var.userinfo)}@", 1), "")
	tls, u := serve("clientkey", gittest.Options{TLS: true, ClientCert: true})
	cert, key := tls.ClientPEM()
	variable("clientkey", key, otherKey)
	use("clientkey", u, fmt.Sprintf("  tls = { ca_cert_pem = %q, client_cert_pem = %q, client_key_pem = var.clientkey }", tls.CAPEM(), cert))
	behind, _ := serve("proxy", gittest.Options{TLS: true, Username: user, Password: secret("proxy")})
	proxy := gittest.NewProxy(t, behind, user, "proxy?pass/w0rd")
	variable("proxy", secret("proxy"), wrong("proxy"))
	use("proxy", strconv.Quote("https://"+gittest.ProxyHost+"/r.git"), fmt.Sprintf("  auth = { username = \"jo\", password = var.proxy }\n  tls = { ca_cert_pem = %q }", behind.CAPEM()))
	for _, text := range []string{api.KeyPEM, otherKey, key} {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-") && len(line) > 20 {
				secrets = append(secrets, line)
			}
		}
	}

	// The environment, and the files that it names.
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return name
	}
	environment := func(name string, values map[string]string, secret func(string) string, proxy string) []string {
		helper := file(name+"-helper", fmt.Sprintf("#!/bin/sh\nps -o args= -p $PPID >>%s/arguments\ncat >/dev/null\n[ \"$1\" = get ] && echo username=jo && echo 'password=%s'\nexit 0\n", dir, secret("helper")), 0o700)
		env := []string{
			"HTTPS_PROXY=" + proxy, "GIT_CONFIG_NOSYSTEM=1", "GIT_TRACE=1", "GIT_TRACE_CURL=1",
			"NETRC=" + file(name+"-netrc", fmt.Sprintf("machine 127.0.0.1 login jo password \"%s\"\n", secret("netrc")), 0o600),
			"GIT_CONFIG_GLOBAL=" + file(name+"-config", "[credential]\n  helper = "+helper+"\n", 0o600),
		}
		for name, value := range values {
			env = append(env, "TF_VAR_"+name+"="+value)
		}
		return env
	}
	otlp := newCollector(t)
	w := acctest.NewWorkspace(t, append(environment("right", right, secret, proxy.URL(user, "proxy?pass/w0rd")), otlp.env)...)
	w.Trace()
	w.Config(t, config.String())
	w.Plan(t, "-out=plan")
	w.Apply(t, "plan")
	for kind, repo := range repos {
		if got := repo.Content(t, "main", "f"); got != kind {
			t.Errorf("%s: f holds %q", kind, got)
		}
	}
	noSecrets(t, w, secrets, hasEphemeral(t))

	failing := acctest.NewWorkspace(t, append(environment("wrong", bad, wrong, proxy.URL(user, "proxy?wr0ng/w0rd")), otlp.env)...)
	failing.Trace()
	failing.Config(t, config.String())
	out := failing.Refused(t)
	if n := strings.Count(out, "Error: "); n != len(kinds) {
		t.Errorf("%d errors, want %d:\n%s", n, len(kinds), out)
	}
	for _, want := range []string{"does not match public key", "compare app_id", "put them into HTTPS_PROXY", "git's credential helpers", "check user name and password"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	noSecrets(t, failing, secrets, true)
	for _, path := range []string{"/v1/traces", "/v1/metrics"} {
		if len(otlp.received()[path]) == 0 {
			t.Errorf("nothing was exported to %s", path)
		}
	}
	otlp.noSecrets(t, secrets)

	arguments, err := os.ReadFile(filepath.Join(dir, "arguments"))
	if err != nil || len(arguments) == 0 {
		t.Fatalf("the helper was not asked: %v", err)
	}
	for _, s := range secrets {
		if bytes.Contains(arguments, []byte(s)) {
			t.Errorf("a secret is in the arguments of a process: %s", arguments)
		}
	}
}

func privateKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// noSecrets looks for secrets in all that a workspace has printed, logged and written, the members
// of plan files among it if plans is set.
func noSecrets(t *testing.T, w *acctest.Workspace, secrets []string, plans bool) {
	t.Helper()
	places := map[string][]byte{"what was printed and logged": w.Log.Bytes()}
	err := filepath.WalkDir(w.Dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() == "main.tf" {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
		if err != nil { // no plan
			places[name] = text
			return nil //nolint:nilerr // see above
		}
		for _, member := range z.File {
			r, err := member.Open()
			if err != nil {
				return err
			}
			text, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			if plans {
				places[name+": "+member.Name] = text
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(places["what was printed and logged"]); n < 100_000 {
		t.Errorf("there is no trace to look for secrets in: %d bytes", n)
	}
	for place, text := range places {
		noSecretIn(t, place, text, secrets)
		if i := bytes.Index(text, []byte(base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256`))[:16])); i >= 0 {
			t.Errorf("%s: a JWT is there: …%s…", place, text[max(0, i-300):min(len(text), i+100)])
		}
	}
}

// noSecrets looks for secrets in the exported telemetry: spans, metrics and their attributes.
func (c *collector) noSecrets(t *testing.T, secrets []string) {
	t.Helper()
	for path, text := range c.received() {
		noSecretIn(t, path, text, secrets)
	}
}

// noSecretIn looks for secrets in a text, in each of their forms.
func noSecretIn(t *testing.T, place string, text []byte, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		for _, form := range forms(secret) {
			if i := bytes.Index(text, []byte(form)); i >= 0 {
				t.Errorf("%s: %q is there as %q: …%s…", place, secret, form, text[max(0, i-300):min(len(text), i+100)])
			}
		}
	}
}
