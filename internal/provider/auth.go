package provider

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

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
	// unused says why the credentials in the environment are not among these; "" if there are none.
	unused string
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
	// environment are the credentials of last resort for origin; nil for none.
	environment gitremote.Auth
	// variables names the environment variables that hold credentials; "" for none.
	variables string
	// openSSH has the settings of SSH without an ssh block.
	openSSH *sshclient.Options
}

// find returns the settings for a repository, in the order that the documentation gives: the
// provider's own, the entry of hosts, the environment.
func (t *accessTable) find(u *url.URL) access {
	entry, ok := t.hosts[strings.ToLower(hostPort(u))]
	if !ok {
		entry = t.hosts[strings.ToLower(u.Hostname())]
	}
	if t.origin == "" || origin(u) != t.origin {
		entry.unused = t.unused(u)
		return entry
	}
	found := entry
	if t.own.auth != nil || t.own.user != "" {
		found.auth, found.user = t.own.auth, t.own.user
	}
	if found.auth == nil && found.user == "" {
		found.auth = t.environment
	}
	if t.own.ssh != nil {
		found.ssh = t.own.ssh
	}
	if t.ownTLS {
		found.tls = t.own.tls
	}
	return found
}

// unused says why the environment's credentials do not go to a host. They are meant for the host of
// url alone: the person who set them knew a single host, and a module may name any.
func (t *accessTable) unused(u *url.URL) string {
	if t.variables == "" {
		return ""
	}
	where, first := "for "+t.origin+" alone, as the provider's url says", ""
	if t.origin == "" {
		where, first = "for the host of the provider's url alone, which names none", "set url (or NANOGIT_URL) if all files are there, or "
	}
	return fmt.Sprintf("%s set in the environment, but not used here, for it is meant %s: %sput the credentials into hosts[%q].auth", t.variables, where, first, u.Host)
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
	t := &accessTable{hosts: map[string]access{}, variables: r.variables()}
	t.openSSH = r.openSSH(t)
	if a, err := giturl.Read(r.model.URL.ValueString()); known(r.model.URL) && err == nil && a.Directory == "" {
		t.origin = origin(a.Origin())
		if password, ok := a.User.Password(); ok {
			t.own.auth = gitremote.Basic{Username: a.User.Username(), Password: password}
		} else {
			t.own.user = a.User.Username()
		}
		t.environment = r.environmentAuth()
	}
	at := path.Root("auth")
	if m, ok := decode[authModel](r.ctx, r.model.Auth, r.diags); ok {
		if auth := r.auth(at, m, r.model.URL.ValueString(), true); auth != nil {
			t.own.auth = auth
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
		a.auth = r.auth(at.AtName("auth"), auth, "https://"+name, false)
		a.ssh = r.ssh(at.AtName("auth").AtName("ssh"), auth.SSH, t)
	}
	if tls, ok := decode[tlsModel](r.ctx, m.TLS, r.diags); ok {
		a.tls = r.tls(at.AtName("tls"), tls)
	}
	return a
}

// auth reads an auth block for the host of a URL. In the provider's own block, missing values come
// from the environment.
func (r *reader) auth(at path.Path, m authModel, host string, own bool) gitremote.Auth {
	if m.Username.IsUnknown() || m.Password.IsUnknown() || m.Token.IsUnknown() || m.BearerToken.IsUnknown() || m.Headers.IsUnknown() || m.GitHubApp.IsUnknown() {
		return nil // the session is partial and asks no remote
	}
	var methods []string
	for name, given := range map[string]bool{
		"password": !m.Password.IsNull(), "token": !m.Token.IsNull(), "bearer_token": !m.BearerToken.IsNull(), "headers": !m.Headers.IsNull(), "github_app": !m.GitHubApp.IsNull(),
	} {
		if given {
			methods = append(methods, name)
		}
	}
	user, password, token := m.Username.ValueString(), m.Password.ValueString(), m.Token.ValueString()
	if own && m.Username.IsNull() {
		user = r.env("NANOGIT_USERNAME")
	}
	if own && len(methods) == 0 {
		password, token = r.env("NANOGIT_PASSWORD"), r.env("NANOGIT_TOKEN")
	}
	switch {
	case len(methods) > 1:
		r.diags.AddAttributeError(at, "Several ways to authenticate", "At most one of password, token, bearer_token, headers and github_app may be set.")
	case !m.GitHubApp.IsNull():
		app, _ := decode[appModel](r.ctx, m.GitHubApp, r.diags)
		return r.app(at.AtName("github_app"), app, host)
	case !m.BearerToken.IsNull():
		return gitremote.Bearer{Token: m.BearerToken.ValueString()}
	case !m.Headers.IsNull():
		return gitremote.Headers(decodeMap(r.ctx, m.Headers, r.diags))
	case token != "":
		auth := r.token(user, token)
		if err := auth.Check(); err != nil {
			text := err.Error()
			if own {
				text += ": set username (or NANOGIT_USERNAME)"
			} else {
				text += ": set username"
			}
			// Not at the attribute, the line of which Terraform prints: it may hold the token.
			r.diags.AddError("No user name", fmt.Sprintf("%s: %s.", at, text))
			return nil
		}
		return auth
	case password != "" && user == "":
		r.diags.AddAttributeError(at.AtName("username"), "No user name", "A password needs a user name. Set username (or NANOGIT_USERNAME); if it is an access token, set token instead.")
	case password != "":
		return gitremote.Basic{Username: user, Password: password}
	case m.SSH.IsNull():
		r.diags.AddAttributeError(at, "No credentials", "The auth block gives no password, token, bearer_token, headers, github_app or ssh. Set one, or leave the block out. "+
			"If it gives one, check the spelling: Terraform drops names that it does not know without a word.")
	}
	return nil
}

// token returns the credentials of a token. The token of a GitLab job is known by its variable too:
// GitLab may be set to give tokens other prefixes.
func (r *reader) token(user, token string) gitremote.Token {
	if user == "" && token == r.env("CI_JOB_TOKEN") {
		user = "gitlab-ci-token"
	}
	return gitremote.Token{Username: user, Token: token}
}

// environmentAuth reads NANOGIT_USERNAME, NANOGIT_PASSWORD and NANOGIT_TOKEN; the token wins.
func (r *reader) environmentAuth() gitremote.Auth {
	user, password, token := r.env("NANOGIT_USERNAME"), r.env("NANOGIT_PASSWORD"), r.env("NANOGIT_TOKEN")
	switch {
	case token != "":
		return r.token(user, token)
	case user != "" && password != "":
		return gitremote.Basic{Username: user, Password: password}
	}
	return nil
}

// variables names the credentials that the environment holds.
func (r *reader) variables() string {
	switch {
	case r.env("NANOGIT_TOKEN") != "":
		return "NANOGIT_TOKEN is"
	case r.env("NANOGIT_PASSWORD") != "":
		return "NANOGIT_PASSWORD is"
	}
	return ""
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
