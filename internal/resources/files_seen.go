package resources

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// seenKey is where private state keeps what blob_ids has no room for. Terraform may lose it (a
// crash during apply), and the next refresh finds it again; until then modes are taken for what
// they should be.
const seenKey = "seen"

// seen is what else is known of the files that blob_ids names. The zero value knows nothing.
type seen struct {
	// modes are those of files that are not regular (100644), by path; nil when none is known.
	modes map[string]gitobj.Mode
	// foreign are the paths that others put below a prefix that is to be mirrored, and that this
	// resource never wrote.
	foreign map[string]bool
	// fresh: all of the files were left for a nanogit_commit when there were none of them before.
	// staged are those that were left since, each with the blob that state told of then; the zero
	// ID for none. A refresh forgets both: what it finds takes the place of what was staged.
	fresh  bool
	staged map[string]gitobj.ID
	// blind are the blobs that this resource made of write-only contents, which no plan can
	// compute.
	blind map[string]gitobj.ID
	// rivals are the blobs that other resources were seen to have, by path. committed and token are
	// as in written.
	rivals    map[string]gitobj.ID
	committed bool
	token     string
}

// by is what is known now, after before: it stays the same resource, with the same nanogit_commit.
func (s seen) by(before seen) seen {
	s.committed = s.committed || before.committed
	if s.token = before.token; s.token == "" {
		s.token = rand.Text()
	}
	return s
}

// wasCommitted is written.wasCommitted for many files: those in state, and those that the branch
// holds.
func (s seen) wasCommitted(state, have map[string]gitobj.ID) bool {
	return s.committed || (s.fresh || len(s.staged) > 0) && leftOver(state, have, s).n == 0
}

// staging are the blobs of those files, by path, whose contents were staged.
func (s seen) staging(blobs map[string]gitobj.ID) map[string]gitobj.ID {
	staging := make(map[string]gitobj.ID)
	for path, blob := range blobs {
		if was, staged := s.before(path); staged && was != blob {
			staging[path] = blob
		}
	}
	return staging
}

// before is the blob that a file had when it was left for a nanogit_commit; false when it was not
// left for one.
func (s seen) before(path string) (gitobj.ID, bool) {
	was, ok := s.staged[path]
	return was, ok || s.fresh
}

// mode is the mode of a path that blob_ids names; 0 when it is not known.
func (s seen) mode(path string) gitobj.Mode {
	if s.modes == nil {
		return 0
	}
	if mode, ok := s.modes[path]; ok {
		return mode
	}
	return gitobj.ModeFile
}

// note keeps the mode of a path.
func (s *seen) note(path string, mode gitobj.Mode) {
	if s.modes == nil {
		s.modes = make(map[string]gitobj.Mode)
	}
	if mode != gitobj.ModeFile {
		s.modes[path] = mode
	}
}

type seenJSON struct {
	Modes   map[string][]string `json:"modes"` // paths by mode
	Foreign []string            `json:"foreign,omitempty"`
	Fresh   bool                `json:"staged_all,omitempty"`
	New     []string            `json:"staged_new,omitempty"` // staged where nothing was
	Staged  map[string]string   `json:"staged,omitempty"`     // the other staged ones, with the blob before
	Blind   map[string]string   `json:"write_only,omitempty"`

	Rivals    map[string]string `json:"rivals,omitempty"`
	Committed bool              `json:"committed,omitempty"`
	Token     string            `json:"token,omitempty"`
}

func (s seen) encode() []byte {
	j := seenJSON{
		Foreign: slices.Sorted(maps.Keys(s.foreign)), Fresh: s.fresh, Staged: make(map[string]string), Blind: make(map[string]string),
		Rivals: make(map[string]string), Committed: s.committed, Token: s.token,
	}
	for p, id := range s.rivals {
		j.Rivals[p] = id.String()
	}
	for p, was := range s.staged {
		if was.IsZero() {
			j.New = append(j.New, p)
		} else {
			j.Staged[p] = was.String()
		}
	}
	slices.Sort(j.New)
	for p, id := range s.blind {
		j.Blind[p] = id.String()
	}
	if s.modes != nil {
		j.Modes = make(map[string][]string)
	}
	for p, mode := range s.modes {
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

// decodeSeen reads what encode made; the zero value for anything else.
func decodeSeen(b []byte) seen {
	var j seenJSON
	if json.Unmarshal(b, &j) != nil {
		return seen{}
	}
	s := seen{
		foreign: make(map[string]bool, len(j.Foreign)), fresh: j.Fresh, staged: decodeBlobs(j.Staged), blind: decodeBlobs(j.Blind),
		rivals: decodeBlobs(j.Rivals), committed: j.Committed, token: j.Token,
	}
	for _, p := range j.Foreign {
		s.foreign[p] = true
	}
	for _, p := range j.New {
		s.staged[p] = gitobj.ID{}
	}
	if j.Modes == nil {
		return s
	}
	s.modes = make(map[string]gitobj.Mode)
	for text, paths := range j.Modes {
		mode, err := gitobj.ParseMode(text)
		if err != nil {
			return seen{}
		}
		for _, p := range paths {
			s.modes[p] = mode
		}
	}
	return s
}

// decodeBlobs leaves out what is no blob.
func decodeBlobs(texts map[string]string) map[string]gitobj.ID {
	out := make(map[string]gitobj.ID, len(texts))
	for p, text := range texts {
		if id, err := gitobj.ParseID(text); err == nil {
			out[p] = id
		}
	}
	return out
}
