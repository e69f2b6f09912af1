package property_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// writeAsOther makes a commit as a concurrent committer: of a file of their own, and with drift
// also of a managed file.
func (w *world) writeAsOther(rnd *rand.Rand, drift bool) error {
	w.have = nil
	w.names++
	theirs := map[string]entry{fmt.Sprintf("their/%d", w.names%5): {w.content(), "100644"}}
	files := make(map[string]gittest.File)
	for path, e := range theirs {
		files[path] = gittest.File{Content: e.content}
		w.others[path] = w.inGit(e)
	}
	changed := ""
	said := fmt.Sprint("  somebody writes ", slices.Collect(maps.Keys(theirs)))
	if have, err := w.tree(); err != nil {
		return err
	} else if path, ok := pick(rnd, w.managed(have)); ok && drift {
		changed, w.upset = path, true
		files[path] = [...]gittest.File{{Remove: true}, {Content: w.content()}, {Content: w.content(), Mode: "100755"}}[rnd.IntN(3)]
		if w.on("odd") && rnd.IntN(2) == 0 {
			files[path] = gittest.File{Content: w.odd(rnd)}
		}
		said += fmt.Sprintf(" and changes %s: %.99q", path, fmt.Sprintf("%+v", files[path]))
	}
	w.logf("%s", said)
	id, err := w.commitAsOther(files)
	w.have = nil
	w.foreign = append(w.foreign, id)
	if err != nil || changed == "" || files[changed].Remove {
		return err
	}
	// The provider may have removed the file meanwhile, through another spelling of the repository.
	// Then this commit has created the file again.
	had, err := w.repo.Files(id + "^")
	if _, there := had[changed]; err == nil && !there {
		w.logf("  (%s was gone by then)", changed)
		w.excused[changed] = true
	}
	return err
}

// managed returns the entries that are configured, or that a resource in state has.
func (w *world) managed(have map[string]gittest.Entry) map[string]gittest.Entry {
	ours := maps.Clone(have)
	wanted := w.wanted()
	maps.DeleteFunc(ours, func(path string, _ gittest.Entry) bool {
		_, is := wanted[path]
		_, theirs := w.others[path]
		return theirs || !is && !w.owned(path, true)
	})
	return ours
}

// commitAsOther makes a commit as a person does who repeats it until it succeeds.
func (w *world) commitAsOther(files map[string]gittest.File) (id string, err error) {
	for range 50 {
		if id, err = w.repo.Commit(w.repo.Branch, "Theirs", files); err == nil {
			return id, nil
		}
	}
	return "", err
}
