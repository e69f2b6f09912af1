package resources

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// Values of prune.
const (
	pruneManaged = "managed"
	pruneAll     = "all"
)

const filesDescription = "Many files in a Git repository as one resource, from a map or from a local directory. All changes of one apply are " +
	"one commit: either every one of them is made, or none. With `commit_mode = \"explicit\"` they wait for a `nanogit_commit`, which may name other files too.\n\n" +
	"The files are read from the branch at every plan. `blob_ids` shows in the plan which of them will change, and no others. " +
	"With `source_dir` no content enters the state, and none is held in memory."

// Schema describes the resource.
func (r *filesResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: filesDescription,
		Attributes:          map[string]schema.Attribute{"repository": repositoryAttribute(), "branch": branchAttribute()},
	}
	for _, part := range []map[string]schema.Attribute{filesSource(), filesBehaviour(), filesComputed()} {
		maps.Copy(resp.Schema.Attributes, part)
	}
}

// filesSource are the attributes that give the files.
func filesSource() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"prefix": schema.StringAttribute{
			MarkdownDescription: "Directory of the repository that all paths are below, without a slash at either end. Default: the root (empty). " +
				"When it changes the files move, in one commit.",
			Optional: true, Computed: true, Default: stringdefault.StaticString(""),
			Validators: []validator.String{validPrefix()},
		},
		"files": schema.MapNestedAttribute{
			MarkdownDescription: "The files by path. Paths are below `prefix`, with `/` between their parts. Exactly one of `files` and `source_dir` is to be set.",
			Optional:            true,
			Validators:          []validator.Map{NoNulls{}, mapvalidator.KeysAre(validPath())},
			NestedObject:        schema.NestedAttributeObject{Attributes: filesEntry(), Validators: []validator.Object{oneContent{}}},
		},
		"source_dir": schema.StringAttribute{
			MarkdownDescription: "Local directory whose files are wanted below `prefix`. Files with any executable bit get the mode `100755`, all others `100644`; " +
				"symbolic links are kept as links and not followed. What is called `.git` is left out; sockets, pipes and devices are refused unless they are excluded. " +
				"The files have to be the same when the plan is made and when it is applied. A directory that does not exist yet is read when the plan is applied. Names are taken in Unicode's composed form (NFC).",
			Optional:   true,
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"include": schema.ListAttribute{
			MarkdownDescription: "Which files of `source_dir` are meant: patterns that are matched against paths below it, in which `*` stands for anything but a slash, " +
				"`**` for any number of directories, `?` for one character, `[a-z]` for one of a class and `{a,b}` for either. Default: every file.",
			ElementType: types.StringType, Optional: true,
			Validators: []validator.List{NoNulls{}, listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(validGlob()), listvalidator.AlsoRequires(atSourceDir.Expression())},
		},
		"exclude": schema.ListAttribute{
			MarkdownDescription: "Which of them are not, by the same kind of patterns: `**/*.tmp`, `node_modules/**`.",
			ElementType:         types.StringType, Optional: true,
			Validators: []validator.List{NoNulls{}, listvalidator.ValueStringsAre(validGlob()), listvalidator.AlsoRequires(atSourceDir.Expression())},
		},
	}
}

// filesEntry are the attributes of an element of files.
func filesEntry() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"content": schema.StringAttribute{
			MarkdownDescription: "The content, as text. For a symbolic link its target. Exactly one of `content`, `content_base64`, `sensitive_content`, `source` and `content_wo` is to be set.",
			Optional:            true,
		},
		"content_base64": schema.StringAttribute{
			MarkdownDescription: "The content in base64, for what is not text.",
			Optional:            true,
		},
		"sensitive_content": schema.StringAttribute{
			MarkdownDescription: "The content, as text that no plan shows. It is kept in state.",
			Optional:            true, Sensitive: true,
		},
		"source": schema.StringAttribute{
			MarkdownDescription: "Path of a local file with the content, which is streamed and never enters the state.",
			Optional:            true,
		},
		"content_wo": schema.StringAttribute{
			MarkdownDescription: "The content, as text that enters neither plan nor state. " +
				"It is written again when `content_wo_version` or anything else of this element changes, or when the file on the branch is not the one that was written.",
			Optional: true, WriteOnly: true,
		},
		"content_wo_version": schema.Int64Attribute{
			MarkdownDescription: "A number to change when `content_wo` is to be written again.",
			Optional:            true,
		},
		"mode": schema.StringAttribute{
			MarkdownDescription: "Mode of the file: `100644` (default), `100755` for an executable one, `120000` for a symbolic link, whose target is the content.",
			Optional:            true,
			Validators:          []validator.String{stringvalidator.OneOf(modeFile, modeExec, modeSymlink)},
		},
		"line_endings": schema.StringAttribute{
			MarkdownDescription: "How line endings are written before the content is hashed: `as_is` (default), `lf` or `crlf`. Symbolic links are left alone.",
			Optional:            true,
			Validators:          []validator.String{stringvalidator.OneOf(string(filecontent.AsIs), string(filecontent.LF), string(filecontent.CRLF))},
		},
	}
}

func filesBehaviour() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"prune": schema.StringAttribute{
			MarkdownDescription: "What else is removed: `managed` (default) removes a file that is no longer asked for when this resource wrote, adopted or imported it, and nothing else. " +
				"`all` makes `prefix` an exact mirror: whatever else is below it is removed, whoever put it there, on creation too " +
				"(the plan then warns and names it); with an empty `prefix` that is the whole branch. Submodules stay, as do files whose names Terraform cannot keep (neither UTF-8 nor in composed form).",
			Optional: true, Computed: true, Default: stringdefault.StaticString(pruneManaged),
			Validators: []validator.String{stringvalidator.OneOf(pruneManaged, pruneAll)},
		},
		"overwrite_on_create": schema.BoolAttribute{
			MarkdownDescription: "What happens when a path that is new to this resource exists already. `false` (default): the same file is adopted, " +
				"another one is an error, at plan time where that can be known. `true`: it is overwritten.",
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
		},
		"on_destroy": schema.StringAttribute{
			MarkdownDescription: "What happens to the files when the resource is destroyed: `delete` (default) removes those in `blob_ids` in one commit, `keep` leaves them.",
			Optional:            true, Computed: true, Default: stringdefault.StaticString(onDestroyDelete),
			Validators: []validator.String{stringvalidator.OneOf(onDestroyDelete, onDestroyKeep)},
		},
		"commit_mode": schema.StringAttribute{
			MarkdownDescription: "`auto`: changes that arrive together share one commit, which is pushed before any of them is reported done. " +
				"`explicit`: the changes wait until the `nanogit_commit` that names `blob_ids` commits them; without one they are never made, and the next plan warns of it. " +
				"Default: the provider's `commit_mode` (`NANOGIT_COMMIT_MODE`).",
			Optional:   true,
			Validators: []validator.String{stringvalidator.OneOf(session.CommitModes...)},
		},
		"commit_message": commitMessageAttribute(),
		"show_diff": schema.BoolAttribute{
			MarkdownDescription: "Whether the plan shows, as `diff`, the lines that change. It takes a request for the former contents. The text is kept in state until the next change, with `source_dir` too. Default: `false`.",
			Optional:            true,
		},
	}
}

func filesComputed() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			MarkdownDescription: "What `terraform import` takes: `<branch>:<prefix>`, after `<repository>#` where the repository is not the provider's.",
			Computed:            true,
		},
		"blob_ids": schema.StringAttribute{ // see PackedMaps
			MarkdownDescription: "The Git blob of each file, by its path from the root of the repository. A plan knows the blobs of all files whose contents are known, so that it lists just " +
				"the paths that will change. A path is shown as known after apply while its content or mode is not known yet, and when its mode alone changes. " +
				"The whole map is known after apply only while it is not known which files there are.",
			Computed: true,
		},
		"diff": schema.StringAttribute{
			MarkdownDescription: "With `show_diff`, the change that the plan makes to the files, as a unified diff from what the state says of them: at most 64 KiB, and 200 files. A file that is new to this resource is shown as new. " +
				"Files of more than 256 KiB and what is no text are named and not shown, as are files with `sensitive_content` or `content_wo`, now or before. Known after apply while a content is. Null in a plan without changes, whatever the last apply showed, so it is no value for an output.",
			Computed: true,
		},
		"commit_id": schema.StringAttribute{
			MarkdownDescription: "The commit with which this resource last wrote. Null when it never did, because every file was there already, and in `explicit` mode.",
			Computed:            true,
		},
		"tree_id": schema.StringAttribute{
			MarkdownDescription: "The Git tree of the directory `prefix` as it was last seen, with whatever others keep in it. Null while there is no such directory, and in `explicit` mode, " +
				"where the `nanogit_commit` makes it later.",
			Computed: true,
		},
	}
}

// ConfigValidators hold for the resource as a whole.
func (r *filesResource) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{resourcevalidator.ExactlyOneOf(atFiles.Expression(), atSourceDir.Expression())}
}
