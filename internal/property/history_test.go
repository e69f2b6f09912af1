package property_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/miniengine"
)

// holder is who has a path: a resource, and the nanogit_commit that names it.
type holder struct{ address, commit string }

// holders are those of the configured paths, by path.
func (w *world) holders() map[string]holder {
	all := make(map[string]holder)
	for address, f := range w.files {
		all[f.path] = holder{address, f.commit}
	}
	for address, s := range w.sets {
		for path := range s.files {
			all[s.prefix+"/"+path] = holder{address, s.commit}
		}
	}
	return all
}

// commitOf is the nanogit_commit that now makes the changes of who had a path; as it was, for one
// that goes.
func (w *world) commitOf(h holder) string {
	if f := w.files[h.address]; f != nil {
		return f.commit
	}
	if s := w.sets[h.address]; s != nil {
		return s.commit
	}
	return h.commit
}

// aliasOf is the provider block of a resource that writes files, as configured.
func (w *world) aliasOf(address string) string {
	r := w.config().Resources[miniengine.Address(address)]
	return r.Provider
}

// mayGapBetweenProcesses says so of the paths that go from one provider block to another, with
// another content: those are two processes, and each pushes its part.
func (w *world) mayGapBetweenProcesses(heirs map[string]bool) {
	for path := range heirs {
		for address := range w.engine.State {
			if w.knows(address, path) && w.aliasOf(address) != w.aliasOf(w.holders()[path].address) {
				w.gaps[path] = true
			}
		}
	}
}

// mayGapWhenDeposed says so of the paths of deposed objects: terraform plans them once more in the
// process that applies, which does not know then who else is to have them.
func (w *world) mayGapWhenDeposed() {
	for key := range w.engine.State {
		if miniengine.Address(key) == key {
			continue
		}
		for path := range w.holders() {
			if w.knows(key, path) {
				w.gaps[path] = true
			}
		}
	}
}

// moving are the configured paths that state has at another address, or at one that is replaced
// once more.
func (w *world) moving() map[string]bool {
	all := make(map[string]bool)
	for path, holder := range w.holders() {
		for key, o := range w.engine.State {
			if w.knows(key, path) && (miniengine.Address(key) != holder.address || o.Tainted) {
				all[path] = true
			}
		}
	}
	return all
}

// heirs are those of the paths that are to have another content than the branch has.
func (w *world) heirs(paths map[string]bool) (map[string]bool, error) {
	have, err := w.tree()
	heirs := make(map[string]bool)
	wants := func(path string, e entry) {
		if is := have[path]; paths[path] && is != w.inGit(e) {
			heirs[path] = true
		}
	}
	for _, f := range w.files {
		wants(f.path, f.entry)
	}
	for _, s := range w.sets {
		for path, e := range s.files {
			wants(s.prefix+"/"+path, e)
		}
	}
	return heirs, err
}

// mayGapWhenReplaced says so of the paths whose content changes with a plain replacement, and of
// those that a nanogit_commit removes when it is destroyed by an apply without records.
func (w *world) mayGapWhenReplaced(plan *miniengine.Plan) error {
	replaced := make(map[string]bool)
	for path, h := range w.holders() {
		replaced[path] = plan.Changes[h.address].Action == miniengine.Replace
	}
	heirs, err := w.heirs(replaced)
	maps.Copy(w.gaps, heirs)
	for key, change := range plan.Changes {
		if w.records != "" {
			break // the commit knows the paths of others
		}
		if o := w.engine.State[key]; change.Action == miniengine.Delete && o != nil && o.Text("on_destroy") == "delete_files" {
			for path := range mapOf(o.Value, "files") {
				w.gaps[path] = true
			}
		}
	}
	return err
}

// history looks at each commit that was made since it was asked last: none of ours may lack a path
// that the commit before it had, and that was configured before the step and is now. It forgives
// two things: at parallelism 1 terraform deletes a path at one address before it asks for it at
// another, and does not say that it will; and of two resources one makes its changes at once, or
// with another nanogit_commit than the other one.
func (w *world) history(held map[string]holder, moving map[string]bool) error {
	if w.kinds == nil {
		return nil
	}
	if n, err := w.repo.Count(w.repo.Branch); n == 0 {
		return err
	}
	log, err := w.repo.Run("log", "--reverse", "--format=%H", w.repo.Branch, "--not", w.head)
	if w.head == "" {
		log, err = w.repo.Run("log", "--reverse", "--format=%H", w.repo.Branch)
	}
	if err != nil {
		return err
	}
	holds, had := w.holders(), make(map[string]gittest.Entry)
	if w.head != "" {
		if had, err = w.repo.Files(w.head); err != nil {
			return err
		}
	}
	for id := range strings.FieldsSeq(log) {
		has, err := w.repo.Files(id)
		if err != nil {
			return err
		}
		for _, path := range slices.Sorted(maps.Keys(had)) {
			was, is := held[path], holds[path]
			forgiven := w.gaps[path] || moving[path] && w.engine.Parallelism == 1 ||
				was.address != is.address && w.commitOf(was) != is.commit
			if _, there := has[path]; !there && was.address != "" && is.address != "" && !forgiven && !slices.Contains(w.foreign, id) {
				return fmt.Errorf("commit %s removes %s, which %s held before the apply and %s holds after it", id, path, was.address, is.address)
			}
		}
		w.head, had = id, has
	}
	return nil
}
