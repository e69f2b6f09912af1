package property_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/miniengine"
)

// holder is who has a path: a resource, and the nanogit_commit that names it.
type holder struct{ address, commit string }

// holders returns the holders of the configured paths, by path.
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

// commitOf returns the nanogit_commit that now makes the changes of a path's holder; for a holder
// that goes, the nanogit_commit that it had.
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

// mayGapBetweenProcesses allows gaps at the paths that move from a provider block to another and
// get another content: two processes then push a part each.
func (w *world) mayGapBetweenProcesses(heirs map[string]bool) {
	for path := range heirs {
		for address := range w.engine.State {
			if w.knows(address, path) && w.aliasOf(address) != w.aliasOf(w.holders()[path].address) {
				w.gaps[path] = true
			}
		}
	}
}

// mayGapWhenDeposed allows gaps at the paths of deposed objects: terraform plans their deletion
// again in the process that applies, which does not know yet that another resource gets the path.
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

// moving returns the configured paths that state has at another address, or at an address whose
// object is tainted. A nanogit_commit that named a path, and is not that of its resource now, may
// owe the removal for the former one: it was refused in an earlier apply.
func (w *world) moving() map[string]bool {
	all := make(map[string]bool)
	for path, holder := range w.holders() {
		for key, o := range w.engine.State {
			_, named := mapOf(o.Value, "files")[path]
			owes := o.Type == "nanogit_commit" && named && miniengine.Address(key) != w.commitOf(holder)
			if owes || w.knows(key, path) && (miniengine.Address(key) != holder.address || o.Tainted) {
				all[path] = true
			}
		}
	}
	return all
}

// heirs returns those of the paths that get another content than the branch has.
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

// mayGapWhenReplaced allows gaps at the paths whose content changes with a plain replacement, and
// at the paths that a nanogit_commit removes when an apply without records destroys it.
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

// history checks each commit since its last call: no commit of the provider may lack a path that
// the commit before it had and that was configured before the step and still is. There are two
// exceptions. At parallelism 1, terraform deletes a path at its old address before it asks for it
// at the new address, and does not announce that. And where the path moves between resources that
// do not share a commit, each makes its own commit.
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
