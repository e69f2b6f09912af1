package provider

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitcred"
	"github.com/nanogit/terraform-provider-nanogit/internal/githubapi"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
)

// app reads a github_app block, for the host of a repository's URL.
func (r *reader) app(at path.Path, m appModel, repository string) gitremote.Auth {
	if m.AppID.IsUnknown() || m.InstallationID.IsUnknown() || m.PrivateKeyPEM.IsUnknown() || m.APIURL.IsUnknown() {
		return nil // the session is partial and asks no remote
	}
	o := gitcred.AppOptions{
		AppID: m.AppID.ValueString(), InstallationID: m.InstallationID.ValueString(), PrivateKeyPEM: m.PrivateKeyPEM.ValueString(),
		APIURL: m.APIURL.ValueString(), UserAgent: gitremote.DefaultUserAgent,
	}
	if m.APIURL.IsNull() {
		u, err := giturl.Parse(repository)
		if err != nil || u.Host == "" {
			return nil // without a URL there is nothing to authenticate to, which is said elsewhere
		}
		o.APIURL = githubapi.URL(u)
	} else if err := checkAPI(o.APIURL, r.model.AllowInsecureHTTP.ValueBool()); err != nil {
		// Not at the attribute, the line of which Terraform prints: it may hold a password.
		r.diags.AddError("Invalid API URL", fmt.Sprintf("%s: %s.", at.AtName("api_url"), err))
		return nil
	}
	app, err := gitcred.NewApp(o)
	if err != nil {
		r.diags.AddAttributeError(at, "Invalid GitHub App", "The App cannot introduce itself: "+err.Error()+".")
		return nil
	}
	return app
}

// checkAPI checks the address of an API. Over an unencrypted connection, anybody on the network
// path could read and use the App's tokens.
func checkAPI(raw string, insecure bool) error {
	u, err := giturl.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("the value is not the URL of an API: write https://host/path, as in https://github.example.com/api/v3")
	case u.Scheme == "http" && !insecure && !isLoopback(u.Hostname()):
		return fmt.Errorf("the connection would not be encrypted: write https://, or set allow_insecure_http = true if the network between is trusted")
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}
