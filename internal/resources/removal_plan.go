package resources

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// removalKey is where a planned removal keeps, in private state, the entries that the plan saw at
// the paths.
//
// Terraform plans the removal of a resource that is no longer in the configuration from the state
// before the refresh, which only tells it whether the resource is gone. Without this, a file that
// somebody changed before its removal was planned would be a conflict in every apply, however often
// it is planned.
const removalKey = "removal"

// plannedRemovals are, by path, the files of which a plan saw another blob or mode than state
// tells.
type plannedRemovals map[string]removalJSON

type removalJSON struct {
	Blob string `json:"blob"`
	Mode string `json:"mode"`
}

func (j removalJSON) entry(path string) (gitread.Entry, bool) {
	id, err := gitobj.ParseID(j.Blob)
	mode, modeErr := gitobj.ParseMode(j.Mode)
	return gitread.Entry{Path: path, ID: id, Mode: mode}, err == nil && modeErr == nil
}

func (p plannedRemovals) encode() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic("resources: strings cannot be encoded: " + err.Error())
	}
	return b
}

// decodePlannedRemovals reads the result of encode, and the former record of a nanogit_file at
// path, which is a removalJSON by itself; nothing of anything else.
func decodePlannedRemovals(b []byte, path string) plannedRemovals {
	var p plannedRemovals
	if json.Unmarshal(b, &p) == nil {
		return p
	}
	var j removalJSON
	if json.Unmarshal(b, &j) != nil || j == (removalJSON{}) {
		return nil
	}
	return plannedRemovals{path: j}
}

// expected is the entry that a removal expects at a path: the one that the plan saw, else the one
// in state.
func (p plannedRemovals) expected(state gitread.Entry) gitread.Entry {
	if e, ok := p[state.Path].entry(state.Path); ok {
		return e
	}
	return state
}

// errDrifted: a file that is to be removed is not the one that this resource wrote.
var errDrifted = errors.New("the branch holds another content or mode than this resource wrote. The plan shows what it wrote, and removes what is there now")

// planDrifted finds the entries at paths that are to be removed which are not those in state, and
// warns of them, unless silent. found are the files on the branch, at the indices of those in
// state.
func planDrifted(about subject, silent bool, state []gitread.Entry, h hints, found []gitread.Entry) (planned plannedRemovals, warnings diag.Diagnostics) {
	var list pathList
	for i, have := range found {
		was := state[i]
		if !have.Exists() || have.ID == was.ID && (was.Mode == 0 || have.Mode == was.Mode) {
			continue
		}
		if planned == nil {
			planned = make(plannedRemovals)
		}
		planned[have.Path] = removalJSON{have.ID.String(), have.Mode.String()}
		// The blob from before a change that was never committed is this resource's own work.
		if !h.uncommitted(have.Path, was.ID, have.ID) {
			list.add(have.Path, nil)
		}
	}
	if silent || list.n == 0 {
		return planned, nil
	}
	err := errDrifted
	if about.many {
		err = fmt.Errorf("the branch holds another content or mode than this resource wrote, at %d of its paths:%s\n\n"+
			"The plan shows what it wrote, and removes what is there now", list.n, &list)
	}
	warnings.AddWarning("Files that somebody else changed will be removed", about.detail(err))
	return planned, warnings
}
