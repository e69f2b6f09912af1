// Package gittree changes trees. It reads only the directories that lead to the changed paths,
// through a function, and does no input or output itself.
//
//	New(root) ──► Put, Remove ──► Write ──► the directories that differ, deepest first, and the root
package gittree

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// dir is a directory that is being changed. Only directories that lead to a changed path have a
// dir, and only their changed entries are decoded: all others stay in raw and are kept bit for bit.
//
//	root ── team01 ── service07 ── config.yaml   changed: three dirs are loaded and rebuilt
//	     └─ team02 …                             unchanged: an entry in root's raw bytes
type dir struct {
	id    gitobj.ID // as read; zero for a new directory
	raw   []byte
	edits map[string]*edit

	finder *gitobj.Finder // of raw; nil until the first look-up
}

// find is gitobj.FindEntry of the directory as it was read.
func (d *dir) find(f gitobj.Format, name string) (gitobj.TreeEntry, bool, error) {
	if d.finder == nil {
		d.finder = gitobj.NewFinder(f, d.raw)
	}
	return d.finder.Find(name)
}

// edit is a change of an entry of a dir: a file was put or removed, or a directory below is
// being changed.
type edit struct {
	mode gitobj.Mode
	id   gitobj.ID
	gone bool
	sub  *dir
}

// ReadFunc returns a raw tree. It is called once for each directory that leads to a changed path.
type ReadFunc func(ctx context.Context, id gitobj.ID) ([]byte, error)

// Tree is a raw tree and its id; the zero value is a directory that is not there.
type Tree struct {
	ID  gitobj.ID
	Raw []byte
}

// Editor changes a tree in memory and writes the directories that differ. It is for one goroutine.
type Editor struct {
	format gitobj.Format
	read   ReadFunc
	root   *dir
}

// New returns an editor of the tree of this id, which is zero where there is no tree yet.
func New(ctx context.Context, f gitobj.Format, root gitobj.ID, read ReadFunc) (*Editor, error) {
	e := &Editor{format: f, read: read}
	var err error
	e.root, err = e.load(ctx, root)
	return e, err
}

func (e *Editor) load(ctx context.Context, id gitobj.ID) (*dir, error) {
	d := &dir{id: id, edits: make(map[string]*edit)}
	if id.IsZero() {
		return d, nil
	}
	var err error
	d.raw, err = e.read(ctx, id)
	return d, err
}

// sub returns the directory of this name below d for changing. It is nil when there is none and
// create is false. at is the path of the name, for errors.
func (e *Editor) sub(ctx context.Context, d *dir, name, at, path string, create bool) (*dir, error) {
	if ed := d.edits[name]; ed != nil {
		switch {
		case ed.sub != nil:
			return ed.sub, nil
		case !ed.gone:
			return nil, &gitobj.ObstacleError{Path: path, At: at, Mode: ed.mode}
		case !create:
			return nil, nil
		}
		ed.sub, ed.gone = &dir{edits: make(map[string]*edit)}, false
		return ed.sub, nil
	}
	have, ok, err := d.find(e.format, name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("directory %s: %w", d.id, err)
	case !ok && !create:
		return nil, nil
	case ok && !have.Mode.IsTree():
		return nil, &gitobj.ObstacleError{Path: path, At: at, Mode: have.Mode}
	}
	child, err := e.load(ctx, have.ID)
	if err != nil {
		return nil, err
	}
	d.edits[name] = &edit{mode: have.Mode, sub: child}
	return child, nil
}

// parent walks to the directory that holds path. It is nil when that does not exist and create is
// false.
func (e *Editor) parent(ctx context.Context, path string, create bool) (d *dir, name string, err error) {
	d = e.root
	for start := 0; ; {
		i := strings.IndexByte(path[start:], '/')
		if i < 0 {
			return d, path[start:], nil
		}
		d, err = e.sub(ctx, d, path[start:start+i], path[:start+i], path, create)
		if d == nil || err != nil {
			return nil, "", err
		}
		start += i + 1
	}
}

// Remove takes a file away. A path that is not there is no error.
func (e *Editor) Remove(ctx context.Context, path string) error {
	d, name, err := e.parent(ctx, path, false)
	if d == nil || err != nil {
		return err
	}
	d.edits[name] = &edit{gone: true}
	return nil
}

// Put adds or replaces a file. It replaces a directory of that name only if the editor's own
// removals have emptied it.
func (e *Editor) Put(ctx context.Context, path string, mode gitobj.Mode, id gitobj.ID) error {
	d, name, err := e.parent(ctx, path, true)
	if err != nil {
		return err
	}
	if ed := d.edits[name]; ed != nil && ed.sub != nil {
		empty, err := e.empty(ed.sub)
		if err != nil {
			return err
		}
		if !empty {
			return &gitobj.ObstacleError{Path: path, At: path, Mode: gitobj.ModeTree}
		}
	} else if ed == nil {
		have, ok, err := d.find(e.format, name)
		if err != nil {
			return fmt.Errorf("directory %s: %w", d.id, err)
		}
		if ok && (have.Mode.IsTree() || have.Mode.IsSubmodule()) {
			return &gitobj.ObstacleError{Path: path, At: path, Mode: have.Mode}
		}
	}
	d.edits[name] = &edit{mode: mode, id: id}
	return nil
}

// empty reports whether a directory that is being changed has no entries left.
func (e *Editor) empty(d *dir) (bool, error) {
	for en, err := range gitobj.Entries(e.format, d.raw) {
		if err != nil {
			return false, fmt.Errorf("directory %s: %w", d.id, err)
		}
		if d.edits[string(en.Name)] == nil {
			return false, nil
		}
	}
	for _, ed := range d.edits {
		gone := ed.gone
		if ed.sub != nil {
			var err error
			if gone, err = e.empty(ed.sub); err != nil {
				return false, err
			}
		}
		if !gone {
			return false, nil
		}
	}
	return true, nil
}

// Write encodes the directories that changed, deepest first, and passes each to keep, together with
// its state before the change. It returns the root's id; a root without entries is the empty tree.
func (e *Editor) Write(keep func(tree, was Tree)) (gitobj.ID, error) {
	id, empty, err := e.writeDir(e.root, "", keep)
	if err != nil || !empty {
		return id, err
	}
	root := Tree{ID: gitobj.Hash(e.format, gitobj.KindTree, nil), Raw: []byte{}}
	if root.ID == e.root.id {
		return root.ID, nil
	}
	keep(root, Tree{})
	return root.ID, nil
}

// writeDir encodes a directory and those below it, if they changed, and passes each to keep. at is
// its path, "" or with a slash at its end. empty reports that the directory has no entries left.
func (e *Editor) writeDir(d *dir, at string, keep func(tree, was Tree)) (id gitobj.ID, empty bool, err error) {
	if len(d.edits) == 0 {
		return d.id, len(d.raw) == 0, nil
	}
	edits := make([]gitobj.TreeEdit, 0, len(d.edits))
	for name, ed := range d.edits {
		te := gitobj.TreeEdit{Name: name, Mode: ed.mode, ID: ed.id, Remove: ed.gone}
		if ed.sub != nil {
			if te.ID, te.Remove, err = e.writeDir(ed.sub, at+name+"/", keep); err != nil {
				return id, false, err
			}
			if te.ID == ed.sub.id && !te.Remove {
				continue
			}
			te.Mode = gitobj.ModeTree
		}
		edits = append(edits, te)
	}
	if len(edits) == 0 {
		return d.id, len(d.raw) == 0, nil
	}
	raw, n, err := gitobj.EditTree(e.format, nil, d.raw, edits)
	if err != nil {
		return id, false, fmt.Errorf("directory %s: %w", d.id, err)
	}
	if id = gitobj.Hash(e.format, gitobj.KindTree, raw); id == d.id {
		return id, false, nil
	}
	// Git repairs entries that other programs wrote out of order when it writes the directory, and
	// a server that checks objects requires the right order.
	mended, err := gitobj.Canonical(e.format, d.raw)
	if err != nil {
		return id, false, fmt.Errorf("directory %q (%s): %w: remove one of them with git", "/"+at, d.id, err)
	}
	if !bytes.Equal(mended, d.raw) {
		if raw, n, err = gitobj.EditTree(e.format, nil, mended, edits); err != nil {
			return id, false, fmt.Errorf("directory %s: %w", d.id, err)
		}
		id = gitobj.Hash(e.format, gitobj.KindTree, raw)
	}
	if n == 0 {
		return id, true, nil
	}
	keep(Tree{id, raw}, Tree{d.id, d.raw})
	return id, false, nil
}
