package property_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// takeOver gives a file's path to a new resource.
func (w *world) takeOver(rnd *rand.Rand) string {
	address, ok := pick(rnd, w.files)
	if !ok || w.engine.State[address] == nil || w.engine.State[address].Text("path") != w.files[address].path {
		return ""
	}
	if w.engine.State[address].Text("on_destroy") == "keep" {
		return ""
	}
	old := w.files[address]
	delete(w.files, address)
	w.names++
	heir := fmt.Sprintf("nanogit_file.f%d", w.names)
	f := &file{path: old.path, entry: old.entry, commit: w.commitOrNone(rnd), over: true}
	if rnd.IntN(2) == 0 {
		f.content = w.content()
	}
	w.files[heir] = f
	w.mayGap(f.path, "take-over")
	return fmt.Sprintf("%s takes %s over from %s (commit %q): %+v", heir, f.path, address, old.commit, *f)
}

// again is -replace.
func (w *world) again(rnd *rand.Rand) string {
	address, ok := pick(rnd, w.files)
	if !ok || w.engine.State[address] == nil || slices.Contains(w.replace, address) {
		return ""
	}
	w.replace = append(w.replace, address)
	w.files[address].over = true // the creation is planned while the old file is there
	if !w.files[address].first {
		w.mayGap(w.files[address].path, "replace")
	}
	return fmt.Sprintf("replace %s: %s", address, w.files[address].path)
}

// dropCommit removes a nanogit_commit from the configuration; its files get another commit, or
// commit by themselves. If it deletes its files, they are removed with it.
func (w *world) dropCommit(rnd *rand.Rand) string {
	address, ok := pick(rnd, w.commits)
	if !ok || w.deletesOthers(address) {
		return ""
	}
	gone := w.commits[address]
	delete(w.commits, address)
	w.abandon(address)
	to := w.commitOrNone(rnd)
	for name, f := range w.files {
		switch {
		case f.commit != address:
		case gone.deleteFiles:
			delete(w.files, name)
			w.drop(f.path)
		default:
			f.commit = to
		}
	}
	for name, s := range w.sets {
		switch {
		case s.commit != address:
		case gone.deleteFiles:
			delete(w.sets, name)
			for path := range s.files {
				w.drop(s.prefix + "/" + path)
			}
		default:
			s.commit = to
		}
	}
	if gone.deleteFiles {
		return fmt.Sprintf("remove %s and its files", address)
	}
	return fmt.Sprintf("remove %s, its files go to commit %q", address, to)
}

// abandon excuses the paths that a removed commit names and that no resource has: their removal was
// cut off, and only the commit's state knew of it.
func (w *world) abandon(address string) {
	o := w.engine.State[address]
	if o == nil {
		return
	}
	wanted := w.wanted()
	for path := range mapOf(o.Value, "files") {
		if _, is := wanted[path]; !is && !slices.ContainsFunc(slices.Collect(maps.Keys(w.engine.State)), func(other string) bool { return w.knows(other, path) }) {
			w.excused[path] = true
		}
	}
}

// deletesOthers reports whether the destruction of a commit would delete files that are to stay; a
// second apply would have to restore them.
func (w *world) deletesOthers(address string) bool {
	o := w.engine.State[address]
	if o == nil || o.Text("on_destroy") != "delete_files" && !w.commits[address].deleteFiles {
		return false
	}
	named := mapOf(o.Value, "files")
	for name, f := range w.files {
		if _, is := named[f.path]; is && (f.commit != address || f.keep) {
			return true
		}
		if prior := w.engine.State[name]; f.commit == address && prior != nil && prior.Text("on_destroy") == "keep" {
			return true
		}
	}
	for path := range named {
		if _, left := w.others[path]; left {
			return true
		}
	}
	return o.Text("on_destroy") != "delete_files" || !w.commits[address].deleteFiles
}

func (w *world) addCommit(rnd *rand.Rand) string {
	if len(w.commits) > 2 {
		return ""
	}
	w.names++
	address := fmt.Sprintf("nanogit_commit.c%d", w.names)
	w.commits[address] = &commit{deleteFiles: rnd.IntN(4) == 0}
	return fmt.Sprintf("add %s: %+v", address, *w.commits[address])
}
