package resources

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

const onDestroyDeleteFiles = "delete_files"

const commitDescription = "One commit for everything that it names: with `commit_mode = \"explicit\"`, files are staged and wait, and this resource commits " +
	"and pushes them all at once, together with the removal of files that it used to name.\n\n" +
	"It runs when the content, the paths or the number of the files change, or when one of them drifted. `message`, `author`, `committer`, " +
	"`trailers` and `push_options` describe the next commit: changing only them never makes one and never shows in a plan. " +
	"State has those that the last commit was made with, whether they are from here or from the provider; only `message` is empty when it is left out."

// Schema describes the resource.
func (r *commitResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: commitDescription, Attributes: map[string]schema.Attribute{}}
	for _, part := range []map[string]schema.Attribute{commitAddress(), commitWords(), commitBehaviour(), commitComputed()} {
		maps.Copy(resp.Schema.Attributes, part)
	}
}

func commitAddress() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"repository": schema.StringAttribute{
			MarkdownDescription: "URL of the repository, without credentials. Default: the provider's `url` (`NANOGIT_URL`). " + movedDescription,
			Optional:            true, Computed: true,
			Validators: []validator.String{validRepository()},
		},
		"branch": schema.StringAttribute{
			MarkdownDescription: "Short name of the branch. Default: the provider's `branch` (`NANOGIT_BRANCH`); when that is not set either, " +
				"the branch that the remote's `HEAD` names, which is followed when it is renamed. " + movedDescription,
			Optional: true, Computed: true,
			Validators: []validator.String{ValidBranch()},
		},
		"files": schema.StringAttribute{ // see PackedMaps
			MarkdownDescription: "What the commit is to hold: a map of paths to blob ids, normally `{ for f in nanogit_file.x : f.path => f.blob_id }`, " +
				"`nanogit_files.x.blob_ids`, or both merged. " +
				"The reference makes Terraform stage the files first. State has what the branch holds at each path.",
			Required:   true,
			Validators: []validator.String{packedElements{validPath(), validBlob()}},
		},
	}
}

// commitWords are the attributes for message, author, trailers and push options.
func commitWords() map[string]schema.Attribute {
	person := func(who string) schema.SingleNestedAttribute {
		return schema.SingleNestedAttribute{
			MarkdownDescription: who + " of the commit. Default: the provider's `commit." + strings.ToLower(who) + "`.",
			Optional:            true, Computed: true,
			Attributes: map[string]schema.Attribute{
				"name":  schema.StringAttribute{MarkdownDescription: "Name.", Optional: true, Computed: true, Validators: []validator.String{ValidName(who)}},
				"email": schema.StringAttribute{MarkdownDescription: "E-mail address.", Optional: true, Computed: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1), ValidEmail(who)}},
			},
		}
	}
	return map[string]schema.Attribute{
		"message": schema.StringAttribute{
			MarkdownDescription: "Message of the commit, in place of the `commit_message`s of the files. It may have the placeholders of the provider's `commit.message`. " +
				"Default: the `commit_message` that all files have in common, else the provider's `commit.message`, else a text made from the paths. " +
				"State has it as it was configured, empty for none.",
			Optional: true, Computed: true,
			Validators: []validator.String{ValidMessage()},
		},
		"author":    person("Author"),
		"committer": person("Committer"),
		"trailers": schema.MapAttribute{
			MarkdownDescription: "Trailers at the end of the message (`git interpret-trailers`), by key. Default: the provider's `commit.trailers`; `{}` for none.",
			ElementType:         types.StringType, Optional: true, Computed: true,
			Validators: ValidTrailers(),
		},
		"push_options": schema.ListAttribute{
			MarkdownDescription: "Sent with the push when the server accepts push options, for example `merge_request.create` on GitLab. Default: the provider's `push_options`; `[]` for none.",
			ElementType:         types.StringType, Optional: true, Computed: true,
			Validators: ValidPushOptions(),
		},
	}
}

func commitBehaviour() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"allow_empty": schema.BoolAttribute{
			MarkdownDescription: "Whether a commit is made even when the branch holds everything already at the time when this resource runs. Default `false`.",
			Optional:            true, Computed: true, Default: booldefault.StaticBool(false),
		},
		"on_destroy": schema.StringAttribute{
			MarkdownDescription: "What happens to the files when the resource is destroyed: `keep` (default) or `delete_files`, which removes every named path in one commit, but for those that resources of the configuration have.",
			Optional:            true, Computed: true, Default: stringdefault.StaticString(onDestroyKeep),
			Validators: []validator.String{stringvalidator.OneOf(onDestroyKeep, onDestroyDeleteFiles)},
		},
		"show_diff": schema.BoolAttribute{
			MarkdownDescription: "Whether the plan shows, as `diff`, the lines that change. It takes a request for the former contents. The text is kept in state until the next change. Default: `false`.",
			Optional:            true,
		},
	}
}

func commitComputed() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"commit_id": schema.StringAttribute{
			MarkdownDescription: "The commit that this resource made last. Null when it made none, because the branch held everything already.",
			Computed:            true,
		},
		"parent_id": schema.StringAttribute{MarkdownDescription: "The parent of that commit. Null for the first commit of a repository.", Computed: true},
		"tree_id":   schema.StringAttribute{MarkdownDescription: "The tree of that commit.", Computed: true},
		"additions": schema.Int64Attribute{
			MarkdownDescription: "How many files the last change of this resource was to add; a rename adds one and deletes another. Known when the plan is made, as long as the contents are. " +
				"Which files they are is in the plan, as the change of `files`, and in the commit.",
			Computed: true,
		},
		"modifications": schema.Int64Attribute{MarkdownDescription: "How many files it was to modify.", Computed: true},
		"deletions":     schema.Int64Attribute{MarkdownDescription: "How many files it was to delete.", Computed: true},
		"diff": schema.StringAttribute{
			MarkdownDescription: "With `show_diff`, the change that the plan makes to the files, as a unified diff from what the state says of them: at most 64 KiB, and 200 files. Files of more than 32 KiB, what is no text, " +
				"files that go and blobs that no resource of the same plan writes are named and not shown, as are secrets (`sensitive_content`, `content_wo`), now or before. Known after apply while a content is. Null in a plan without changes, whatever the last apply showed, so it is no value for an output.",
			Computed: true,
		},
		"remote_messages": schema.ListAttribute{
			MarkdownDescription: "The lines that the server printed for the push, for example a link to open a pull request.",
			ElementType:         types.StringType, Computed: true,
		},
	}
}

func validBlob() validator.String {
	return Check{Summary: "Invalid blob id", Meaning: "40 or 64 lower-case hexadecimal digits", Rule: orMocked(checkBlob)}
}

func checkBlob(s string) error {
	if _, err := gitobj.ParseID(s); err != nil {
		return fmt.Errorf("%.80q is no blob id: give a file's blob_id", s)
	}
	return nil
}
