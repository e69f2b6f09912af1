package provider

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitcred"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
)

// access holds the settings for requests to a host. Without auth, gitcred looks for credentials;
// for the credentials of user, if that is not "".
type access struct {
	auth gitremote.Auth
	user string
	tls  gitremote.TLSOptions
	ssh  *sshclient.Options // nil: as OpenSSH does
	// source says where auth is from, for an error: "hosts[...].auth"; "" without auth.
	source string
	// unused says why the credentials in the environment are not among these; "" if there are none.
	unused string
	// missing names the variables without which the environment has no credentials for the host; ""
	// if it has some.
	missing string
}

// accessTable finds the settings for a repository. Credentials are used only for the host that they
// were configured for.
type accessTable struct {
	// own is for origin, the scheme, host and port of the provider's url; origin is "" without a
	// url.
	origin string
	own    access
	// ownTLS: the provider has a tls block, which wins over the tls of hosts.
	ownTLS bool
	hosts  map[string]access // by host or host:port
	// environment are the credentials of last resort.
	environment environment
	// openSSH has the settings of SSH without an ssh block.
	openSSH *sshclient.Options
}

// find returns the settings for a repository, in the order that the documentation gives: the
// provider's own, the entry of hosts, the environment.
func (t *accessTable) find(u *url.URL) access {
	found, ok := t.hosts[strings.ToLower(hostPort(u))]
	if !ok {
		found = t.hosts[strings.ToLower(u.Hostname())]
	}
	if t.origin != "" && origin(u) == t.origin {
		if t.own.auth != nil || t.own.user != "" {
			found.auth, found.user, found.source = t.own.auth, t.own.user, t.own.source
		}
		if t.own.ssh != nil {
			found.ssh = t.own.ssh
		}
		if t.ownTLS {
			found.tls = t.own.tls
		}
	}
	if found.auth != nil || found.user != "" {
		return found
	}
	if t.environment.isFor(u, t.origin) {
		found.auth, found.source = t.environment.auth, t.environment.source
		found.missing = t.environment.missing
	} else {
		found.unused, found.missing = t.environment.unused(u, t.origin)
	}
	return found
}

// origin is the scheme, host and port of a URL.
func origin(u *url.URL) string { return strings.ToLower(u.Scheme + "://" + hostPort(u)) }

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "ssh": "22"}[strings.ToLower(u.Scheme)]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// accessTable reads auth, tls, hosts, the user information of url, and the environment.
func (r *reader) accessTable() *accessTable {
	t := &accessTable{hosts: map[string]access{}, environment: r.environment()}
	t.openSSH = r.openSSH(t)
	if a, err := giturl.Read(r.model.URL.ValueString()); known(r.model.URL) && err == nil && a.Directory == "" {
		t.origin = origin(a.Origin())
		if password, ok := a.User.Password(); ok {
			t.own.auth = gitremote.Basic{Username: a.User.Username(), Password: password}
			t.own.source = "the provider's url"
		} else {
			t.own.user = a.User.Username()
		}
	}
	at := path.Root("auth")
	if m, ok := decode[authModel](r.ctx, r.model.Auth, r.diags); ok {
		env := r.env
		if !t.environment.isForOrigin(t.origin) {
			env = func(string) string { return "" }
		}
		if auth, source := r.auth(at, m, r.model.URL.ValueString(), env); auth != nil {
			t.own.auth, t.own.source = auth, source
		}
		t.own.ssh = r.ssh(at.AtName("ssh"), m.SSH, t)
		r.needsURL(at)
	}
	at = path.Root("tls")
	if m, ok := decode[tlsModel](r.ctx, r.model.TLS, r.diags); ok {
		t.own.tls, t.ownTLS = r.tls(at, m), true
		r.needsURL(at)
	}
	if r.model.Hosts.IsNull() || r.model.Hosts.IsUnknown() {
		return t
	}
	var hosts map[string]hostModel
	r.diags.Append(r.model.Hosts.ElementsAs(r.ctx, &hosts, false)...)
	for name, host := range hosts {
		t.hosts[r.hostKey(name)] = r.host(path.Root("hosts").AtMapKey(name), name, host, t)
	}
	return t
}

func (r *reader) needsURL(at path.Path) {
	if r.model.URL.IsNull() {
		r.diags.AddAttributeError(at, "Credentials without a repository", fmt.Sprintf(
			"The provider's %s is meant for the host of its url, and there is none. Set url (or NANOGIT_URL), or move it to an entry of hosts.", at))
	}
}

// hostKey normalises a key of hosts: "Example.com", "example.com:8443".
func (r *reader) hostKey(name string) string {
	if strings.ContainsAny(name, "/@") || strings.TrimSpace(name) != name || name == "" {
		r.diags.AddAttributeError(path.Root("hosts").AtMapKey(name), "Invalid host", "A key of hosts is a host name or host:port, without scheme, user or path, such as \"git.example.com\".")
	}
	return strings.ToLower(name)
}

func (r *reader) host(at path.Path, name string, m hostModel, t *accessTable) access {
	var a access
	if auth, ok := decode[authModel](r.ctx, m.Auth, r.diags); ok {
		a.auth, a.source = r.auth(at.AtName("auth"), auth, "https://"+name, nil)
		a.ssh = r.ssh(at.AtName("auth").AtName("ssh"), auth.SSH, t)
	}
	if tls, ok := decode[tlsModel](r.ctx, m.TLS, r.diags); ok {
		a.tls = r.tls(at.AtName("tls"), tls)
	}
	return a
}

// auth reads an auth block for the host of a URL, and says where the credentials are from. In the
// provider's own block, missing values come from env; it is nil for another block.
func (r *reader) auth(at path.Path, m authModel, host string, env func(string) string) (auth gitremote.Auth, source string) {
	if m.Username.IsUnknown() || m.Password.IsUnknown() || m.Token.IsUnknown() || m.BearerToken.IsUnknown() || m.Headers.IsUnknown() || m.GitHubApp.IsUnknown() || m.AWS.IsUnknown() {
		return nil, "" // the session is partial and asks no remote
	}
	var methods []string
	for name, given := range map[string]bool{
		"password": !m.Password.IsNull(), "token": !m.Token.IsNull(), "bearer_token": !m.BearerToken.IsNull(), "headers": !m.Headers.IsNull(), "github_app": !m.GitHubApp.IsNull(),
		"aws": !m.AWS.IsNull(),
	} {
		if given {
			methods = append(methods, name)
		}
	}
	source = "the provider's " + at.String()
	user, password, token := m.Username.ValueString(), m.Password.ValueString(), m.Token.ValueString()
	fromEnv := func(value *string, name string) {
		if *value = env(name); *value != "" {
			source += " and " + name
		}
	}
	if env != nil && len(methods) == 0 {
		if fromEnv(&token, "NANOGIT_TOKEN"); token == "" {
			fromEnv(&password, "NANOGIT_PASSWORD")
		}
	}
	if env != nil && m.Username.IsNull() && (token != "" || password != "") {
		fromEnv(&user, "NANOGIT_USERNAME")
	}
	switch {
	case len(methods) > 1:
		r.diags.AddAttributeError(at, "Several ways to authenticate", "At most one of password, token, bearer_token, headers, github_app and aws may be set.")
	case !m.GitHubApp.IsNull():
		app, _ := decode[appModel](r.ctx, m.GitHubApp, r.diags)
		return r.app(at.AtName("github_app"), app, host), source
	case !m.AWS.IsNull():
		return gitcred.NewCodeCommit(), source
	case !m.BearerToken.IsNull():
		return gitremote.Bearer{Token: m.BearerToken.ValueString()}, source
	case !m.Headers.IsNull():
		return gitremote.Headers(decodeMap(r.ctx, m.Headers, r.diags)), source
	case token != "":
		auth := r.token(user, token)
		if err := auth.Check(); err != nil {
			text := err.Error() + ": set username"
			if env != nil {
				text += " (or NANOGIT_USERNAME)"
			}
			// Not at the attribute, the line of which Terraform prints: it may hold the token.
			r.diags.AddError("No user name", fmt.Sprintf("%s: %s.", at, text))
			return nil, ""
		}
		return auth, source
	case password != "" && user == "":
		r.diags.AddAttributeError(at.AtName("username"), "No user name", "A password needs a user name. Set username (or NANOGIT_USERNAME); if it is an access token, set token instead.")
	case password != "":
		return gitremote.Basic{Username: user, Password: password}, source
	case m.SSH.IsNull():
		r.diags.AddAttributeError(at, "No credentials", "The auth block gives no password, token, bearer_token, headers, github_app, aws or ssh. Set one, or leave the block out. "+
			"If it gives one, check the spelling: Terraform drops names that it does not know without a word.")
	}
	return nil, ""
}

// token returns the credentials of a token. The token of a GitLab job is known by its variable too:
// GitLab may be set to give tokens other prefixes.
func (r *reader) token(user, token string) gitremote.Token {
	if user == "" && token == r.env("CI_JOB_TOKEN") {
		user = "gitlab-ci-token"
	}
	return gitremote.Token{Username: user, Token: token}
}

func (r *reader) tls(at path.Path, m tlsModel) gitremote.TLSOptions {
	o := gitremote.TLSOptions{
		CACertPEM: m.CACertPEM.ValueString(), ClientCertPEM: m.ClientCertPEM.ValueString(),
		ClientKeyPEM: m.ClientKeyPEM.ValueString(), InsecureSkipVerify: m.InsecureSkipVerify.ValueBool(),
	}
	if known(m.CACertFile) {
		pem, err := os.ReadFile(m.CACertFile.ValueString())
		if err != nil {
			r.diags.AddAttributeError(at.AtName("ca_cert_file"), "Unreadable certificate", "The file with the CA certificate cannot be read: "+err.Error())
		}
		o.CACertPEM = string(pem)
	}
	for name, part := range map[string]gitremote.TLSOptions{
		"ca_cert_pem":    {CACertPEM: o.CACertPEM},
		"client_key_pem": {ClientCertPEM: o.ClientCertPEM, ClientKeyPEM: o.ClientKeyPEM},
	} {
		if m.CACertPEM.IsUnknown() || m.CACertFile.IsUnknown() || m.ClientCertPEM.IsUnknown() || m.ClientKeyPEM.IsUnknown() {
			break
		}
		if err := part.Check(); err != nil {
			if name == "ca_cert_pem" && known(m.CACertFile) {
				name = "ca_cert_file"
			}
			r.diags.AddAttributeError(at.AtName(name), "Unusable certificate", "TLS cannot be set up: "+err.Error()+".")
		}
	}
	return o
}
