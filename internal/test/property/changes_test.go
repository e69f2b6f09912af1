package property_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/miniengine"
)

// paths are the paths that files may have. None is a directory of another.
var paths = []string{"a", "b", "a.b", "a-b", "d/a", "d/b", "d/e/a", "d/e/b", "f/g/h/a", "ä/ö", "z"}

var modes = []string{"100644", "100755", "120000"}

// changes are the changes that a person may make to a configuration. Each returns a description, or
// "" if the configuration has nothing to change in this way.
var changes = []struct {
	weight int
	do     func(*world, *rand.Rand) string
}{
	{6, (*world).add},
	{5, (*world).edit},
	{3, (*world).remove},
	{3, (*world).rename},
	{2, (*world).move},
	{2, (*world).chmod},
	{1, (*world).toggleKeep},
	{1, (*world).reword},
	{1, (*world).leave},
	{2, (*world).editSet},
	{1, (*world).addOrRemoveSet},
	{1, (*world).takeOver},
	{1, (*world).again},
	{1, (*world).dropCommit},
	{1, (*world).addCommit},
}

// change makes a random change.
func (w *world) change(rnd *rand.Rand) {
	total := 0
	for _, c := range changes {
		total += c.weight
	}
	for range 10 {
		n := rnd.IntN(total)
		for _, c := range changes {
			if n -= c.weight; n >= 0 {
				continue
			}
			if did := c.do(w, rnd); did != "" {
				w.logf("  %s", did)
				return
			}
			break
		}
	}
}

// pick returns a random key of a map.
func pick[V any](rnd *rand.Rand, m map[string]V) (string, bool) {
	if len(m) == 0 {
		return "", false
	}
	return slices.Sorted(maps.Keys(m))[rnd.IntN(len(m))], true
}

// free returns a path that is not on the branch, not configured and not in state.
func (w *world) free(rnd *rand.Rand) (string, bool) {
	have, err := w.tree()
	if err != nil {
		return "", false
	}
	wanted := w.wanted()
	for range 10 {
		p := paths[rnd.IntN(len(paths))]
		_, there := have[p]
		if _, is := wanted[p]; !is && !there && !w.owned(p, true) {
			return p, true
		}
	}
	return "", false
}

func (w *world) content() string {
	w.names++
	return fmt.Sprintf("content %d\n", w.names)
}

func (w *world) commitOrNone(rnd *rand.Rand) string {
	if address, ok := pick(rnd, w.commits); ok && rnd.IntN(4) > 0 {
		return address
	}
	return ""
}

// drop records that a path is no longer configured. A file that no state knows of stays on the
// branch: the process that wrote it was killed before it could report it.
func (w *world) drop(path string) {
	have, err := w.tree()
	if e, there := have[path]; err == nil && there && !w.owned(path, true) {
		w.logf("    (%s is on the branch, and in nobody's state)", path)
		w.others[path] = e
	}
}

func (w *world) add(rnd *rand.Rand) string {
	path, ok := w.free(rnd)
	if !ok || len(w.files) > 9 {
		return ""
	}
	w.names++
	address := fmt.Sprintf("nanogit_file.f%d", w.names)
	f := &file{path: path, entry: entry{w.content(), modes[max(0, rnd.IntN(6)-3)]}, commit: w.commitOrNone(rnd)}
	w.files[address] = f
	return fmt.Sprintf("add %s: %+v", address, *f)
}

func (w *world) edit(rnd *rand.Rand) string {
	address, ok := pick(rnd, w.files)
	if !ok {
		return ""
	}
	w.files[address].content = w.content()
	return fmt.Sprintf("edit %s: %s: %q", address, w.files[address].path, w.files[address].content)
}

func (w *world) remove(rnd *rand.Rand) string {
	address, ok := pick(rnd, w.files)
	if !ok {
		return ""
	}
	path := w.files[address].path
	w.end(address)
	return fmt.Sprintf("remove %s: %s", address, path)
}

// end takes a file out of the configuration.
func (w *world) end(address string) {
	f := w.files[address]
	delete(w.files, address)
	w.drop(f.path)
	if o := w.engine.State[address]; o != nil && o.Text("on_destroy") == "keep" {
		w.leaveBehind(o.Text("path"))
		w.leaveFormer(o.Text("path"), f)
	}
}

// leaveBehind records that nobody manages the file at a path any more. Where another resource in
// state has the path as well, and is still to be destroyed, its destruction removes the file.
func (w *world) leaveBehind(path string) {
	owners, deposed := 0, false
	for key := range w.engine.State {
		if w.knows(key, path) {
			owners++
			deposed = deposed || miniengine.Address(key) != key
		}
	}
	if owners > 1 || deposed {
		w.excused[path] = true
		return
	}
	have, err := w.tree()
	if e, there := have[path]; err == nil && there {
		w.others[path] = e
		w.logf("    (%s stays as it is)", path)
	}
}

// leaveFormer excuses the former paths of a renamed file whose rename no commit has made yet: the
// branch still holds a file there, and keeps it.
func (w *world) leaveFormer(path string, f *file) {
	if have, err := w.tree(); err == nil && have[path] == (gittest.Entry{}) {
		for _, p := range f.former {
			w.excused[p] = true
		}
	}
}

func (w *world) rename(rnd *rand.Rand) string {
	address, ok := pick(rnd, w.files)
	path, free := w.free(rnd)
	if !ok || !free {
		return ""
	}
	f := w.files[address]
	old := f.path
	f.path, f.former = path, append(f.former, old)
	w.drop(old)
	if rnd.IntN(3) == 0 {
		f.content = w.content()
	}
	return fmt.Sprintf("rename %s: %s to %s: %q", address, old, path, f.content)
}

func (w *world) move(rnd *rand.Rand) string {
	address, ok := pick(rnd, w.files)
	to := w.commitOrNone(rnd)
	if !ok || to == w.files[address].commit {
		return ""
	}
	f := w.files[address]
	from := f.commit
	f.commit = to
	if rnd.IntN(3) == 0 {
		f.content = w.content()
	}
	return fmt.Sprintf("move %s: %s from commit %q to %q: %q", address, f.path, from, to, f.content)
}

func (w *world) chmod(rnd *rand.Rand) string {
	address, ok := pick(rnd, w.files)
	mode := modes[rnd.IntN(len(modes))]
	if !ok || mode == w.files[address].mode {
		return ""
	}
	w.files[address].mode = mode
	if rnd.IntN(3) == 0 {
		w.files[address].content = w.content()
	}
	return fmt.Sprintf("chmod %s: %s: %+v", address, w.files[address].path, w.files[address].entry)
}

func (w *world) toggleKeep(rnd *rand.Rand) string {
	address, ok := pick(rnd, w.files)
	if !ok {
		return ""
	}
	w.files[address].keep = !w.files[address].keep
	return fmt.Sprintf("keep %s: %v", address, w.files[address].keep)
}

func (w *world) reword(rnd *rand.Rand) string {
	if address, ok := pick(rnd, w.files); ok && rnd.IntN(2) == 0 {
		w.files[address].message = w.content()
		return "reword " + address
	}
	address, ok := pick(rnd, w.commits)
	if !ok {
		return ""
	}
	w.commits[address].message = w.content()
	return "reword " + address
}

// leave is a removed block: the file stays on the branch.
func (w *world) leave(rnd *rand.Rand) string {
	address, ok := pick(rnd, w.files)
	if !ok {
		return ""
	}
	f := w.files[address]
	path := f.path
	delete(w.files, address)
	w.drop(path)
	if o := w.engine.State[address]; o != nil {
		w.leaveBehind(o.Text("path"))
		w.leaveFormer(o.Text("path"), f)
		w.forget = append(w.forget, address)
	}
	for key, o := range w.engine.State { // a deposed object is forgotten with its address
		if key != address && miniengine.Address(key) == address {
			w.leaveBehind(o.Text("path"))
		}
	}
	return fmt.Sprintf("forget %s: %s", address, path)
}
