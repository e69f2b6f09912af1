package property_test

import (
	"fmt"
	"math/rand/v2"
)

func (w *world) editSet(rnd *rand.Rand) string {
	address, ok := pick(rnd, w.sets)
	if !ok {
		return ""
	}
	s := w.sets[address]
	path := fmt.Sprintf("s%d", rnd.IntN(4))
	e, there := s.files[path]
	switch edit := rnd.IntN(3); {
	case !there || edit == 0:
		s.files[path] = entry{w.content(), "100644"}
	case edit == 1:
		s.files[path] = entry{e.content, modes[rnd.IntN(len(modes))]}
	case len(s.files) > 1:
		delete(s.files, path)
		w.drop(s.prefix + "/" + path)
	}
	return fmt.Sprintf("edit %s: %s: %v", address, s.prefix, s.files)
}

func (w *world) addOrRemoveSet(rnd *rand.Rand) string {
	if address, ok := pick(rnd, w.sets); ok && rnd.IntN(2) == 0 {
		s := w.sets[address]
		delete(w.sets, address)
		for path := range s.files {
			w.drop(s.prefix + "/" + path)
		}
		return fmt.Sprintf("remove %s: %s", address, s.prefix)
	}
	if len(w.sets) > 1 {
		return ""
	}
	w.names++
	address, s := fmt.Sprintf("nanogit_files.s%d", w.names), &set{prefix: fmt.Sprintf("set%d", w.names), files: make(map[string]entry), commit: w.commitOrNone(rnd)}
	for i := range 1 + rnd.IntN(3) {
		s.files[fmt.Sprintf("s%d", i)] = entry{w.content(), "100644"}
	}
	w.sets[address] = s
	return fmt.Sprintf("add %s: %s: %v", address, s.prefix, s.files)
}
