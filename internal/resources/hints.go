package resources

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// hints is the hint record of a nanogit_file or nanogit_files: facts about its files for which the
// schema has no attribute. Private state keeps it. Terraform may lose it (a crash during apply),
// and the next refresh finds most of it again: a hint saves work or allows it, and is never the
// only ground for overwriting. The zero value knows nothing. All maps are by path.
type hints struct {
	// modes are those of files that are not regular (100644); nil when none is known.
	modes map[string]gitobj.Mode
	// foreign are the paths that others put below a prefix that is to be mirrored, and that this
	// resource never wrote.
	foreign map[string]bool
	// wrote are blobs that this resource put on the branch, or found there as wanted: that of a
	// nanogit_file, and in a nanogit_files those of write-only contents, which no plan can compute.
	wrote map[string]gitobj.ID
	// pointers are the Git LFS pointers among the files of wrote, so that plain content in their
	// place is to be asked for.
	pointers map[string]bool
	// fresh: all of the files were left for a nanogit_commit when there were none of them before.
	// staged are those that were left since, each with the blob that state told of then; the zero
	// ID for none. A refresh forgets both: the files that it finds take their place.
	fresh  bool
	staged map[string]gitobj.ID
	// renames are the sources of staged renames, by the new path.
	renames map[string]renameSource
	// decomposed are the paths that the branch has instead of those in state, in another normal
	// form of Unicode.
	decomposed map[string]string
	// others are the blobs of other resources at the paths, as of the last refresh.
	others map[string]gitobj.ID
	// committed: a nanogit_commit took a change of these files, as of the last refresh.
	committed bool
	// token tells this resource from all others; "" before the first refresh or write.
	token string
}

// renameSource is the path that a staged blob is to come from, and the blob that was there.
type renameSource struct {
	path string
	blob gitobj.ID
}

// by joins new hints with those before them: it stays the same resource, with the same
// nanogit_commit.
func (h hints) by(before hints) hints {
	h.committed = h.committed || before.committed
	if h.token = before.token; h.token == "" {
		h.token = rand.Text()
	}
	return h
}

// before is the blob that a file had when it was left for a nanogit_commit; false when it was not.
func (h hints) before(path string) (gitobj.ID, bool) {
	was, ok := h.staged[path]
	return was, ok || h.fresh
}

// stagedAs is the blob that was left for a nanogit_commit at the path, for a file with this blob in
// state.
func (h hints) stagedAs(path string, state gitobj.ID) gitobj.ID {
	if blob, ok := h.wrote[path]; ok {
		return blob
	}
	return state
}

// uncommitted reports whether the branch holds at the path, instead of the staged blob in state,
// the blob from before it was staged.
func (h hints) uncommitted(path string, state, have gitobj.ID) bool {
	was, staged := h.before(path)
	return staged && h.stagedAs(path, state) == state && have != state && have == was
}

// leftOver are the files that were staged for a commit and that the branch does not hold: it has at
// their paths the blobs from before. state and have are the blobs in state and on the branch.
func (h hints) leftOver(state, have map[string]gitobj.ID) *pathList {
	var list pathList
	for _, path := range slices.Sorted(maps.Keys(state)) {
		if h.uncommitted(path, state[path], have[path]) {
			list.add(path, nil)
		}
	}
	return &list
}

// wasCommitted reports whether a nanogit_commit has taken changes of the files: of those that were
// staged, the branch holds some now that it did not hold before, and none is left over. Some
// engines plan the end of a resource, and destroy it, without the private state that a refresh
// would have written.
func (h hints) wasCommitted(state, have map[string]gitobj.ID) bool {
	if h.committed {
		return true
	}
	took := false
	for path, blob := range state {
		was, staged := h.before(path)
		if !staged {
			continue
		}
		if h.uncommitted(path, blob, have[path]) {
			return false
		}
		blob = h.stagedAs(path, blob)
		took = took || have[path] == blob && was != blob && !blob.IsZero()
	}
	return took
}

// refreshed forgets the staged changes: the files that a refresh finds take their place.
func (h hints) refreshed(state, have map[string]gitobj.ID) hints {
	h.committed = h.wasCommitted(state, have)
	h.fresh, h.staged, h.renames = false, nil, nil
	return h
}

// staging are the blobs of those files whose contents were staged and are in state.
func (h hints) staging(blobs map[string]gitobj.ID) map[string]gitobj.ID {
	staging := make(map[string]gitobj.ID)
	for path, blob := range blobs {
		if was, staged := h.before(path); staged && was != blob && h.stagedAs(path, blob) == blob {
			staging[path] = blob
		}
	}
	return staging
}

// mode is the mode of a path that state names; 0 when it is not known.
func (h hints) mode(path string) gitobj.Mode {
	if h.modes == nil {
		return 0
	}
	if mode, ok := h.modes[path]; ok {
		return mode
	}
	return gitobj.ModeFile
}

// setMode keeps the mode of a path. From the first call on, all modes are known.
func (h *hints) setMode(path string, mode gitobj.Mode) {
	if h.modes == nil {
		h.modes = make(map[string]gitobj.Mode)
	}
	if mode != gitobj.ModeFile {
		h.modes[path] = mode
	}
}

// everStaged reports whether files were left for a nanogit_commit at any time.
func (h hints) everStaged() bool { return h.committed || h.fresh || len(h.staged) > 0 }

// moved is the record of a file whose path in state is not that on the branch.
func (h hints) moved(from, to string) hints {
	if from == to {
		return h
	}
	h.wrote, h.staged, h.others = movedKey(h.wrote, from, to), movedKey(h.staged, from, to), movedKey(h.others, from, to)
	h.pointers, h.renames, h.decomposed = movedKey(h.pointers, from, to), movedKey(h.renames, from, to), nil
	return h
}

func movedKey[V any](m map[string]V, from, to string) map[string]V {
	v, ok := m[from]
	if !ok {
		return nil
	}
	return map[string]V{to: v}
}

// setModes keeps the modes of items.
func (h *hints) setModes(items []item) {
	h.setMode("", gitobj.ModeFile) // from here on all modes are known
	for i := range items {
		h.setMode(items[i].path, items[i].mode)
	}
}

// plainly reports whether have is this resource's own work and no Git LFS pointer: it can be
// overwritten unseen.
func (h hints) plainly(path string, have gitobj.ID) bool {
	blob, ok := h.wrote[path]
	return ok && blob == have && !h.pointers[path]
}

// pointer tells whether the content at a path is a Git LFS pointer, where only the blob is at hand.
func (h hints) pointer(path string) func() (bool, error) {
	return func() (bool, error) { return h.pointers[path], nil }
}

// privateState is Terraform's private state of a resource.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// loadHints reads the hint record. path is that of a nanogit_file, whose former record has none.
func loadHints(ctx context.Context, private privateState, path string, diags *diag.Diagnostics) hints {
	former, more := private.GetKey(ctx, formerHintsKey)
	diags.Append(more...)
	if len(former) > 0 { // an older version of the provider was the last to write
		return decodeFormerHints(former, path)
	}
	b, more := private.GetKey(ctx, hintsKey)
	diags.Append(more...)
	return decodeHints(b)
}

// save writes the hint record, in place of a former record.
func (h hints) save(ctx context.Context, private privateState) diag.Diagnostics {
	diags := private.SetKey(ctx, hintsKey, h.encode())
	return append(diags, private.SetKey(ctx, formerHintsKey, nil)...)
}
