package resources

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/packedmap"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// commitModel is a nanogit_commit in configuration, plan and state.
type commitModel struct {
	Repository types.String `tfsdk:"repository"`
	Branch     types.String `tfsdk:"branch"`
	Files      types.String `tfsdk:"files"` // a packed map

	Message     types.String `tfsdk:"message"`
	Author      types.Object `tfsdk:"author"`
	Committer   types.Object `tfsdk:"committer"`
	Trailers    types.Map    `tfsdk:"trailers"`
	PushOptions types.List   `tfsdk:"push_options"`

	AllowEmpty types.Bool   `tfsdk:"allow_empty"`
	OnDestroy  types.String `tfsdk:"on_destroy"`
	ShowDiff   types.Bool   `tfsdk:"show_diff"`

	Diff types.String `tfsdk:"diff"`

	CommitID       types.String `tfsdk:"commit_id"`
	ParentID       types.String `tfsdk:"parent_id"`
	TreeID         types.String `tfsdk:"tree_id"`
	Additions      types.Int64  `tfsdk:"additions"`
	Modifications  types.Int64  `tfsdk:"modifications"`
	Deletions      types.Int64  `tfsdk:"deletions"`
	RemoteMessages types.List   `tfsdk:"remote_messages"`
}

var personTypes = map[string]attr.Type{"name": types.StringType, "email": types.StringType}

func (m *commitModel) location() session.Location {
	return session.Location{Repository: m.Repository.ValueString(), Branch: m.Branch.ValueString()}
}

func (m *commitModel) branchAttributes() branchAttributes {
	return branchAttributes{m.Repository, m.Branch}
}

// errFilesUnknown: it is not known yet which files a commit is to hold, or with which content.
var errFilesUnknown = errors.New("the configuration does not say yet which blobs the commit is to hold")

// named is the files that a configuration or a plan asks for, as blob ids by path: all of them, or
// none and an error. Nobody asked for a commit of some of them.
func (m *commitModel) named() (map[string]gitobj.ID, error) {
	elements, err := packedmap.Elements(m.Files)
	if err != nil {
		return nil, err
	}
	for _, path := range slices.Sorted(maps.Keys(elements)) {
		at, blob := atFiles.AtMapKey(path), elements[path]
		if blob.IsNull() {
			return nil, nullElement(at)
		}
		if err := checkBlob(blob.ValueString()); err != nil && !blob.IsUnknown() {
			return nil, &contentError{at, err}
		}
	}
	if m.Files.IsUnknown() {
		return nil, errFilesUnknown
	}
	files := make(map[string]gitobj.ID, len(elements))
	for path, blob := range elements {
		if !known(blob) {
			return nil, errFilesUnknown
		}
		files[path] = idOf(blob)
	}
	return files, nil
}

// held is the files that state says the branch holds, as blob ids by path. A path without a blob is
// not held.
func (m *commitModel) held() map[string]gitobj.ID {
	if m == nil {
		return nil
	}
	return knownBlobs(m.Files)
}

// knownBlobs are the blob ids that are known in a packed map of this process.
func knownBlobs(packed types.String) map[string]gitobj.ID {
	elements, _ := packedmap.Elements(packed)
	blobs := make(map[string]gitobj.ID, len(elements))
	for path, blob := range elements {
		if known(blob) {
			blobs[path] = idOf(blob)
		}
	}
	return blobs
}

// setNamed is the way back.
func (m *commitModel) setNamed(files map[string]gitobj.ID) {
	elements := make(map[string]types.String, len(files))
	for path, id := range files {
		elements[path] = types.StringValue(id.String())
	}
	m.Files = packedmap.Of(elements)
}

// setChanged counts the files that the commit changes. nil: not known yet.
func (m *commitModel) setChanged(changed map[string]string) {
	m.Additions, m.Modifications, m.Deletions = types.Int64Unknown(), types.Int64Unknown(), types.Int64Unknown()
	if changed == nil {
		return
	}
	counts := make(map[string]int64)
	for _, how := range changed {
		counts[how]++
	}
	m.Additions, m.Modifications, m.Deletions = types.Int64Value(counts[gitqueue.Added]), types.Int64Value(counts[gitqueue.Modified]), types.Int64Value(counts[gitqueue.Deleted])
}

// setMade sets the ids and messages of the commit; not known yet when made is nil. Without a
// commit, those of prior stay.
func (m *commitModel) setMade(made *gitwriter.Result, prior *commitModel) {
	switch {
	case made == nil:
		m.CommitID, m.ParentID, m.TreeID = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
		m.RemoteMessages = types.ListUnknown(types.StringType)
	case !made.Commit.IsZero():
		m.CommitID, m.ParentID, m.TreeID = idValue(made.Commit), idValue(made.Parent), idValue(made.Tree)
		m.RemoteMessages = linesValue(made.Messages)
	case prior != nil:
		m.CommitID, m.ParentID, m.TreeID, m.RemoteMessages = prior.CommitID, prior.ParentID, prior.TreeID, prior.RemoteMessages
	default:
		m.CommitID, m.ParentID, m.TreeID = types.StringNull(), types.StringNull(), types.StringNull()
		m.RemoteMessages = linesValue(nil)
	}
}

func idValue(id gitobj.ID) types.String {
	if id.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(id.String())
}

// settle takes every computed value from prior, for an update that commits nothing.
func (m *commitModel) settle(prior *commitModel) {
	m.setMade(new(gitwriter.Result), prior)
	m.Additions, m.Modifications, m.Deletions = prior.Additions, prior.Modifications, prior.Deletions
	if m.Diff = m.showsDiff(); m.ShowDiff.ValueBool() {
		m.Diff = prior.Diff
	}
	m.settleWords(prior)
}

// owedKey is where private state keeps the removals that were asked for and not made, as a list of
// paths.
const owedKey = "owed_removals"

func encodeOwed(paths []string) []byte {
	if paths == nil {
		paths = []string{}
	}
	b, err := json.Marshal(paths)
	if err != nil {
		panic("resources: strings cannot be encoded: " + err.Error())
	}
	return b
}

// decodeOwed reads the result of encodeOwed; nothing for anything else.
func decodeOwed(b []byte) []string {
	var paths []string
	if json.Unmarshal(b, &paths) != nil {
		return nil
	}
	return paths
}
