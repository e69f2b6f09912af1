package provider

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/miniengine"
)

// apply creates a file, as an engine does, with a provider that has this environment and no other.
// It returns the errors as a single text.
func apply(t *testing.T, block map[string]any, env ...string) string {
	t.Helper()
	return applyTo(t, map[string]any{"path": "f", "content": "x"}, block, env...)
}

// applyTo is apply with another file.
func applyTo(t *testing.T, file, block map[string]any, env ...string) string {
	t.Helper()
	vars := map[string]string{}
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		vars[name] = value
	}
	engine := &miniengine.Engine{State: miniengine.State{}, Parallelism: 1, Start: func(any) *miniengine.Process {
		p := New("test")
		p.getenv = func(name string) string { return vars[name] }
		p.environ = func() []string { return append([]string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1"}, env...) }
		return &miniengine.Process{Server: NewServer(p)(), Exit: p.Close, Abandon: func() { p.Abandon() }, Kill: func() {}}
	}}
	block = maps.Clone(block)
	block["limits"] = map[string]any{"batch_window": "1ms"}
	config := miniengine.Config{Provider: block, Resources: map[string]miniengine.Resource{
		"nanogit_file.f": {Type: "nanogit_file", Attributes: file},
	}}
	plan, err := engine.Plan(t.Context(), config)
	if err != nil {
		return err.Error()
	}
	if len(plan.Errors) > 0 {
		return fmt.Sprint(plan.Errors)
	}
	report, err := engine.Apply(t.Context(), plan, nil)
	if err != nil {
		return err.Error()
	}
	if len(report.Errors) > 0 {
		return fmt.Sprint(report.Errors)
	}
	return ""
}

const goodPassword, badPassword = "c0rrect-h0rse-battery", "wr0ng-h0rse-battery"

// Each kind of refusal has a message with its cause and with advice, and no secret in it.
func TestEachRefusalSaysWhatToDo(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	serve := func(t *testing.T, o gittest.Options) (*gittest.Server, *gittest.Repo) {
		t.Helper()
		s := gittest.New(t, o)
		return s, s.NewRepo(t, "r.git", gittest.RepoOptions{})
	}
	locked := gittest.Options{Username: "jo", Password: goodPassword}
	answer := func(code int, body string, header map[string][]string) func(t *testing.T) object {
		return func(t *testing.T) object {
			s, r := serve(t, gittest.Options{})
			s.Inject(gittest.Fault{Times: -1, Kind: gittest.Status(code), Body: []byte(body), Header: header})
			return object{"url": r.URL(), "auth": object{"token": badPassword}}
		}
	}
	app := func(change func(*gittest.GitHubAPI, object)) func(t *testing.T) object {
		return func(t *testing.T) object {
			_, r := serve(t, gittest.Options{Token: goodPassword})
			api := gittest.NewGitHubAPI(t, goodPassword)
			block := object{"app_id": gittest.AppID, "installation_id": gittest.InstallationID, "private_key_pem": api.KeyPEM, "api_url": api.URL}
			change(api, block)
			return object{"url": r.URL(), "auth": object{"github_app": block}}
		}
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keyPEM := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	tls := func(change func(s *gittest.Server, block object)) func(t *testing.T) object {
		return func(t *testing.T) object {
			s, r := serve(t, gittest.Options{TLS: true, ClientCert: true})
			cert, key := s.ClientPEM()
			block := object{"ca_cert_pem": s.CAPEM(), "client_cert_pem": cert, "client_key_pem": key}
			change(s, block)
			return object{"url": r.URL(), "tls": block}
		}
	}
	elsewhere := gittest.New(t, gittest.Options{TLS: true, ClientCert: true})
	otherCert, otherKey := elsewhere.ClientPEM()
	for name, tc := range map[string]struct {
		block func(t *testing.T) object
		want  []string
	}{
		"a wrong password": {func(t *testing.T) object {
			_, r := serve(t, locked)
			return object{"url": r.URL(), "auth": object{"username": "jo", "password": badPassword}}
		}, []string{"HTTP 401", "credentials wanted", "check user name and password or token", "it asks for Basic", "the credentials are from the provider's auth"}},
		"no password": {func(t *testing.T) object {
			_, r := serve(t, locked)
			return object{"url": r.URL()}
		}, []string{"HTTP 401", "there are none: set auth", "none are configured, and git has none for it; NANOGIT_TOKEN is not set in the environment"}},
		"a wrong password, 403": {func(t *testing.T) object {
			o := locked
			o.Forbid = true
			_, r := serve(t, o)
			return object{"url": r.URL(), "auth": object{"username": "jo", "password": badPassword}}
		}, []string{"HTTP 403", "these credentials may not do that", "wrong or expired"}},
		"a wrong password, in a page": {func(t *testing.T) object {
			o := locked
			o.HTMLErrors = true
			_, r := serve(t, o)
			return object{"url": r.URL(), "auth": object{"username": "jo", "password": badPassword}}
		}, []string{"the server says: 401 Unauthorized;", "check user name and password"}},
		"an expired token": {
			answer(401, "Invalid username or token. Password authentication is not supported for Git operations.", map[string][]string{"WWW-Authenticate": {`Basic realm="GitHub"`}}),
			[]string{"Invalid username or token", "personal access token"},
		},
		"an expired token, GitLab": {
			answer(401, "HTTP Basic: Access denied. If a token was provided, it was either incorrect, expired, or improperly scoped.", nil),
			[]string{"HTTP Basic: Access denied", "has expired", "write_repository"},
		},
		"an expired token, Azure DevOps": {
			answer(203, "<html><head><title>Azure DevOps Services | Sign In</title></head></html>", map[string][]string{"Content-Type": {"text/html; charset=utf-8"}}),
			[]string{"HTTP 203", "Azure DevOps Services | Sign In", "does not take the credentials", "expired"},
		},
		"an HTML error page": {
			answer(500, "<html><head><title>Whoops</title></head><body><h1>It broke</h1><script>x</script></body></html>", map[string][]string{"Content-Type": {"text/html"}}),
			[]string{"HTTP 500", "Whoops: It broke"},
		},
		"a page in place of a repository": {
			answer(200, "<!DOCTYPE html><title>octo/repo</title>", map[string][]string{"Content-Type": {"text/html"}}),
			[]string{`type "text/html"`, "octo/repo", "clone from"},
		},
		"a redirect to another host": {
			answer(301, "", map[string][]string{"Location": {"https://other.example/new/r.git/git-upload-pack"}}),
			[]string{"HTTP 301", "redirects to another place, https://other.example/new/r.git,", "set url (or repository)"},
		},
		"a redirect to where nothing is encrypted": {func(t *testing.T) object {
			s, r := serve(t, gittest.Options{TLS: true})
			s.Inject(gittest.Fault{Times: -1, Kind: gittest.Status(301), Header: map[string][]string{"Location": {strings.Replace(r.URL(), "https", "http", 1) + "/git-upload-pack"}}})
			return object{"url": r.URL(), "tls": object{"ca_cert_pem": s.CAPEM()}, "auth": object{"token": badPassword}}
		}, []string{"not encrypted and so not followed"}},
		"a redirect to a login page": {
			answer(302, "", map[string][]string{"Location": {"/users/sign_in"}}),
			[]string{"/users/sign_in, a page to sign in", "does not take the credentials"},
		},
		"a suspended App":              {app(func(a *gittest.GitHubAPI, _ object) { a.Suspend() }), []string{"GitHub App 4711, installation 42", "HTTP 403", "has been suspended", "unsuspend"}},
		"a deleted App":                {app(func(a *gittest.GitHubAPI, _ object) { a.Delete() }), []string{"Integration not found", "no App of this app_id"}},
		"an App with another's key":    {app(func(_ *gittest.GitHubAPI, b object) { b["private_key_pem"] = keyPEM }), []string{"could not be decoded", "compare app_id and private_key_pem"}},
		"an App that is not installed": {app(func(_ *gittest.GitHubAPI, b object) { b["installation_id"] = "43" }), []string{"HTTP 404", "check installation_id"}},
		"an App with a broken key":     {app(func(_ *gittest.GitHubAPI, b object) { b["private_key_pem"] = keyPEM[:200] }), []string{"Invalid GitHub App", "private_key_pem"}},
		"an API that nobody encrypts":  {app(func(_ *gittest.GitHubAPI, b object) { b["api_url"] = "http://github.example/api/v3" }), []string{"Invalid API URL", "allow_insecure_http"}},
		"a wrong CA":                   {tls(func(_ *gittest.Server, b object) { b["ca_cert_pem"] = elsewhere.CAPEM() }), []string{"certificate", "unknown authority", "tls.ca_cert_pem"}},
		"no CA":                        {tls(func(_ *gittest.Server, b object) { delete(b, "ca_cert_pem") }), []string{"unknown authority", "tls.ca_cert_pem", "SSL_CERT_FILE"}},
		"a CA that is none":            {tls(func(_ *gittest.Server, b object) { b["ca_cert_pem"] = "nope" }), []string{"Unusable certificate", "BEGIN CERTIFICATE"}},
		"a CA that is a key":           {tls(func(_ *gittest.Server, b object) { b["ca_cert_pem"] = keyPEM }), []string{"is a private key"}},
		"no client certificate":        {tls(func(_ *gittest.Server, b object) { delete(b, "client_cert_pem"); delete(b, "client_key_pem") }), []string{"the server wants a client certificate: set tls.client_cert_pem"}},
		"another's client certificate": {tls(func(_ *gittest.Server, b object) { b["client_cert_pem"], b["client_key_pem"] = otherCert, otherKey }), []string{"client_cert_pem"}},
		"a key of another certificate": {tls(func(_ *gittest.Server, b object) { b["client_key_pem"] = otherKey }), []string{"Unusable certificate", "private key does not match"}},
		"a client key that is encrypted": {tls(func(_ *gittest.Server, b object) {
			b["client_key_pem"] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
		}), []string{"is encrypted: decrypt it first"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			block := tc.block(t)
			out := apply(t, block, "HOME="+t.TempDir())
			for _, want := range tc.want {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in: %s", want, out)
				}
			}
			lines := strings.Split(keyPEM, "\n")
			for _, secret := range []string{goodPassword, badPassword, lines[2], "<html", "<title"} {
				if strings.Contains(out, secret) {
					t.Errorf("%q is in: %s", secret, out)
				}
			}
		})
	}
}

// Credentials in the environment are for the hosts of NANOGIT_HOST, or for the host of the
// provider's url. Where they are not used, the message says so, and they are sent nowhere.
func TestCredentialsInTheEnvironmentThatAreNotForTheHost(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	const token, user, password = "NANOGIT_TOKEN=" + goodPassword, "NANOGIT_USERNAME=jo", "NANOGIT_PASSWORD=" + goodPassword
	for name, tc := range map[string]struct {
		url  string   // "env": in the environment
		env  []string // {host}: the host and port of the repository
		want string   // "": it works; {host} as above
	}{
		"no url": {
			"",
			[]string{token},
			"NANOGIT_TOKEN is set in the environment, but not used here, for it is meant for the host of the provider's url alone, which names none: set url (or NANOGIT_URL) if all files are there, or set NANOGIT_HOST to {host}, or put the credentials into hosts[\"{host}\"].auth",
		},
		"no url, a password": {"", []string{user, password}, "NANOGIT_PASSWORD is set in the environment, but not used"},
		"another url": {
			"https://git.example.com/r.git",
			[]string{token},
			"meant for https://git.example.com:443 alone, as the provider's url says: put the credentials into hosts[\"{host}\"].auth, or name all hosts that it is meant for in NANOGIT_HOST",
		},
		"the url in the environment":           {"env", []string{token}, ""},
		"none":                                 {"", nil, "none are configured, and git has none for it; NANOGIT_TOKEN and NANOGIT_HOST are not set in the environment"},
		"none, another url":                    {"https://git.example.com/r.git", nil, "; NANOGIT_TOKEN and NANOGIT_HOST are not set in the environment"},
		"none, the url":                        {"env", nil, "; NANOGIT_TOKEN is not set in the environment"},
		"NANOGIT_HOST":                         {"", []string{token, "NANOGIT_HOST={host}"}, ""},
		"NANOGIT_HOST, a password":             {"", []string{user, password, "NANOGIT_HOST=git.example.com, {host}"}, ""},
		"NANOGIT_HOST without a port":          {"", []string{token, "NANOGIT_HOST=127.0.0.1"}, ""},
		"NANOGIT_HOST, and another url":        {"https://git.example.com/r.git", []string{token, "NANOGIT_HOST={host}"}, ""},
		"NANOGIT_HOST names another":           {"", []string{token, "NANOGIT_HOST=git.example.com,127.0.0.1:1"}, "NANOGIT_TOKEN is set in the environment, but not used here, for it is meant for git.example.com, 127.0.0.1:1 alone, as NANOGIT_HOST says: add {host} to it, or put the credentials into hosts[\"{host}\"].auth"},
		"NANOGIT_HOST names another, the url":  {"env", []string{token, "NANOGIT_HOST=git.example.com"}, "as NANOGIT_HOST says: add {host} to it"},
		"NANOGIT_HOST without a token":         {"", []string{"NANOGIT_HOST={host}"}, "; NANOGIT_HOST names this host, but NANOGIT_TOKEN is not set"},
		"NANOGIT_HOST without a user name":     {"", []string{password, "NANOGIT_HOST={host}"}, "; NANOGIT_PASSWORD is set in the environment, but NANOGIT_USERNAME is not"},
		"NANOGIT_HOST without a password":      {"", []string{user, "NANOGIT_HOST={host}"}, "; NANOGIT_USERNAME is set in the environment, but neither NANOGIT_TOKEN nor NANOGIT_PASSWORD is"},
		"NANOGIT_HOST of others, and no token": {"", []string{"NANOGIT_HOST=git.example.com"}, "; NANOGIT_HOST does not name this host, and NANOGIT_TOKEN is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := gittest.Options{Token: goodPassword}
			if slices.Contains(tc.env, user) {
				options = gittest.Options{Username: "jo", Password: goodPassword}
			}
			server := gittest.New(t, options)
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
			named := strings.NewReplacer("{host}", hostOf(t, repo.URL()))
			env := []string{"HOME=" + t.TempDir()}
			for _, e := range tc.env {
				env = append(env, named.Replace(e))
			}
			block := object{}
			switch tc.url {
			case "env":
				env = append(env, "NANOGIT_URL="+repo.URL())
			case "":
			default:
				block["url"] = tc.url
			}
			out := applyTo(t, object{"path": "f", "content": "x", "repository": repo.URL()}, block, env...)
			want := named.Replace(tc.want)
			if want == "" && out != "" || !strings.Contains(out, want) || strings.Contains(out, goodPassword) {
				t.Errorf("got %s\nwant %s", out, want)
			}
			for _, r := range server.Stats().Log {
				if want != "" && r.Status != 401 {
					t.Errorf("%s was answered with %d: credentials were sent", r.Path, r.Status)
				}
			}
		})
	}
}

func hostOf(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// A refusal says where the credentials are from.
func TestARefusalNamesTheSourceOfTheCredentials(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	for name, tc := range map[string]struct {
		block func(u string) object
		env   []string
		want  string
	}{
		"a token":                   {func(u string) object { return object{"url": u, "auth": object{"token": badPassword}} }, nil, "the credentials are from the provider's auth"},
		"a password of a variable":  {func(u string) object { return object{"url": u, "auth": object{"username": "jo"}} }, []string{"NANOGIT_PASSWORD=" + badPassword}, "the credentials are from the provider's auth and NANOGIT_PASSWORD"},
		"a user name of a variable": {func(u string) object { return object{"url": u, "auth": object{"token": badPassword}} }, []string{"NANOGIT_USERNAME=jo"}, "the credentials are from the provider's auth and NANOGIT_USERNAME"},
		"an entry of hosts": {func(string) object {
			return object{"hosts": object{"127.0.0.1": object{"auth": object{"bearer_token": badPassword}}}}
		}, nil, `the credentials are from the provider's hosts["127.0.0.1"].auth`},
		"the URL":                  {func(u string) object { return object{"url": strings.Replace(u, "://", "://jo:"+badPassword+"@", 1)} }, nil, "the credentials are from the provider's url"},
		"a variable":               {func(u string) object { return object{"url": u} }, []string{"NANOGIT_TOKEN=" + badPassword}, "the credentials are from NANOGIT_TOKEN"},
		"two variables":            {func(u string) object { return object{"url": u} }, []string{"NANOGIT_USERNAME=jo", "NANOGIT_PASSWORD=" + badPassword}, "the credentials are from NANOGIT_USERNAME and NANOGIT_PASSWORD"},
		"a variable, NANOGIT_HOST": {func(string) object { return object{} }, []string{"NANOGIT_HOST=127.0.0.1", "NANOGIT_TOKEN=" + badPassword}, "the credentials are from NANOGIT_TOKEN"},
		"a deploy token":           {func(string) object { return object{} }, []string{"NANOGIT_HOST=127.0.0.1", "NANOGIT_TOKEN=gldt-" + badPassword}, "deploy token of GitLab is valid with its own user name only, which GitLab shows with the token (as in gitlab+deploy-token-1); the credentials are from NANOGIT_TOKEN, and NANOGIT_USERNAME is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, gittest.Options{Username: "jo", Password: goodPassword}).NewRepo(t, "r.git", gittest.RepoOptions{})
			out := applyTo(t, object{"path": "f", "content": "x", "repository": repo.URL()}, tc.block(repo.URL()), append([]string{"HOME=" + t.TempDir()}, tc.env...)...)
			if !strings.Contains(out, tc.want) || strings.Contains(out, badPassword) {
				t.Errorf("got %s\nwant %s", out, tc.want)
			}
		})
	}
}

// The credentials for the hosts of NANOGIT_HOST follow no redirect to another host or port, whether
// NANOGIT_HOST names that or not.
func TestNoRedirectTakesTheCredentialsInTheEnvironmentAway(t *testing.T) {
	t.Parallel()
	for _, hosts := range []string{"{host}", "127.0.0.1"} {
		other := gittest.New(t, gittest.Options{})
		theirs := other.NewRepo(t, "r.git", gittest.RepoOptions{})
		server := gittest.New(t, gittest.Options{Token: goodPassword})
		repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
		server.Inject(gittest.Fault{Times: -1, Kind: gittest.Status(302), Header: map[string][]string{"Location": {theirs.URL() + "/git-upload-pack"}}})
		out := applyTo(t, map[string]any{"path": "f", "content": "x", "repository": repo.URL()}, map[string]any{},
			"HOME="+t.TempDir(), "NANOGIT_TOKEN="+goodPassword, "NANOGIT_HOST="+strings.Replace(hosts, "{host}", hostOf(t, repo.URL()), 1))
		if !strings.Contains(out, "redirects to another place, "+theirs.URL()) || strings.Contains(out, goodPassword) {
			t.Errorf("NANOGIT_HOST=%s: got %s", hosts, out)
		}
		if n := len(other.Stats().Log); n != 0 {
			t.Errorf("NANOGIT_HOST=%s: %d requests went to where the redirect leads", hosts, n)
		}
	}
}

// Each way to get access, also with credentials that no configuration has.
func TestEachWayToBeLetIn(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	basic := gittest.New(t, gittest.Options{Username: "jo", Password: goodPassword})
	write := func(name, text string, mode os.FileMode) string {
		t.Helper()
		name = filepath.Join(home, name)
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return name
	}
	token := gittest.New(t, gittest.Options{Token: goodPassword})
	api := gittest.NewGitHubAPI(t, goodPassword)
	netrc := write("netrc", "machine 127.0.0.1 login jo password "+goodPassword, 0o666)
	stale := write("stale", "machine 127.0.0.1 login jo password "+badPassword, 0o600)
	helper := write("helper", "#!/bin/sh\ncat >>"+home+"/told\necho \"== $*\" >>"+home+"/told\n[ \"$1\" = get ] && echo username=jo && echo password="+goodPassword+"\nexit 0\n", 0o700)
	config := "GIT_CONFIG_GLOBAL=" + write("gitconfig", "[credential]\n helper = "+helper+"\n", 0o600)
	type object = map[string]any
	for name, tc := range map[string]struct {
		server *gittest.Server
		auth   object
		env    []string
		url    func(string) string
		most   int // requests that may be refused
	}{
		"a password":                    {basic, object{"username": "jo", "password": goodPassword}, nil, nil, 0},
		"a token":                       {token, object{"token": goodPassword}, nil, nil, 0},
		"a bearer token":                {token, object{"bearer_token": goodPassword}, nil, nil, 0},
		"headers":                       {token, object{"headers": object{"Authorization": "Bearer " + goodPassword}}, nil, nil, 0},
		"an App":                        {token, object{"github_app": object{"app_id": gittest.AppID, "installation_id": gittest.InstallationID, "private_key_pem": api.KeyPEM, "api_url": api.URL}}, nil, nil, 0},
		"the URL":                       {basic, nil, nil, func(u string) string { return strings.Replace(u, "://", "://jo:"+goodPassword+"@", 1) }, 0},
		"the environment":               {basic, nil, []string{"NANOGIT_USERNAME=jo", "NANOGIT_PASSWORD=" + goodPassword, "NETRC=" + stale}, nil, 0},
		"netrc":                         {basic, nil, []string{"NETRC=" + netrc}, nil, 0},
		"netrc, by the user in the URL": {basic, nil, []string{"NETRC=" + netrc}, func(u string) string { return strings.Replace(u, "://", "://jo@", 1) }, 0},
		"a helper":                      {basic, nil, []string{config}, nil, 2},
		"a helper, after a stale netrc": {basic, nil, []string{"NETRC=" + stale, config}, nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := tc.server.NewRepo(t, strings.NewReplacer(" ", "-", ",", "").Replace(name)+".git", gittest.RepoOptions{})
			u := repo.URL()
			if tc.url != nil {
				u = tc.url(u)
			}
			block := object{"url": u}
			if tc.auth != nil {
				block["auth"] = tc.auth
			}
			if out := apply(t, block, append([]string{"HOME=" + home}, tc.env...)...); out != "" {
				t.Fatal(out)
			}
			if got := repo.Content(t, "main", "f"); got != "x" {
				t.Errorf("f holds %q", got)
			}
			refused := 0
			for _, r := range tc.server.Stats().Log {
				if r.Status == 401 && strings.HasPrefix(r.Path, "/"+filepath.Base(repo.Dir)) {
					refused++
				}
			}
			if refused > tc.most {
				t.Errorf("%d requests were refused, want at most %d, one a process", refused, tc.most)
			}
		})
	}
}

// A token that is revoked while it is in use is replaced, once.
func TestARevokedTokenOfAnAppIsReplaced(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{Token: goodPassword})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	api := gittest.NewGitHubAPI(t, goodPassword)
	server.Inject(gittest.Fault{Service: gittest.ReceivePack, Times: 1, Kind: gittest.Status(401)})
	block := map[string]any{"url": repo.URL(), "auth": map[string]any{"github_app": map[string]any{
		"app_id": gittest.AppID, "installation_id": gittest.InstallationID, "private_key_pem": api.KeyPEM, "api_url": api.URL,
	}}}
	if out := apply(t, block, "HOME="+t.TempDir()); out != "" || repo.Content(t, "main", "f") != "x" || api.Minted() != 3 {
		t.Errorf("got %q, %d tokens; want one a process and one more", out, api.Minted())
	}
	server.Inject(gittest.Fault{Times: -1, Kind: gittest.Status(401), Body: []byte("Bad credentials")})
	if out := apply(t, block, "HOME="+t.TempDir()); !strings.Contains(out, "Bad credentials") || !strings.Contains(out, "GitHub App 4711, installation 42") || api.Minted() != 5 {
		t.Errorf("for ever: got %q, %d tokens", out, api.Minted())
	}
}

// Without a number the App's installation is that of the repository.
func TestTheInstallationOfAnAppIsLookedUp(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{Token: goodPassword})
	api := gittest.NewGitHubAPI(t, goodPassword)
	block := func(repo *gittest.Repo) map[string]any {
		return map[string]any{"url": repo.URL(), "auth": map[string]any{"github_app": map[string]any{
			"app_id": gittest.AppID, "private_key_pem": api.KeyPEM, "api_url": api.URL,
		}}}
	}
	repo := server.NewRepo(t, gittest.InstalledFor+".git", gittest.RepoOptions{})
	if out := apply(t, block(repo), "HOME="+t.TempDir()); out != "" || repo.Content(t, "main", "f") != "x" {
		t.Errorf("got %q", out)
	}
	repo = server.NewRepo(t, "acme/other.git", gittest.RepoOptions{})
	if out := apply(t, block(repo), "HOME="+t.TempDir()); !strings.Contains(out, "the App is not installed for acme/other") || api.Minted() != 2 {
		t.Errorf("got %q, %d tokens", out, api.Minted())
	}
}

// A renamed repository answers with a redirect on the same host; reads and pushes follow it, with
// credentials.
func TestARenamedRepositoryIsFollowed(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 307, 308} {
		server := gittest.New(t, gittest.Options{Token: goodPassword})
		repo := server.NewRepo(t, "new.git", gittest.RepoOptions{})
		for _, service := range []string{gittest.UploadPack, gittest.ReceivePack} {
			server.Inject(gittest.Fault{Service: service, Times: -1, Path: "/old.git/", Kind: gittest.Status(code), Header: map[string][]string{"Location": {"/new.git/" + service}}})
		}
		block := map[string]any{"url": strings.Replace(repo.URL(), "new.git", "old.git", 1), "auth": map[string]any{"token": goodPassword}}
		if out := apply(t, block, "HOME="+t.TempDir()); out != "" || repo.Content(t, "main", "f") != "x" {
			t.Errorf("%d: got %q", code, out)
		}
	}
}
