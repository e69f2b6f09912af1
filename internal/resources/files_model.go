package resources

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/packedmap"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// filesModel is a nanogit_files in configuration, plan and state.
type filesModel struct {
	ID         types.String `tfsdk:"id"`
	Repository types.String `tfsdk:"repository"`
	Branch     types.String `tfsdk:"branch"`
	Prefix     types.String `tfsdk:"prefix"`

	Files     types.Map    `tfsdk:"files"`
	SourceDir types.String `tfsdk:"source_dir"`
	Include   types.List   `tfsdk:"include"`
	Exclude   types.List   `tfsdk:"exclude"`

	Prune             types.String `tfsdk:"prune"`
	OverwriteOnCreate types.Bool   `tfsdk:"overwrite_on_create"`
	OnDestroy         types.String `tfsdk:"on_destroy"`
	CommitMode        types.String `tfsdk:"commit_mode"`
	CommitMessage     types.String `tfsdk:"commit_message"`
	ShowDiff          types.Bool   `tfsdk:"show_diff"`

	Diff     types.String `tfsdk:"diff"`
	BlobIDs  types.String `tfsdk:"blob_ids"` // a packed map
	CommitID types.String `tfsdk:"commit_id"`
	TreeID   types.String `tfsdk:"tree_id"`
}

// entryType is an element of files.
var entryType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"content": types.StringType, "content_base64": types.StringType, "sensitive_content": types.StringType, "source": types.StringType,
	"content_wo": types.StringType, "content_wo_version": types.Int64Type, "mode": types.StringType, "line_endings": types.StringType,
}}

// The attributes of nanogit_files, as diagnostics name them.
var (
	atPrefix    = path.Root("prefix")
	atFiles     = path.Root("files")
	atSourceDir = path.Root("source_dir")
	atInclude   = path.Root("include")
	atExclude   = path.Root("exclude")
	atPrune     = path.Root("prune")
)

func (m *filesModel) location() session.Location {
	return m.branchAttributes().at(m.Prefix.ValueString())
}

func (m *filesModel) branchAttributes() branchAttributes {
	return branchAttributes{m.Repository, m.Branch}
}

func (m *filesModel) setBranchAttributes(at branchAttributes) {
	m.Repository, m.Branch = at.repository, at.branch
}

func (m *filesModel) subject(verb string) subject {
	return subject{verb: verb, location: m.location(), many: true}
}

// spellOutUnknown plans each element of files that is not known as an object of attributes that are
// not. Engines that know write-only attributes refuse a plan in which such an attribute is unknown,
// as part of its object, too.
func (m *filesModel) spellOutUnknown() {
	elements := m.Files.Elements()
	for key, v := range elements {
		if !v.IsUnknown() {
			continue
		}
		values := map[string]attr.Value{"content_wo_version": types.Int64Unknown()}
		for name, of := range entryType.AttrTypes {
			if of == types.StringType {
				values[name] = types.StringUnknown()
			}
		}
		values["content_wo"] = types.StringNull()
		elements[key] = types.ObjectValueMust(entryType.AttrTypes, values)
	}
	if len(elements) > 0 {
		m.Files = types.MapValueMust(entryType, elements)
	}
}

// mirrors reports whether everything else below prefix is to go.
func (m *filesModel) mirrors() bool { return m.Prune.ValueString() == pruneAll }

// blobs are the blob ids by path, as far as they are known. Without a model there are none.
func (m *filesModel) blobs() map[string]gitobj.ID {
	if m == nil {
		return nil
	}
	return knownBlobs(m.BlobIDs)
}

// entries are the files by path, with their modes as far as the hints know them.
func (m *filesModel) entries(h hints) map[string]gitread.Entry {
	entries := make(map[string]gitread.Entry)
	for path, id := range m.blobs() {
		entries[path] = gitread.Entry{Path: path, ID: id, Mode: h.mode(path)}
	}
	return entries
}

// setBlobs sets blob_ids; an ID of zero is not known yet.
func (m *filesModel) setBlobs(blobs map[string]gitobj.ID) {
	elements := make(map[string]types.String, len(blobs))
	for path, id := range blobs {
		elements[path] = types.StringUnknown()
		if !id.IsZero() {
			elements[path] = types.StringValue(id.String())
		}
	}
	m.BlobIDs = packedmap.Of(elements)
}

// setTree sets tree_id; the zero ID stands for no directory.
func (m *filesModel) setTree(id gitobj.ID) {
	m.TreeID = types.StringNull()
	if !id.IsZero() {
		m.TreeID = types.StringValue(id.String())
	}
}

// setUnmade plans the commit and the tree of changes that are yet to be made. In explicit mode it
// is the nanogit_commit that makes them.
func (m *filesModel) setUnmade(stages bool) {
	m.CommitID, m.TreeID = types.StringUnknown(), types.StringUnknown()
	if stages {
		m.CommitID, m.TreeID = types.StringNull(), types.StringNull()
	}
}
