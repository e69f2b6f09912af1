package resources

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// hintsKey is the key of the hint record in private state. The record was that of nanogit_files
// alone at first, and the names in it are from then.
const hintsKey = "seen"

// hintsJSON is the hint record in private state. Few bytes count: a nanogit_files may have ten
// thousand files.
type hintsJSON struct {
	Modes    map[string][]string `json:"modes"` // paths by mode
	Foreign  []string            `json:"foreign,omitempty"`
	Wrote    map[string]string   `json:"write_only,omitempty"`
	Pointers []string            `json:"lfs_pointers,omitempty"`

	Fresh   bool                  `json:"staged_all,omitempty"`
	New     []string              `json:"staged_new,omitempty"` // staged where nothing was
	Staged  map[string]string     `json:"staged,omitempty"`     // the other staged ones, with the blob before
	Renames map[string]renameJSON `json:"renames,omitempty"`

	Raw       map[string]string `json:"raw,omitempty"`
	Rivals    map[string]string `json:"others,omitempty"`
	Committed bool              `json:"committed,omitempty"`
	Token     string            `json:"token,omitempty"`
}

type renameJSON struct {
	Path string `json:"path"`
	Blob string `json:"blob"`
}

// encode makes the record of private state, in one order for the same hints.
func (h hints) encode() []byte {
	j := hintsJSON{
		Foreign: slices.Sorted(maps.Keys(h.foreign)), Wrote: encodeBlobs(h.wrote), Pointers: slices.Sorted(maps.Keys(h.pointers)),
		Fresh: h.fresh, Staged: make(map[string]string), Renames: make(map[string]renameJSON),
		Raw: h.decomposed, Rivals: encodeBlobs(h.others), Committed: h.committed, Token: h.token,
	}
	for p, was := range h.staged {
		if was.IsZero() {
			j.New = append(j.New, p)
		} else {
			j.Staged[p] = was.String()
		}
	}
	slices.Sort(j.New)
	for p, source := range h.renames {
		j.Renames[p] = renameJSON{source.path, source.blob.String()}
	}
	if h.modes != nil {
		j.Modes = make(map[string][]string)
	}
	for p, mode := range h.modes {
		j.Modes[mode.String()] = append(j.Modes[mode.String()], p)
	}
	for _, paths := range j.Modes {
		slices.Sort(paths)
	}
	b, err := json.Marshal(j)
	if err != nil {
		panic("resources: strings cannot be encoded: " + err.Error())
	}
	return b
}

// decodeHints reads the result of encode; the zero value for anything else.
func decodeHints(b []byte) hints {
	var j hintsJSON
	if json.Unmarshal(b, &j) != nil {
		return hints{}
	}
	h := hints{
		foreign: setOf(j.Foreign), wrote: decodeBlobs(j.Wrote), pointers: setOf(j.Pointers), fresh: j.Fresh, staged: decodeBlobs(j.Staged),
		renames: make(map[string]renameSource, len(j.Renames)), decomposed: j.Raw, others: decodeBlobs(j.Rivals), committed: j.Committed, token: j.Token,
	}
	for _, p := range j.New {
		h.staged[p] = gitobj.ID{}
	}
	for p, source := range j.Renames {
		if blob, err := gitobj.ParseID(source.Blob); err == nil {
			h.renames[p] = renameSource{source.Path, blob}
		}
	}
	if j.Modes == nil {
		return h
	}
	h.modes = make(map[string]gitobj.Mode)
	for text, paths := range j.Modes {
		mode, err := gitobj.ParseMode(text)
		if err != nil {
			return hints{}
		}
		for _, p := range paths {
			h.modes[p] = mode
		}
	}
	return h
}

func setOf(paths []string) map[string]bool {
	set := make(map[string]bool, len(paths))
	for _, p := range paths {
		set[p] = true
	}
	return set
}

func encodeBlobs(blobs map[string]gitobj.ID) map[string]string {
	out := make(map[string]string, len(blobs))
	for p, id := range blobs {
		out[p] = id.String()
	}
	return out
}

// decodeBlobs leaves out texts that are no object id.
func decodeBlobs(texts map[string]string) map[string]gitobj.ID {
	out := make(map[string]gitobj.ID, len(texts))
	for p, text := range texts {
		if id, err := gitobj.ParseID(text); err == nil {
			out[p] = id
		}
	}
	return out
}

// formerHintsKey is the key under which a nanogit_file had a record of its own at first.
const formerHintsKey = "written"

// formerHintsJSON is that record.
type formerHintsJSON struct {
	Blob    string `json:"blob"`
	Pointer bool   `json:"lfs_pointer"`
	Staged  bool   `json:"staged"`
	Before  string `json:"before"`

	Left     string `json:"left"`
	LeftBlob string `json:"left_blob"`

	Committed bool   `json:"committed"`
	Rival     string `json:"rival"`
	Token     string `json:"token"`
	Raw       string `json:"raw"`
}

// decodeFormerHints reads the former record of the nanogit_file at path; the zero value for
// anything else.
func decodeFormerHints(b []byte, path string) hints {
	var j formerHintsJSON
	if json.Unmarshal(b, &j) != nil {
		return hints{}
	}
	h := hints{token: j.Token, committed: j.Committed, others: decodeBlobs(map[string]string{path: j.Rival})}
	if j.Raw != "" {
		h.decomposed = map[string]string{path: j.Raw}
	}
	blob, err := gitobj.ParseID(j.Blob)
	if err != nil {
		return h
	}
	h.wrote = map[string]gitobj.ID{path: blob}
	if j.Pointer {
		h.pointers = map[string]bool{path: true}
	}
	if !j.Staged {
		return h
	}
	before, _ := gitobj.ParseID(j.Before) // none is a zero ID
	h.staged = map[string]gitobj.ID{path: before}
	if source, err := gitobj.ParseID(j.LeftBlob); err == nil {
		h.renames = map[string]renameSource{path: {j.Left, source}}
	}
	return h
}
