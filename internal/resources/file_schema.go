package resources

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// Values of the attributes with few of them.
const (
	modeFile        = "100644"
	modeExec        = "100755"
	modeSymlink     = "120000"
	onDestroyDelete = "delete"
	onDestroyKeep   = "keep"
)

const fileDescription = "One file in a Git repository. Every change of it is a commit that is pushed before Terraform is told " +
	"that it is done; changes that arrive together share one commit. With `commit_mode = \"explicit\"` they wait for a `nanogit_commit`.\n\n" +
	"The file is read from the branch at every plan. When it was edited or removed there, the plan shows that and puts it back."

// Schema describes the resource.
func (r *fileResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: fileDescription,
		Attributes:          map[string]schema.Attribute{},
	}
	for _, part := range []map[string]schema.Attribute{fileAddress(), fileContent(), fileBehaviour(), fileComputed()} {
		maps.Copy(resp.Schema.Attributes, part)
	}
}

func fileAddress() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"repository": repositoryAttribute(),
		"branch":     branchAttribute(),
		"path": schema.StringAttribute{
			MarkdownDescription: "Path of the file from the root of the repository, with `/` between its parts; at most 4096 bytes. " +
				"Changing it is a rename: one commit, no replacement.",
			Required:   true,
			Validators: []validator.String{validPath()},
		},
	}
}

// movedDescription tells the effect of a change of repository or branch.
const movedDescription = "Another spelling of the same repository, or a place that holds the same content already, changes the state alone; any other place replaces the resource."

func repositoryAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "URL of the repository, without credentials. Default: the provider's `url` (`NANOGIT_URL`). " +
			"Credentials for another host than the provider's are in its `hosts`. " + movedDescription,
		Optional: true, Computed: true,
		Validators: []validator.String{validRepository()},
	}
}

func branchAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Short name of the branch. Default: the provider's `branch` (`NANOGIT_BRANCH`); when that is not set either, " +
			"the branch that the remote's `HEAD` names, which is followed when it is renamed. " + movedDescription,
		Optional: true, Computed: true,
		Validators: []validator.String{ValidBranch()},
	}
}

// fileContent are the attributes that give the content.
func fileContent() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"content": schema.StringAttribute{
			MarkdownDescription: "The content, as text. For a symbolic link (`mode = \"120000\"`) its target. " +
				"Exactly one of `content`, `content_base64`, `sensitive_content`, `source` and `content_wo` is to be set.",
			Optional: true,
		},
		"content_base64": schema.StringAttribute{
			MarkdownDescription: "The content in base64, for what is not text, for example from `filebase64()`.",
			Optional:            true,
		},
		"sensitive_content": schema.StringAttribute{
			MarkdownDescription: "The content, as text that no plan shows. It is kept in state.",
			Optional:            true, Sensitive: true,
		},
		"source": schema.StringAttribute{
			MarkdownDescription: "Path of a local file with the content. It is streamed and never enters the state, so that it may be " +
				"as large as `limits.max_object_size` allows. It has to be the same when the plan is made and when it is applied. One that does not exist yet is " +
				"read when the plan is applied: let `depends_on` name the resource that makes it.",
			Optional: true,
		},
		"content_wo": schema.StringAttribute{
			MarkdownDescription: "The content, as text that enters neither plan nor state. " +
				"It is written again when `content_wo_version` changes, or when the file on the branch is not the one that was written.",
			Optional: true, WriteOnly: true,
			Validators: []validator.String{stringvalidator.AlsoRequires(atContentWOVersion.Expression())},
		},
		"content_wo_version": schema.Int64Attribute{
			MarkdownDescription: "A number to change when `content_wo` is to be written again.",
			Optional:            true,
			Validators:          []validator.Int64{int64validator.AlsoRequires(atContentWO.Expression())},
		},
		"mode": schema.StringAttribute{
			MarkdownDescription: "Mode of the file: `100644` (default), `100755` for an executable one, " +
				"`120000` for a symbolic link, whose target is the content.",
			Optional: true, Computed: true, Default: stringdefault.StaticString(modeFile),
			Validators: []validator.String{stringvalidator.OneOf(modeFile, modeExec, modeSymlink)},
		},
		"line_endings": schema.StringAttribute{
			MarkdownDescription: "How line endings are written before the content is hashed, so that a Windows and a Linux runner agree: " +
				"`as_is` (default), `lf` (each CR LF becomes LF) or `crlf` (each LF becomes CR LF). Not for binary files. Symbolic links are left alone.",
			Optional: true, Computed: true, Default: stringdefault.StaticString(string(filecontent.AsIs)),
			Validators: []validator.String{stringvalidator.OneOf(string(filecontent.AsIs), string(filecontent.LF), string(filecontent.CRLF))},
		},
	}
}

// fileBehaviour are the attributes that say how the file is written and removed.
func fileBehaviour() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"overwrite_on_create": schema.BoolAttribute{
			MarkdownDescription: "What happens when the path exists already on creation or on a rename. `false` (default): the same file is adopted without a commit, " +
				"another one is an error, at plan time where that can be known. `true`: it is overwritten.",
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
		},
		"allow_lfs_overwrite": schema.BoolAttribute{
			MarkdownDescription: "Whether a Git LFS pointer on the branch may be overwritten with content that is none. Default `false`.",
			Optional:            true, Computed: true, Default: booldefault.StaticBool(false),
		},
		"seed_only": schema.BoolAttribute{
			MarkdownDescription: "`true`: the file is written when the path does not exist, and from then on it belongs to others: whatever they " +
				"do with it, its removal included, is never drift; a changed `content` is not written either, and not shown in a plan. " +
				"`blob_id` and `size` are those of the file that the branch holds, null when it holds none. " +
				"A change of `path` moves what is there. On destroy the file is deleted only when it still is the seed. Default `false`.",
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
		},
		"on_destroy": schema.StringAttribute{
			MarkdownDescription: "What happens to the file when the resource is destroyed: `delete` (default) or `keep`.",
			Optional:            true, Computed: true, Default: stringdefault.StaticString(onDestroyDelete),
			Validators: []validator.String{stringvalidator.OneOf(onDestroyDelete, onDestroyKeep)},
		},
		"commit_mode": schema.StringAttribute{
			MarkdownDescription: "`auto`: changes that arrive together share one commit, which is pushed before any of them is reported done. " +
				"`explicit`: the change waits until the `nanogit_commit` that names this file commits it; without one it is never written, and the next plan warns of it. " +
				"A seed (`seed_only`) does not wait. Default: the provider's `commit_mode` (`NANOGIT_COMMIT_MODE`).",
			Optional:   true,
			Validators: []validator.String{stringvalidator.OneOf(session.CommitModes...)},
		},
		"commit_message": commitMessageAttribute(),
	}
}

func commitMessageAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Message of the commits that this resource causes, as it is: it has no placeholders. Where a commit has changes of other resources with other messages, " +
			"each message is listed below the provider's `commit.message` or a summary. The resource's destruction has no message: the file is named instead. " +
			"Default: the provider's `commit.message`, else a text made from the paths. A change of the message alone makes no commit and " +
			"is not shown; it is used with the next commit. State holds the one that the last commit was made with, empty for none.",
		Optional: true, Computed: true,
		Validators: []validator.String{validCommitMessage()},
	}
}

func fileComputed() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			MarkdownDescription: "What `terraform import` takes: `<branch>:<path>`, after `<repository>#` where the repository is not the provider's.",
			Computed:            true,
		},
		"blob_id": schema.StringAttribute{
			MarkdownDescription: "Git's name for the content, as `git hash-object` prints it: 40 hexadecimal digits, 64 in a SHA-256 repository. " +
				"Known when the plan is made, as long as the content is.",
			Computed: true,
		},
		"size": schema.Int64Attribute{
			MarkdownDescription: "Size of the content in bytes, after line endings were normalised.",
			Computed:            true,
		},
		"commit_id": schema.StringAttribute{
			MarkdownDescription: "The commit with which this resource last wrote the file. Null when it never did, because the file was there already, and in `explicit` mode.",
			Computed:            true,
		},
	}
}

// IdentitySchema names the attributes that tell a file from all others.
func (r *fileResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"repository": identityschema.StringAttribute{OptionalForImport: true, Description: "URL of the repository; default the provider's url."},
		"branch":     identityschema.StringAttribute{OptionalForImport: true, Description: "Short name of the branch; default the provider's, then the remote's."},
		"path":       identityschema.StringAttribute{RequiredForImport: true, Description: "Path from the root of the repository."},
	}}
}

// ValidateConfig demands a single content. It also records for an import, which is told nothing of
// the configuration, which contents are secrets. It is a process of its own that validates; in the
// others the provider is configured, and plans record the same.
func (r *fileResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config fileModel
	if resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &config)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(exactlyOne(alternative{atContent, config.Content}, alternative{atContentBase64, config.ContentBase64},
		alternative{atSensitiveContent, config.SensitiveContent}, alternative{atSource, config.Source}, alternative{atContentWO, config.ContentWO})...)
	if r.session != nil {
		return
	}
	path := config.Path.ValueString()
	switch secret := !config.ContentWO.IsNull() || !config.SensitiveContent.IsNull(); {
	case secret:
		r.records.Secret(path)
	case path != "":
		r.records.Plain(path)
	}
}
