package resources

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// tagResource is nanogit_tag. Terraform makes it anew for each request; all that lives longer is in
// the session.
type tagResource struct {
	session *session.Session
}

// NewTag makes the resource nanogit_tag.
func NewTag() resource.Resource { return &tagResource{} }

var (
	_ resource.ResourceWithConfigure      = (*tagResource)(nil)
	_ resource.ResourceWithValidateConfig = (*tagResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*tagResource)(nil)
	_ resource.ResourceWithImportState    = (*tagResource)(nil)
	_ resource.ResourceWithIdentity       = (*tagResource)(nil)
)

// The attributes of a tag, as diagnostics name them.
var (
	atTarget  = path.Root("target")
	atMessage = path.Root("message")
	atTagger  = path.Root("tagger")
	atSigned  = path.Root("signed")
	atMovable = path.Root("movable")
)

// Metadata names the resource. Its identity follows another spelling of the repository.
func (r *tagResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tag"
	resp.ResourceBehavior.MutableIdentity = true
}

// Configure takes the session that the provider made.
func (r *tagResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionOf(req, resp)
}

const tagDescription = "A tag of a Git repository, lightweight or annotated. An annotated tag is signed when the provider has a key to sign commits with (`commit.signing`).\n\n" +
	"A tag stays at the commit at which it was made: a branch that moves on is no change. A tag that somebody else moved or removed is drift."

// Schema describes the resource.
func (r *tagResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	person := func(description string, rule validator.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Required: true, Validators: []validator.String{rule}}
	}
	resp.Schema = schema.Schema{MarkdownDescription: tagDescription, Attributes: map[string]schema.Attribute{
		"repository": repositoryOfRef(),
		"name": schema.StringAttribute{
			MarkdownDescription: "Short name of the tag, as `git check-ref-format` accepts it below `refs/tags/`. Another name replaces the resource.",
			Required:            true,
			Validators:          []validator.String{validTag()},
			PlanModifiers:       replaceOnChange(),
		},
		"target": schema.StringAttribute{
			MarkdownDescription: "The branch, tag, full ref (`refs/…`) or commit id that is tagged. Default `HEAD`, the remote's default branch. It is resolved to a commit when the tag is made. " +
				"A later change of it is an error if it means another commit, unless `movable` is set.",
			Optional: true, Computed: true,
			Validators: []validator.String{validCommitName()},
		},
		"message": schema.StringAttribute{
			MarkdownDescription: "Message of an annotated tag. Without it the tag is lightweight: a name of a commit.",
			Optional:            true,
			Validators:          []validator.String{validTagMessage()},
		},
		"tagger": schema.SingleNestedAttribute{
			MarkdownDescription: "Who made the annotated tag. Default: the provider's `commit.committer` at the time when the tag is made.",
			Optional:            true, Computed: true,
			Attributes: map[string]schema.Attribute{
				"name":  person("Name.", ValidName("Tagger")),
				"email": person("E-mail address.", ValidEmail("Tagger")),
			},
		},
		"signed": schema.BoolAttribute{
			MarkdownDescription: "Whether the annotated tag is signed with the key of the provider's `commit.signing`. Default: `true` if the provider signs commits with a key. With `format = \"github\"` there is none, and `true` is an error of the plan. " +
				"A lightweight tag cannot be signed.",
			Optional: true, Computed: true,
		},
		"movable": schema.BoolAttribute{
			MarkdownDescription: "Whether the tag may be made anew when `target`, `message`, `tagger` or `signed` change, or when somebody else moved it. `false` (default): that is an error. " +
				"`true`: it is moved, if it still is where the plan found it.",
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
		},
		"on_destroy": onDestroyOfRef("tag"),
		"id":         schema.StringAttribute{MarkdownDescription: "What `terraform import` takes: the name, after `<repository>#` where the repository is not the provider's.", Computed: true},
		"object_id":  schema.StringAttribute{MarkdownDescription: "The object that the tag points at: the annotated tag itself, or the commit.", Computed: true},
		"commit_id":  schema.StringAttribute{MarkdownDescription: "The commit that the tag leads to.", Computed: true},
	}}
}

// IdentitySchema names the attributes that tell a tag from all others.
func (r *tagResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"repository": identityschema.StringAttribute{OptionalForImport: true, Description: "URL of the repository; default the provider's url."},
		"tag":        identityschema.StringAttribute{RequiredForImport: true, Description: "Short name of the tag."},
	}}
}

// ValidateConfig refuses parts of an annotated tag without a message.
func (r *tagResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config tagModel
	if resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &config)...); resp.Diagnostics.HasError() || !config.Message.IsNull() {
		return
	}
	const detail = "A tag without a message is lightweight: it is the name of a commit, and has neither a tagger nor a signature. Set message, or leave this out."
	if !config.Tagger.IsNull() && !config.Tagger.IsUnknown() {
		resp.Diagnostics.AddAttributeError(atTagger, "A tagger without a message", detail)
	}
	if config.Signed.ValueBool() {
		resp.Diagnostics.AddAttributeError(atSigned, "A signature without a message", detail)
	}
}

func validTag() validator.String {
	return Check{Summary: "Invalid tag name", Meaning: "a tag name as `git check-ref-format` accepts it", Rule: checkTag}
}

// checkTag applies the rules of git-check-ref-format(1) to refs/tags/<name>, and those of git-tag:
// no name begins with a dash or is HEAD.
func checkTag(name string) error {
	switch {
	case name == "":
		return errors.New("the tag name is empty")
	case strings.HasPrefix(name, "refs/"):
		return errors.New("the tag name is a full ref: write its short name, without refs/tags/")
	case strings.HasPrefix(name, "-") || name == "HEAD":
		return errors.New("git tag refuses names that begin with '-', and HEAD")
	}
	return checkRefName("tag name", name)
}

func validTagMessage() validator.String {
	return Check{Summary: "Invalid message", Meaning: "text that Git takes as the message of a tag", Rule: func(s string) error {
		switch _, signature := gitobj.SplitSignature(s); {
		case strings.TrimSpace(s) == "":
			return errors.New("the message is empty: leave the attribute out for a lightweight tag")
		case strings.ContainsRune(s, 0):
			return errors.New("a tag's message cannot hold a NUL character: leave it out")
		case signature != "":
			return errors.New("the message has a line that begins a signature, and Git would take the rest of it for one: leave it out")
		}
		return nil
	}}
}
