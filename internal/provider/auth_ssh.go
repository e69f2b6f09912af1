package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
)

// sshModel is auth.ssh as Terraform hands it over.
type sshModel struct {
	PrivateKeyPEM  types.String `tfsdk:"private_key_pem"`
	PrivateKeyFile types.String `tfsdk:"private_key_file"`
	Passphrase     types.String `tfsdk:"passphrase"`
	Username       types.String `tfsdk:"username"`
	UseAgent       types.Bool   `tfsdk:"use_agent"`
	KnownHosts     types.String `tfsdk:"known_hosts"`
	KnownHostsFile types.String `tfsdk:"known_hosts_file"`
	HostKeyPolicy  types.String `tfsdk:"host_key_policy"`
}

// sshSchema is the schema of auth.ssh.
func sshSchema() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "How to log in over SSH, and which servers to trust. By default the provider offers the keys of the agent (`SSH_AUTH_SOCK`), then the identities that " +
			"`~/.ssh/config` names for the host, or else `~/.ssh/id_rsa`, `id_ecdsa` and `id_ed25519`. It trusts the host keys in `~/.ssh/known_hosts`. " +
			"It reads `~/.ssh/config` and `/etc/ssh/ssh_config` in any case (`HostName`, `Port`, `User`, `IdentityFile`, `CertificateFile`, `IdentitiesOnly`, " +
			"`IdentityAgent`, `ProxyJump`, `UserKnownHostsFile`, `GlobalKnownHostsFile`, `HostKeyAlias`, `HashKnownHosts`, `Include`, `Host`, `Match`), but runs no program that they name (`ProxyCommand`, `Match exec`). " +
			"A host that `ProxyJump` leads over has the settings of its own entry of `hosts`; without an entry, the known hosts that are set here count for it.",
		Optional: true,
		Attributes: map[string]schema.Attribute{
			"private_key_pem": schema.StringAttribute{
				MarkdownDescription: "Private key (ed25519, ECDSA or RSA) in PEM: OpenSSH's own format, PKCS#1, SEC 1 or PKCS#8. The provider offers only this key, unless `use_agent` is `true`.",
				Optional:            true, Sensitive: true,
				Validators: []validator.String{stringvalidator.ConflictsWith(sibling("private_key_file"))},
			},
			"private_key_file": schema.StringAttribute{
				MarkdownDescription: "The same, as the path of a local file. If a file of this name with `-cert.pub` at its end exists, it is used as the certificate.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"passphrase": schema.StringAttribute{MarkdownDescription: "Passphrase of the private key.", Optional: true, Sensitive: true},
			"username": schema.StringAttribute{
				MarkdownDescription: "User to log in as if the URL names none. Default: `User` of `~/.ssh/config`, then the user who runs Terraform.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1), oneLine("user name")},
			},
			"use_agent": schema.BoolAttribute{
				MarkdownDescription: "Offer the keys of the agent. Default `true` without a private key here, `false` with one.",
				Optional:            true,
			},
			"known_hosts": schema.StringAttribute{
				MarkdownDescription: "Host keys to trust, as lines of a `known_hosts` file (`@cert-authority`, `@revoked` and hashed names too), instead of those in files.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.ConflictsWith(sibling("known_hosts_file"))},
			},
			"known_hosts_file": schema.StringAttribute{
				MarkdownDescription: "Path of a `known_hosts` file to use instead of those of `~/.ssh/config`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"host_key_policy": schema.StringAttribute{
				MarkdownDescription: "How to treat a server whose host key is not known. `strict` (default): an error that shows the key's fingerprint and how to trust it. " +
					"`accept-new`: the key is accepted and written to the `known_hosts` file; with `known_hosts` it is remembered for one run. `insecure`: any key is accepted, so that " +
					"anybody on the network path can read and change everything. A key that differs from the known key is always an error, except with `insecure`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(sshclient.Policies()...)},
			},
		},
	}
}

// ssh reads an ssh block; nil when there is none, or not yet.
func (r *reader) ssh(at path.Path, object types.Object, t *accessTable) *sshclient.Options {
	m, given := decode[sshModel](r.ctx, object, r.diags)
	if !given {
		return nil
	}
	o := r.openSSH(t)
	o.User, o.KnownHostsFile = m.Username.ValueString(), m.KnownHostsFile.ValueString()
	if !m.UseAgent.IsNull() && !m.UseAgent.IsUnknown() {
		o.Agent = new(m.UseAgent.ValueBool())
	}
	if known(m.KnownHosts) {
		o.KnownHosts = new(m.KnownHosts.ValueString())
	}
	if known(m.HostKeyPolicy) {
		policy, err := sshclient.ParsePolicy(m.HostKeyPolicy.ValueString())
		if err != nil {
			r.diags.AddAttributeError(at.AtName("host_key_policy"), "Invalid policy", err.Error())
		}
		o.Policy = policy
	}
	if !m.KnownHosts.IsNull() && !m.KnownHostsFile.IsNull() {
		r.diags.AddAttributeError(at.AtName("known_hosts"), "Conflicting attributes", "At most one of known_hosts and known_hosts_file may be set.")
	}
	o.Key = r.privateKey(at, m)
	return o
}

// privateKey reads the private key of an ssh block.
func (r *reader) privateKey(at path.Path, m sshModel) *sshclient.Key {
	if m.PrivateKeyPEM.IsUnknown() || m.PrivateKeyFile.IsUnknown() || m.Passphrase.IsUnknown() {
		return nil // the session is partial and asks no remote
	}
	var k *sshclient.Key
	var err error
	attribute := at.AtName("private_key_pem")
	switch {
	case !m.PrivateKeyPEM.IsNull() && !m.PrivateKeyFile.IsNull():
		r.diags.AddAttributeError(attribute, "Conflicting attributes", "At most one of private_key_pem and private_key_file may be set.")
	case !m.PrivateKeyPEM.IsNull():
		k, err = sshclient.ParseKey("private_key_pem", []byte(m.PrivateKeyPEM.ValueString()), m.Passphrase.ValueString())
	case !m.PrivateKeyFile.IsNull():
		attribute = at.AtName("private_key_file")
		k, err = sshclient.ReadKey(expandHome(m.PrivateKeyFile.ValueString(), r.env), m.Passphrase.ValueString())
	case !m.Passphrase.IsNull():
		r.diags.AddAttributeError(at.AtName("passphrase"), "A passphrase without a key", "A passphrase belongs to private_key_pem or private_key_file. Keys with a passphrase in ~/.ssh are used through an agent.")
	}
	var e *sshclient.Error
	switch {
	case errors.Is(err, sshclient.ErrPassphraseMissing):
		r.diags.AddAttributeError(at.AtName("passphrase"), "No passphrase", "The private key is encrypted. Set passphrase, or use an agent.")
	case errors.Is(err, sshclient.ErrPassphraseWrong):
		r.diags.AddAttributeError(at.AtName("passphrase"), "Wrong passphrase", "The passphrase does not decrypt the private key.")
	case errors.As(err, &e):
		r.diags.AddAttributeError(attribute, "Unusable private key", fmt.Sprintf("The private key cannot be used: %v.", e.Err))
	}
	return k
}

func expandHome(name string, env func(string) string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok && env("HOME") != "" {
		return env("HOME") + "/" + rest
	}
	return name
}

// hop returns the settings for a host that ProxyJump leads over: its own entry of hosts.
func (t *accessTable) hop(host, port string) *sshclient.Options {
	u := &url.URL{Scheme: "ssh", Host: host}
	if port != "" || strings.Contains(host, ":") {
		u.Host = net.JoinHostPort(host, port)
	}
	return t.find(u).ssh
}

// openSSH returns the settings that OpenSSH has by default.
func (r *reader) openSSH(t *accessTable) *sshclient.Options {
	ctx := context.WithoutCancel(r.ctx) // connections belong to no request
	return &sshclient.Options{Hop: t.hop, Getenv: r.env, Logf: func(format string, args ...any) { debugf(ctx, format, args...) }}
}

// ssh returns the SSH settings for a repository.
func (t *accessTable) ssh(u *url.URL) *sshclient.Options {
	if o := t.find(u).ssh; o != nil {
		return o
	}
	return t.openSSH
}
