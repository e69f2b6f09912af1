package gitread

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// MaxChanges bounds the changes between two commits, and MaxChangedBlob the content of each of
// their files that is read, in bytes.
const (
	MaxChanges     = 10_000
	MaxChangedBlob = 1 << 20
)

// Change is a file, symbolic link or submodule that is not the same in two commits. An entry
// without a Mode is not there.
type Change struct {
	Path       string
	Base, Head Entry
}

// ModeOnly reports whether a file became executable, or ceased to be, and nothing else.
func (c Change) ModeOnly() bool {
	return c.Base.ID == c.Head.ID && c.Base.Mode.IsFile() && c.Head.Mode.IsFile()
}

// Diff lists the changes from base to head, two commits of a repository, in the order of their
// paths; with a path, those at it and below it. Renames are a removal and an addition. Only
// directories that differ are read, with a request for each level of them. More than MaxChanges
// are an ErrTooMany.
func Diff(ctx context.Context, base, head *Snapshot, path string) ([]Change, error) {
	d := &diff{base: base, head: head}
	changes, err := d.run(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("compare commit %s with %s: %w", base.Base, head.Base, err)
	}
	return changes, nil
}

// diff is a comparison that is being made.
type diff struct {
	base, head *Snapshot
	level      []pair // directories that differ
	changes    []Change
	walked     int // bytes of directories
}

// pair is a directory in both commits; an id is zero where there is none.
type pair struct {
	prefix     string // of the paths below, with a slash at its end
	base, head gitobj.ID
}

func (d *diff) run(ctx context.Context, path string) ([]Change, error) {
	base, head := Entry{Mode: gitobj.ModeTree, ID: d.base.Root}, Entry{Mode: gitobj.ModeTree, ID: d.head.Root}
	if path != "" {
		var err error
		if base, err = entryAt(ctx, d.base, path); err != nil {
			return nil, err
		}
		if head, err = entryAt(ctx, d.head, path); err != nil {
			return nil, err
		}
	}
	if err := d.compare(path, base, head); err != nil {
		return nil, err
	}
	for len(d.level) > 0 {
		level := d.level
		d.level = nil
		if err := d.descend(ctx, level); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(d.changes, func(x, y Change) int { return strings.Compare(x.Path, y.Path) })
	return d.changes, nil
}

// entryAt is the entry at a path; none below a file.
func entryAt(ctx context.Context, s *Snapshot, path string) (Entry, error) {
	found, err := s.Lookup(ctx, path)
	if errors.Is(err, gitobj.ErrObstacle) {
		return Entry{}, nil
	}
	return found, err
}

// compare compares the entries of a path: files are a change at once, directories are for the next
// level.
func (d *diff) compare(path string, base, head Entry) error {
	if base.Mode = canonical(base.Mode); base.Mode == canonical(head.Mode) && base.ID == head.ID {
		return nil
	}
	head.Mode = canonical(head.Mode)
	p := pair{prefix: path + "/"}
	if path == "" {
		p.prefix = ""
	}
	if base.IsDir() {
		p.base, base = base.ID, Entry{}
	}
	if head.IsDir() {
		p.head, head = head.ID, Entry{}
	}
	if p.base != p.head {
		if len(p.prefix) > gitobj.MaxPath {
			return fmt.Errorf("%w: the path of a directory has more than %d bytes, and begins %.80q", ErrTooDeep, gitobj.MaxPath, p.prefix)
		}
		d.level = append(d.level, p)
	}
	if base.Exists() || head.Exists() {
		if len(d.changes) == MaxChanges {
			return fmt.Errorf("%w: more than %d differ", ErrTooMany, MaxChanges)
		}
		base.Path, head.Path = path, path
		d.changes = append(d.changes, Change{Path: path, Base: base, Head: head})
	}
	return nil
}

// descend compares the directories of a level. Too many for the memory are halved.
func (d *diff) descend(ctx context.Context, level []pair) error {
	raw, err := d.read(ctx, level)
	if errors.Is(err, errTogether) && len(level) > 1 {
		half := len(level) / 2
		if err := d.descend(ctx, level[:half]); err != nil {
			return err
		}
		return d.descend(ctx, level[half:])
	}
	if errors.Is(err, errTogether) {
		err = fmt.Errorf("%w: a directory takes more than %d bytes", ErrTooLarge, mostGathered)
	}
	if err != nil {
		return err
	}
	for _, data := range raw {
		d.walked += len(data)
	}
	if d.walked > mostWalked {
		return fmt.Errorf("%w: the directories that differ take more than %d bytes", ErrTooLarge, mostWalked)
	}
	for _, p := range level {
		if err := d.merge(p, raw); err != nil {
			return err
		}
	}
	return nil
}

// merge compares the entries of a directory.
func (d *diff) merge(p pair, raw map[gitobj.ID][]byte) error {
	heads := make(map[string]Entry)
	if err := d.each(p.head, raw, func(name string, e Entry) error {
		heads[name] = e
		return nil
	}); err != nil {
		return err
	}
	if err := d.each(p.base, raw, func(name string, base Entry) error {
		head := heads[name]
		delete(heads, name)
		return d.compare(p.prefix+name, base, head)
	}); err != nil {
		return err
	}
	for name, head := range heads {
		if err := d.compare(p.prefix+name, Entry{}, head); err != nil {
			return err
		}
	}
	return nil
}

func (d *diff) each(dir gitobj.ID, raw map[gitobj.ID][]byte, visit func(name string, e Entry) error) error {
	for e, err := range gitobj.Entries(d.base.Format(), raw[dir]) {
		if err != nil {
			return fmt.Errorf("directory %s: %w", dir, err)
		}
		if err := visit(string(e.Name), Entry{Mode: e.Mode, ID: e.ID}); err != nil {
			return err
		}
	}
	return nil
}

// read reads the directories of a level, in a request for both commits together where the server
// sends single directories.
func (d *diff) read(ctx context.Context, level []pair) (map[gitobj.ID][]byte, error) {
	var bases, heads []gitobj.ID
	for _, p := range level {
		if !p.base.IsZero() {
			bases = append(bases, p.base)
		}
		if !p.head.IsZero() {
			heads = append(heads, p.head)
		}
	}
	o, raw := d.base.objects, make(map[gitobj.ID][]byte)
	if o.selective(true) {
		obs, err := o.get(ctx, slices.Concat(bases, heads), nil, inFlight)
		if err != nil {
			return nil, err
		}
		for _, ob := range obs {
			if ob.Kind != gitobj.KindTree {
				return nil, fmt.Errorf("object %s is a %s where a directory was expected", ob.ID, ob.Kind)
			}
			raw[ob.ID] = ob.Data
		}
		return raw, nil
	}
	for _, side := range []struct {
		of  *Snapshot
		ids []gitobj.ID
	}{{d.base, bases}, {d.head, heads}} {
		obs, err := side.of.trees(ctx, side.ids)
		if err != nil {
			return nil, err
		}
		for _, ob := range obs {
			raw[ob.ID] = ob.Data
		}
	}
	return raw, nil
}

// ChangedBlobs reads the contents of the files and symbolic links of changes from base to head, by
// id, in a request. A content of more than MaxChangedBlob bytes is left out; more than MaxContents
// together are an ErrTooLarge.
func ChangedBlobs(ctx context.Context, base, head *Snapshot, changes []Change) (map[gitobj.ID][]byte, error) {
	var ids []gitobj.ID
	listed := make(map[gitobj.ID]bool)
	for _, c := range changes {
		for _, e := range []Entry{c.Base, c.Head} {
			if e.Exists() && !e.Mode.IsSubmodule() && !c.ModeOnly() && !listed[e.ID] {
				listed[e.ID] = true
				ids = append(ids, e.ID)
			}
		}
	}
	o := base.objects
	o.rememberTip(base.Base)
	o.rememberTip(head.Base)
	for {
		obs, err := o.blobs(ctx, ids, MaxChangedBlob, nil)
		if large, ok := errors.AsType[*LargeError](err); ok {
			left := slices.DeleteFunc(ids, func(id gitobj.ID) bool { return id == large.ID })
			if len(left) < len(ids) {
				ids = left
				continue
			}
		}
		if errors.Is(err, errTogether) {
			err = fmt.Errorf("%w: more than %d bytes together", ErrTooLarge, MaxContents)
		}
		if err != nil {
			return nil, fmt.Errorf("read %d blobs: %w", len(ids), err)
		}
		contents := make(map[gitobj.ID][]byte, len(obs))
		for _, ob := range obs {
			contents[ob.ID] = ob.Data
		}
		return contents, nil
	}
}
