package resources

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
)

// item is a file that a resource is to hold.
type item struct {
	path    string  // from the root of the repository
	local   string  // the file of source_dir that it comes from; empty for others
	content content // not Known while it is not known yet
	mode    gitobj.Mode
	blob    gitobj.ID // zero while it is not known
	// from is the entry that a rename takes away; without a path for others.
	from gitread.Entry
	// writeOnly: the content is write-only, and may be another when the plan is applied: no plan
	// computes the blob.
	writeOnly bool
}

// known reports whether content and mode are.
func (it *item) known() bool { return it.content.Known() }

// wrap names the file in an error.
func (it *item) wrap(err error) error {
	if it.local != "" {
		return fmt.Errorf("local file %q: %w", it.local, err)
	}
	return fmt.Errorf("file %q: %w", it.path, err)
}

// items are the planned files, sorted by path, with their contents measured and not read. They are
// those of the plan, where Terraform has applied ignore_changes; given is the attribute files of
// the configuration, which alone has write-only contents. ok is false while it is not known which
// files they are.
func (m *filesModel) items(ctx context.Context, given types.Map, maxSize int64) (items []item, ok bool, err error) {
	if m.Prefix.IsUnknown() {
		return nil, false, nil
	}
	if m.SourceDir.IsNull() {
		items, ok, err = m.givenItems(ctx, given, maxSize)
	} else {
		items, ok, err = m.localItems(ctx, maxSize)
	}
	if err != nil || !ok {
		return nil, ok, err
	}
	slices.SortFunc(items, func(x, y item) int { return strings.Compare(x.path, y.path) })
	return items, true, checkItems(items)
}

// join is a path below prefix.
func (m *filesModel) join(rel string) string {
	if p := m.Prefix.ValueString(); p != "" {
		return p + "/" + rel
	}
	return rel
}

// rel is the way back from join.
func (m *filesModel) rel(path string) string {
	if p := m.Prefix.ValueString(); p != "" {
		return strings.TrimPrefix(path, p+"/")
	}
	return path
}

// givenItems are those of the attribute files.
func (m *filesModel) givenItems(ctx context.Context, given types.Map, maxSize int64) ([]item, bool, error) {
	if m.Files.IsUnknown() {
		return nil, false, nil
	}
	elements, configured := m.Files.Elements(), given.Elements()
	items := make([]item, 0, len(elements))
	for key, v := range elements {
		it := item{path: m.join(key), content: content{at: atFiles.AtMapKey(key)}}
		entry, ok := v.(types.Object)
		if !ok {
			return nil, false, fmt.Errorf("element %q of files is a %T", key, v)
		}
		if entry.IsNull() {
			return nil, false, nullElement(it.content.at)
		}
		if !entry.IsUnknown() {
			if err := it.take(ctx, entry, writeOnlyOf(configured[key]), maxSize); err != nil {
				return nil, false, it.wrap(err)
			}
		}
		items = append(items, it)
	}
	return items, true, nil
}

// writeOnlyOf is the write-only content in an element of the configuration's files; null where
// there is none.
func writeOnlyOf(configured attr.Value) types.String {
	if entry, ok := configured.(types.Object); ok {
		if s, ok := entry.Attributes()["content_wo"].(types.String); ok {
			return s
		}
	}
	return types.StringNull()
}

// take finds content and mode in an element of files.
func (it *item) take(ctx context.Context, entry types.Object, writeOnly types.String, maxSize int64) error {
	get := func(name string) types.String {
		s, _ := entry.Attributes()[name].(types.String)
		return s
	}
	mode, endings := get("mode"), get("line_endings")
	version := entry.Attributes()["content_wo_version"]
	it.writeOnly = !writeOnly.IsNull() || version != nil && !version.IsNull()
	if mode.IsUnknown() || endings.IsUnknown() {
		return nil
	}
	m := gitobj.ModeFile
	if !mode.IsNull() {
		var err error
		if m, err = gitobj.ParseMode(mode.ValueString()); err != nil {
			return err
		}
	}
	e := filecontent.LineEndings(endings.ValueString())
	if m.IsSymlink() || endings.IsNull() {
		e = filecontent.AsIs
	}
	c, ok, err := givenContent{
		text: get("content"), base64: get("content_base64"), sensitive: get("sensitive_content"), source: get("source"), writeOnly: writeOnly,
	}.content(ctx, it.content.at, m, e, maxSize)
	if err != nil || !ok {
		return err
	}
	it.content, it.mode = c, m
	return nil
}

// localItems are those of source_dir.
func (m *filesModel) localItems(ctx context.Context, maxSize int64) ([]item, bool, error) {
	include, ok1, err1 := listStrings(atInclude, m.Include)
	exclude, ok2, err2 := listStrings(atExclude, m.Exclude)
	if err := errors.Join(err1, err2); err != nil {
		return nil, false, err
	}
	if m.SourceDir.IsUnknown() || !ok1 || !ok2 {
		return nil, false, nil
	}
	files, err := filecontent.Dir{Root: m.SourceDir.ValueString(), Choice: filecontent.Choice{Include: include, Exclude: exclude}}.Walk(ctx)
	if err != nil {
		return nil, false, &contentError{atSourceDir, err}
	}
	items := make([]item, len(files))
	for i, f := range files {
		items[i] = item{path: m.join(f.Rel), local: f.Name, mode: f.Mode, content: content{f.Content(), atSourceDir}}
		if err := items[i].content.Check(f.Mode, maxSize); err != nil {
			return nil, false, items[i].wrap(items[i].content.blame(err))
		}
	}
	return items, true, nil
}

// checkItems refuses paths that no repository may have, and a file that would have to be a
// directory for another. items are sorted.
func checkItems(items []item) error {
	all := make(map[string]bool, len(items))
	for i := range items {
		it := &items[i]
		mode := it.mode
		if mode == 0 {
			mode = gitobj.ModeFile
		}
		if err := gitobj.ValidateEntry(it.path, mode); err != nil {
			return &contentError{it.attribute(), it.wrap(err)}
		}
		if all[it.path] {
			return &contentError{it.attribute(), it.wrap(fmt.Errorf("another local file has the same path %q once Unicode is composed: rename or exclude one of them", it.path))}
		}
		all[it.path] = true
	}
	for i := range items {
		it := &items[i]
		for n := strings.LastIndexByte(it.path, '/'); n > 0; n = strings.LastIndexByte(it.path[:n], '/') {
			if all[it.path[:n]] {
				return &contentError{it.attribute(), fmt.Errorf("%q and %q cannot both be files: the first would have to be a directory", it.path[:n], it.path)}
			}
		}
	}
	return nil
}

// attribute is where the file comes from.
func (it *item) attribute() path.Path { return it.content.at }
