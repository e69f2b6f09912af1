package resources

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/foreign"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// A moved block from a resource of another provider is applied in three steps:
//
//	MoveState       before any provider is configured: path, content, mode and branch of the foreign
//	                state; no repository. Private state keeps the name of the foreign repository.
//	Read            where the provider's url matches that name: the repository; drift as always.
//	ModifyPlan      where it does not: the repository that the configuration names, or an error.
//	Update, Delete  the same, from the state that the plan began with.
//
// A state without a repository is one that no Read or Update has completed.

// originKey is where private state keeps a movedFrom, until the repository is known.
const originKey = "moved_from"

// movedFrom is the origin of a resource that a moved block brought here. The zero value, which is
// all that is left where an engine drops private state, could be anywhere.
type movedFrom struct {
	foreign.Repository

	// Anywhere: the foreign state does not tell the branch. Otherwise a state without a branch
	// stands for the default branch.
	Anywhere bool `json:"anywhere,omitempty"`
}

func (f movedFrom) encode() []byte {
	b, err := json.Marshal(f)
	if err != nil {
		panic("resources: strings cannot be encoded: " + err.Error())
	}
	return b
}

// loadMoved reads the result of encode; the zero value for anything else.
func loadMoved(ctx context.Context, private privateReader, diags *diag.Diagnostics) (f movedFrom) {
	b, more := private.GetKey(ctx, originKey)
	diags.Append(more...)
	if json.Unmarshal(b, &f) != nil {
		return movedFrom{}
	}
	return f
}

// privateReader is the half of privateState that reads.
type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// MoveState takes the place of the resources of other providers that manage a file.
func (r *fileResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: moveFile}}
}

// MoveState takes the place of the resources of other providers that manage files.
func (r *filesResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: moveFiles}}
}

// readForeign reads the state of a request, for a type of this provider.
func readForeign(req resource.MoveStateRequest, to string) (from foreign.Resource, err error) {
	from, err = foreign.Read(req.SourceProviderAddress, req.SourceTypeName, req.SourceRawState.JSON, to)
	if err != nil {
		return from, err
	}
	for i, f := range from.Files {
		from.Files[i].Path = norm.NFC.String(f.Path) // as Terraform will have it from here on
		if err := gitobj.ValidatePath(from.Files[i].Path); err != nil {
			return from, err
		}
	}
	if from.Branch != "" {
		return from, checkBranch(from.Branch)
	}
	return from, nil
}

// answerMove completes the response of a move, of which the state has been set.
func answerMove(ctx context.Context, from foreign.Resource, resp *resource.MoveStateResponse) {
	resp.Diagnostics.Append(resp.TargetPrivate.SetKey(ctx, originKey, movedFrom{from.Repository, from.Anywhere}.encode())...)
	resp.TargetIdentity = nil // it has the repository in it
}

// refuseMove reports that a state cannot be moved.
func refuseMove(req resource.MoveStateRequest, err error, resp *resource.MoveStateResponse) {
	resp.Diagnostics.AddError("Cannot move "+req.SourceTypeName+" here", sentence(err.Error())+
		"\n\nNothing was changed. The guide \"Coming from other providers\" tells how to take over files that cannot be moved.")
}

func moveFile(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	from, err := readForeign(req, foreign.ToFile)
	if err != nil {
		refuseMove(req, err, resp)
		return
	}
	f := from.Files[0]
	state := importedFile()
	state.Path, state.Mode = types.StringValue(f.Path), modeOfForeign(f)
	state.Content, state.ContentBase64 = contentOfForeign(f)
	state.BlobID, state.Size = types.StringValue(blobOfForeign(f).String()), types.Int64Value(int64(len(f.Content)))
	if from.Branch != "" {
		state.Branch = types.StringValue(from.Branch)
	}
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.TargetState, &state)...)
	answerMove(ctx, from, resp)
}

func moveFiles(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	from, err := readForeign(req, foreign.ToFiles)
	if err != nil {
		refuseMove(req, err, resp)
		return
	}
	state := importedFiles()
	state.Prefix = types.StringValue("")
	if from.Branch != "" {
		state.Branch = types.StringValue(from.Branch)
	}
	blobs, elements := make(map[string]gitobj.ID, len(from.Files)), make(map[string]attr.Value, len(from.Files))
	var h hints
	for _, f := range from.Files {
		blobs[f.Path], elements[f.Path] = blobOfForeign(f), elementOfForeign(f)
		h.setMode(f.Path, mode(modeOfForeign(f)))
	}
	state.setBlobs(blobs)
	state.Files = types.MapValueMust(entryType, elements)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.TargetState, &state)...)
	answerMove(ctx, from, resp)
	resp.Diagnostics.Append(h.save(ctx, resp.TargetPrivate)...)
}

// blobOfForeign is the id of a file's content. The hosts of foreign resources have SHA-1
// repositories; in any other the first Read finds another id for the same content.
func blobOfForeign(f foreign.File) gitobj.ID {
	return gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, f.Content)
}

func modeOfForeign(f foreign.File) types.String {
	if f.Exec {
		return types.StringValue(modeExec)
	}
	return types.StringValue(modeFile)
}

func mode(v types.String) gitobj.Mode {
	m, _ := gitobj.ParseMode(v.ValueString()) // one of the constants
	return m
}

// contentOfForeign is the content in the attribute in which a configuration is most likely to have
// it.
func contentOfForeign(f foreign.File) (text, base64Text types.String) {
	if f.Text {
		return types.StringValue(string(f.Content)), types.StringNull()
	}
	return types.StringNull(), types.StringValue(base64.StdEncoding.EncodeToString(f.Content))
}

// elementOfForeign is an element of files. A mode that is the default is left out of
// configurations.
func elementOfForeign(f foreign.File) types.Object {
	values := make(map[string]attr.Value, len(entryType.AttrTypes))
	for name, of := range entryType.AttrTypes {
		values[name] = types.StringNull()
		if of == types.Int64Type {
			values[name] = types.Int64Null()
		}
	}
	values["content"], values["content_base64"] = contentOfForeign(f)
	if f.Exec {
		values["mode"] = types.StringValue(modeExec)
	}
	return types.ObjectValueMust(entryType.AttrTypes, values)
}

// movedElsewhereError: a moved block names a resource of another repository.
type movedElsewhereError struct {
	from movedFrom
	to   string // canonical
}

func (e *movedElsewhereError) Error() string {
	return fmt.Sprintf("the moved block brings the state of a %s of %s, and this resource is of the repository %s. "+
		"A move changes the state alone and copies nothing. Set repository (or the provider's url) to the repository that the file is in, or take the moved block away",
		e.from.Type, e.from.Repository, e.to)
}

// errUnplaced: a moved resource is destroyed before its repository was ever known.
var errUnplaced = errors.New("a moved block brought this resource here from another provider, and its repository is not known yet: " +
	"let Terraform forget it (terraform state rm 'ADDRESS', or a removed block with destroy = false), or apply the move first with the resource in the configuration")

// check refuses a repository that is not the foreign one.
func (f movedFrom) check(repository string) error {
	if f.Matches(repository) {
		return nil
	}
	return &movedElsewhereError{f, giturl.Canonical(repository)}
}
