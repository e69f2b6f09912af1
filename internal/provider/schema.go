package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

const description = "Files in Git repositories, written over the Git protocol. The provider needs no clone, no working tree, no `git` binary and no " +
	"host-specific API. Changes that arrive together share one commit."

// Schema describes the provider block.
func (p *Provider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: description, Attributes: map[string]schema.Attribute{
		"url": schema.StringAttribute{
			MarkdownDescription: "Repository of the resources that set no `repository`: `https://host/path`, `http://` to a loopback host, `ssh://user@host/path` or `user@host:path`. `file:///path` or an absolute path is a repository on this machine, and needs a `git` binary. Environment: `NANOGIT_URL`.",
			Optional:            true,
			Validators:          []validator.String{validURL()},
		},
		"branch": schema.StringAttribute{
			MarkdownDescription: "Short name of the branch of the resources that set no `branch`. Default: the branch that the remote's `HEAD` names. Environment: `NANOGIT_BRANCH`.",
			Optional:            true,
			Validators:          []validator.String{resources.ValidBranch()},
		},
		"auth": authSchema(true, "How to authenticate to the scheme, host and port of `url`; sent nowhere else. "+
			"Default: the credentials in `url`, then the entry of `hosts`, then those in the environment, then those of `.netrc` (`NETRC` names another file), then, when the server asks for some and there is a `git` binary, those of git's credential helpers, which are never let prompt."),
		"tls": tlsSchema("Whom to trust, and with which certificate to introduce ourselves, at the host of `url`."),
		"hosts": schema.MapNestedAttribute{
			MarkdownDescription: "`auth` and `tls` for repositories on other hosts, by `host` or `host:port`; the entry with the port wins.",
			Optional:            true,
			Validators:          []validator.Map{resources.NoNulls{}},
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"auth": authSchema(false, "How to authenticate to this host. Default: `NANOGIT_TOKEN` and its like if `NANOGIT_HOST` names the host, then as `.netrc` and git's credential helpers know. No variable completes the block itself."),
				"tls":  tlsSchema("Whom to trust, and with which certificate to introduce ourselves, at this host."),
			}},
		},
		"allow_insecure_http": schema.BoolAttribute{
			MarkdownDescription: "Permit `http://` to a host that is not loopback. Anybody on the network path can then read credentials and content. Default `false`.",
			Optional:            true,
		},
		"commit": commitSchema(),
		"commit_mode": schema.StringAttribute{
			MarkdownDescription: "When changes are committed. `auto` (default): changes that arrive together share one commit, and none is reported as done before its push. `explicit`: changes wait until a `nanogit_commit` names them. Environment: `NANOGIT_COMMIT_MODE`.",
			Optional:            true,
			Validators:          []validator.String{stringvalidator.OneOf(session.CommitModes...)},
		},
		"staging_mode": schema.StringAttribute{
			MarkdownDescription: "Where outgoing objects wait for their push. `auto` (default): in memory up to `staging.auto_objects` objects and `staging.auto_bytes`, then in a temporary file. `memory`: in memory. `disk`: in a temporary file. Environment: `NANOGIT_STAGING_MODE`.",
			Optional:            true,
			Validators:          []validator.String{stringvalidator.OneOf(stagingModes...)},
		},
		"staging":      stagingSchema(),
		"object_cache": cacheTypes.schema(),
		"conflict": schema.StringAttribute{
			MarkdownDescription: "The answer to a managed path that somebody else changed since it was last read: `fail` (default) or `overwrite`. Changes by others to other paths are never a conflict.",
			Optional:            true,
			Validators:          []validator.String{stringvalidator.OneOf(conflictFail, conflictOverwrite)},
		},
		"limits": limitsSchema(),
		"create_branch_from": schema.StringAttribute{
			MarkdownDescription: "Branch, tag or commit to start a branch from that does not exist. The branch is created by the push of its first commit, and only when a resource is created. Without this, a missing branch is an error.",
			Optional:            true,
			Validators:          []validator.String{stringvalidator.LengthBetween(1, 1024)},
		},
		"push_options": schema.ListAttribute{
			MarkdownDescription: "Push options of every push, for example `merge_request.create` on GitLab. They are left out where the server takes none.",
			ElementType:         types.StringType,
			Optional:            true,
			Validators:          resources.ValidPushOptions(),
		},
	}}
}

// authSchema describes an auth block: the block of the provider's own repository, which the
// environment completes, or of another host.
func authSchema(own bool, text string) schema.SingleNestedAttribute {
	or := func(name string) string {
		if !own {
			return ""
		}
		return " Environment: `" + name + "`, which goes to the hosts in `NANOGIT_HOST` alone, by default the host of `url`."
	}
	secret := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Sensitive: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}}
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: text + " At most one of `password`, `token`, `bearer_token`, `headers`, `github_app` and `aws` for HTTP, and `ssh` for SSH.",
		Optional:            true,
		Attributes: map[string]schema.Attribute{
			"username": schema.StringAttribute{
				MarkdownDescription: "User name for `password`. With `token` it replaces the user name that the provider would choose. Deploy tokens of GitLab and app passwords of Bitbucket need it." + or("NANOGIT_USERNAME"),
				Optional:            true,
			},
			"password":     secret("Password." + or("NANOGIT_PASSWORD")),
			"token":        secret("Access token, sent as the password of Basic authentication with `username`. Without `username` the provider chooses the user name by the look of the token (`glcbt-`: `gitlab-ci-token`, `ATATT`: `x-bitbucket-api-token-auth`, and others), then by the host's convention (`x-access-token` on GitHub, `oauth2` on GitLab, `x-token-auth` on Bitbucket), else `git`. The guide to authentication has the table." + or("NANOGIT_TOKEN")),
			"bearer_token": secret("Token for `Authorization: Bearer`."),
			"headers": schema.MapAttribute{
				MarkdownDescription: "HTTP headers to send with every request.",
				ElementType:         types.StringType, Optional: true, Sensitive: true,
				Validators: []validator.Map{resources.NoNulls{}},
			},
			"ssh": sshSchema(),
			"aws": schema.SingleNestedAttribute{
				MarkdownDescription: "AWS CodeCommit: each request is signed (Signature Version 4) with the credentials that AWS's own tools would take, which are renewed in time: those of `AWS_ACCESS_KEY_ID` and its kin, of the profile `AWS_PROFILE`, or of the role that the container or the machine runs as. Written as `aws = {}`. The region is that of the host's name, else `AWS_REGION` or `AWS_DEFAULT_REGION`.",
				Optional:            true,
				Attributes:          map[string]schema.Attribute{},
			},
			"github_app": schema.SingleNestedAttribute{
				MarkdownDescription: "An installation of a GitHub App. The provider gets a token when it needs one, keeps it in memory and renews it in time. The App needs the permission Contents: write, and Workflows: write for files below `.github/workflows`.",
				Optional:            true,
				Attributes: map[string]schema.Attribute{
					"app_id":          schema.StringAttribute{MarkdownDescription: "The App's id, or its client id.", Required: true},
					"installation_id": schema.StringAttribute{MarkdownDescription: "The number of the installation: the last part of the URL of its settings. Default: the App's installation in the account that owns the repository, which the provider asks the API for.", Optional: true},
					"private_key_pem": schema.StringAttribute{MarkdownDescription: "A private key of the App, in PEM (PKCS #1 or PKCS #8), not encrypted.", Required: true, Sensitive: true},
					"api_url":         schema.StringAttribute{MarkdownDescription: "URL of the API. Default: `https://api.github.com` for github.com, `https://api.HOST` for a host of ghe.com, else `https://HOST/api/v3`.", Optional: true},
				},
			},
		},
	}
}

func tlsSchema(text string) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: text + " Default: the system's roots, no client certificate.",
		Optional:            true,
		Attributes: map[string]schema.Attribute{
			"ca_cert_pem": schema.StringAttribute{
				MarkdownDescription: "Certificates to trust instead of the system's roots, in PEM.", Optional: true,
				Validators: []validator.String{stringvalidator.ConflictsWith(sibling("ca_cert_file"))},
			},
			"ca_cert_file": schema.StringAttribute{MarkdownDescription: "The same, as the path of a local file.", Optional: true},
			"client_cert_pem": schema.StringAttribute{
				MarkdownDescription: "Client certificate, in PEM.", Optional: true,
				Validators: []validator.String{stringvalidator.AlsoRequires(sibling("client_key_pem"))},
			},
			"client_key_pem": schema.StringAttribute{
				MarkdownDescription: "Private key of the client certificate, in PEM.", Optional: true, Sensitive: true,
				Validators: []validator.String{stringvalidator.AlsoRequires(sibling("client_cert_pem"))},
			},
			"insecure_skip_verify": schema.BoolAttribute{
				MarkdownDescription: "Trust any certificate. Anybody on the network path can then read and change everything. Default `false`.", Optional: true,
			},
		},
	}
}

func commitSchema() schema.SingleNestedAttribute {
	person := func(who, env, fallback string) schema.SingleNestedAttribute {
		return schema.SingleNestedAttribute{
			MarkdownDescription: who + " of the commits. Default: `NANOGIT_" + env + "_NAME` and `NANOGIT_" + env + "_EMAIL`, then `GIT_" + env + "_NAME` and `GIT_" + env + "_EMAIL`, then " + fallback + ".",
			Optional:            true,
			Attributes: map[string]schema.Attribute{
				"name":  schema.StringAttribute{MarkdownDescription: "Name.", Optional: true, Validators: []validator.String{resources.ValidName(who)}},
				"email": schema.StringAttribute{MarkdownDescription: "E-mail address.", Optional: true, Validators: []validator.String{resources.ValidEmail(who)}},
			},
		}
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Defaults for every commit that this provider makes. They describe the next commit; a change of them makes no commit.",
		Optional:            true,
		Attributes: map[string]schema.Attribute{
			"message": schema.StringAttribute{
				MarkdownDescription: "Message, whose first line is the title. Placeholders: `{summary}` is one line about the changes (`Add deploy/a.yaml`, `Add 2 files and delete 1 file`); " +
					"`{paths}`, on a line of its own, is a list of the changes; `{count}` is the number of files, `{branch}` the branch, `{workspace}` Terraform's workspace. `{{` and `}}` stand for braces. " +
					"If all changes have the same `commit_message`, that is used instead; messages that differ are listed below the title. Default: a text made from the paths. The guide to commits has examples.",
				Optional: true, Validators: []validator.String{resources.ValidMessage()},
			},
			"author":    person("Author", "AUTHOR", "`Terraform <terraform@nanogit.invalid>`"),
			"committer": person("Committer", "COMMITTER", "the author. If only a name or only an address is given, the other part is that of `Terraform <terraform@nanogit.invalid>`"),
			"trailers": schema.MapAttribute{
				MarkdownDescription: "`Key: value` lines at the end of the message, in the order of their keys.",
				ElementType:         types.StringType, Optional: true,
				Validators: resources.ValidTrailers(),
			},
			"signing": signingSchema(),
		},
	}
}

func stagingSchema() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Settings of `staging_mode`.",
		Optional:            true,
		Attributes: map[string]schema.Attribute{
			"directory": schema.StringAttribute{MarkdownDescription: "Directory of the temporary file. Default: the system's. The open file has no name; on Windows the system deletes it when it is closed.", Optional: true},
			"auto_objects": schema.Int64Attribute{
				MarkdownDescription: "Objects that `auto` keeps in memory. Default 10.", Optional: true,
				Validators: []validator.Int64{int64validator.Between(1, 1<<31-1)},
			},
			"auto_bytes": schema.StringAttribute{
				MarkdownDescription: "Size up to which `auto` keeps objects in memory, compressed. Default `8MiB`.", Optional: true,
				Validators: []validator.String{validSize()},
			},
			"compression": schema.Int64Attribute{
				MarkdownDescription: "Deflate level, from 0 (none) to 9 (smallest). Default 1.", Optional: true,
				Validators: []validator.Int64{int64validator.Between(0, 9)},
			},
		},
	}
}

func limitsSchema() schema.SingleNestedAttribute {
	size := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Validators: []validator.String{validSize()}}
	}
	duration := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Validators: []validator.String{validDuration()}}
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Limits of sizes, attempts and times.",
		Optional:            true,
		Attributes: map[string]schema.Attribute{
			"max_object_size":   size("Size of the largest object that is written or read. Default `256MiB`."),
			"max_response_size": size("Size of the largest response of a server. Default `2GiB`."),
			"max_push_attempts": schema.Int64Attribute{
				MarkdownDescription: "Limit of the pushes of one commit while others move the branch. By default only `push_timeout` limits them.", Optional: true,
				Validators: []validator.Int64{int64validator.Between(1, 1000)},
			},
			"push_timeout":    duration("How long a commit is rebuilt and pushed again while others move the branch, as a Go duration. Default `5m`."),
			"connect_timeout": duration("How long the provider repeats a connection that fails, for example while a server restarts, as a Go duration. Default `30s`."),
			"request_timeout": duration("The longest time without progress of a request, as a Go duration. Default `2m`."),
			"batch_window":    duration("The least quiet time after which `auto` mode seals a commit, as a Go duration. Default `50ms`."),
		},
	}
}
