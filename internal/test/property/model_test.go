package property_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/miniengine"
)

// config returns the configuration, as the engine takes it.
func (w *world) config() miniengine.Config {
	c := miniengine.Config{
		Provider:  w.block,
		Resources: make(map[string]miniengine.Resource),
		Forget:    w.forget,
		Replace:   w.replace,
		Aliases:   map[string]map[string]any{otherAlias: w.block},
	}
	named := make(map[string]miniengine.Merge)
	for address, f := range w.files {
		if f.mode == "120000" {
			// Others may put a content there that is no link's, and then nobody knows its target.
			f.ignores = false
		}
		a := map[string]any{
			"repository": spelled(f.repository), "path": f.path, "content": f.content, "mode": f.mode, "commit_message": f.message, "overwrite_on_create": f.over,
			"commit_mode": w.mode(address, f.commit), "on_destroy": map[bool]string{true: "keep", false: "delete"}[f.keep],
		}
		c.Resources[address] = w.resource(f.lifecycle, f.commit, "nanogit_file", a)
		if !w.bare[address] {
			named[f.commit] = append(named[f.commit], map[string]any{f.path: miniengine.Ref{Address: address, Attribute: "blob_id"}})
		}
	}
	for address, s := range w.sets {
		files := make(map[string]any)
		for path, e := range s.files {
			files[path] = map[string]any{"content": e.content, "mode": e.mode}
		}
		c.Resources[address] = w.resource(s.lifecycle, s.commit, "nanogit_files", map[string]any{
			"repository": spelled(s.repository), "prefix": s.prefix, "files": files, "commit_mode": w.mode(address, s.commit), "overwrite_on_create": s.over,
		})
		named[s.commit] = append(named[s.commit], miniengine.Ref{Address: address, Attribute: "blob_ids"})
	}
	for address, m := range w.commits {
		c.Resources[address] = w.resource(m.lifecycle, address, "nanogit_commit", map[string]any{
			"repository": spelled(m.repository),
			"files":      named[address], "message": m.message, "on_destroy": map[bool]string{true: "delete_files", false: "keep"}[m.deleteFiles],
		})
	}
	w.addBlockers(c)
	return c
}

// resource makes a resource block of the provider under test.
func (w *world) resource(l lifecycle, commit, typ string, attributes map[string]any) miniengine.Resource {
	r := miniengine.Resource{Type: typ, Attributes: attributes, CreateFirst: l.first, Provider: l.alias}
	if l.ignores {
		r.Ignore = []string{"content"}
	}
	if m := w.commits[commit]; m != nil {
		// The changes that a commit takes are staged by the same provider, under the same address.
		r.Provider, attributes["repository"] = m.alias, spelled(m.repository)
	}
	return r
}

// spelled is an optional attribute: nil for "".
func spelled(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func (w *world) mode(address, commit string) string {
	if commit == "" && !w.bare[address] {
		return "auto"
	}
	return "explicit"
}

// wanted returns the files that the branch must hold by configuration.
func (w *world) wanted() map[string]gittest.Entry {
	all := make(map[string]gittest.Entry)
	for address, f := range w.files {
		all[f.path] = w.inGit(f.entry)
		if id, ignored := w.ignored[address]; ignored {
			all[f.path] = gittest.Entry{Mode: f.mode, ID: id}
		}
	}
	for _, s := range w.sets {
		for path, e := range s.files {
			all[s.prefix+"/"+path] = w.inGit(e)
		}
	}
	return all
}

// compare returns an error that names the files on the branch that differ from the model.
func (w *world) compare() error {
	w.have = nil
	have, err := w.tree()
	if err != nil {
		return err
	}
	want := maps.Clone(w.others)
	maps.Copy(want, w.wanted())
	var wrong []string
	for path, e := range want {
		if got, ok := have[path]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s is not on the branch, want %v", path, e))
		} else if got != e {
			wrong = append(wrong, fmt.Sprintf("%s is %v on the branch, want %v", path, got, e))
		}
	}
	for path, e := range have {
		if _, ok := want[path]; !ok && !w.excused[path] {
			wrong = append(wrong, fmt.Sprintf("%s is on the branch (%v) and should not be", path, e))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("the branch is not what it ought to be:\n  %s", strings.Join(wrong, "\n  "))
}

// owned reports whether a resource in state has the path; commits says whether the name in a
// nanogit_commit is enough.
func (w *world) owned(path string, commits bool) bool {
	for _, o := range w.engine.State {
		if o.Type == "nanogit_commit" && !commits {
			continue
		}
		if o.Text("path") == path {
			return true
		}
		for _, attribute := range []string{"files", "blob_ids"} {
			if o.Type == "nanogit_files" && attribute == "files" {
				continue // below its prefix
			}
			if _, ok := mapOf(o.Value, attribute)[path]; ok {
				return true
			}
		}
	}
	return false
}

// knows reports whether the state of a resource still has the path.
func (w *world) knows(address, path string) bool {
	o := w.engine.State[address]
	if o == nil {
		return false
	}
	_, in := mapOf(o.Value, "blob_ids")[path]
	return in || o.Text("path") == path
}

// unnamed are the files whose removal a commit would have to make, and that no commit in state
// names: by address, the paths.
func (w *world) unnamed(state miniengine.State) map[string][]string {
	named, all := make(map[string]bool), make(map[string][]string)
	for address, o := range state {
		if o.Type == "nanogit_commit" {
			for path := range mapOf(o.Value, "files") {
				named[path] = true
			}
		}
		if w.files[address] != nil || o.Text("commit_mode") != "explicit" {
			continue
		}
		switch o.Type {
		case "nanogit_file":
			all[address] = []string{o.Text("path")}
		case "nanogit_files":
			all[address] = slices.Sorted(maps.Keys(mapOf(o.Value, "blob_ids")))
		}
	}
	wanted := w.wanted()
	for address, paths := range all {
		paths = slices.DeleteFunc(paths, func(path string) bool { _, stays := wanted[path]; return stays })
		all[address] = slices.DeleteFunc(paths, func(path string) bool { return named[path] })
	}
	return all
}

// replaced are the paths of the files that wait for a commit and that a plan replaces, or hands
// over to another address, by address.
func (w *world) replaced(plan *miniengine.Plan) map[string]string {
	all, wanted := make(map[string]string), w.wanted()
	for address, change := range plan.Changes {
		o := w.engine.State[address]
		if o == nil || o.Text("commit_mode") != "explicit" {
			continue
		}
		_, stays := wanted[o.Text("path")]
		if change.Action == miniengine.Replace || change.Action == miniengine.Delete && stays {
			all[address] = o.Text("path")
		}
	}
	return all
}

// contested reports whether two files in state have the same path: a hand-over from the first to
// the other was cut off.
func (w *world) contested() bool {
	owners := make(map[string]bool)
	for _, o := range w.engine.State {
		if path := o.Text("path"); owners[path] {
			return true
		} else if path != "" {
			owners[path] = true
		}
	}
	return false
}

// mapOf returns an attribute of an object that is a map.
func mapOf(object tftypes.Value, attribute string) map[string]tftypes.Value {
	var attributes, elements map[string]tftypes.Value
	if object.As(&attributes) != nil {
		return nil
	}
	if v, ok := attributes[attribute]; !ok || v.IsNull() || v.As(&elements) != nil {
		return nil
	}
	return elements
}

// check checks the branch after the last step: its files, the commits of others, and git fsck.
func (w *world) check() error {
	if err := w.compare(); err != nil {
		return err
	}
	reached, err := w.repo.Run("rev-list", "--all")
	if err != nil {
		return err
	}
	for _, id := range w.foreign {
		if !strings.Contains(reached, id) {
			return fmt.Errorf("the foreign commit %s is lost", id)
		}
	}
	return w.repo.Check()
}
