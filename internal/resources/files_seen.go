package resources

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// seenKey is where private state keeps what blob_ids has no room for. Terraform may lose it (a crash during apply), and
// the next refresh finds it again; until then modes are taken for what they should be.
const seenKey = "seen"

// seen is what else is known of the files that blob_ids names. The zero value knows nothing.
type seen struct {
	// modes are those of files that are not regular (100644), by path; nil when none is known.
	modes map[string]gitobj.Mode
	// foreign are the paths that others put below a prefix that is to be mirrored, and that this resource never wrote.
	foreign map[string]bool
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
}

func (s seen) encode() []byte {
	j := seenJSON{Foreign: slices.Sorted(maps.Keys(s.foreign))}
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
	s := seen{foreign: make(map[string]bool, len(j.Foreign))}
	for _, p := range j.Foreign {
		s.foreign[p] = true
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
