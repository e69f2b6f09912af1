package gitwriter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittree"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// draft is what a set of changes makes of one snapshot: which of them apply, and the objects that
// the remote lacks.
type draft struct {
	snap *snapshot
	// errs holds, by index, why a change does not apply; nil when every one does.
	errs []error
	// noop marks the changes that the branch holds already.
	noop []bool
	// at is what the snapshot holds at the path of each change.
	at []Entry
	// keepFrom marks the renames that leave the path from which they come as it is.
	keepFrom map[int]bool
	// empty asks for a commit of an unchanged tree.
	empty bool
	root  gitobj.ID
	// blobs are the staged contents to send, trees the rebuilt directories. was holds what these
	// were before, in their order; those that are new have no id there.
	blobs []gitobj.ID
	trees []objstore.Object
	was   []objstore.Object
}

// makesCommit reports whether the tree differs from the snapshot's, or need not.
func (d *draft) makesCommit() bool { return d.empty || d.root != d.snap.root }

// allowEmpty makes an unchanged tree a commit too, unless a change failed: then there is nothing to
// say yet.
func (d *draft) allowEmpty(allow bool) {
	d.empty = allow && d.errs == nil
	if d.empty && d.root.IsZero() {
		d.root = d.snap.objects.emptyTree
		d.trees, d.was = []objstore.Object{{ID: d.root, Kind: gitobj.KindTree, Data: []byte{}}}, make([]objstore.Object, 1)
	}
}

func (d *draft) fail(i int, err error) {
	if d.errs == nil {
		d.errs = make([]error, len(d.noop))
	}
	d.errs[i] = err
}

func (d *draft) failed(i int) bool { return d.errs != nil && d.errs[i] != nil }

// makeDraft checks the changes against a snapshot and rebuilds the directories that they touch. A
// change that does not apply is reported alone. written tells the paths that this process put and a
// deletion must leave.
func (b *Branch) makeDraft(ctx context.Context, s *snapshot, changes []Change) (*draft, error) {
	d := &draft{snap: s, noop: make([]bool, len(changes))}
	j, err := look(ctx, s, changes)
	if err != nil {
		return nil, err
	}
	d.at, d.keepFrom = j.at, j.keepFrom
	// A change that meets an obstacle drops out, and with it what else it would have done; the
	// others start again from the untouched tree.
	for {
		b.judge(d, j, changes)
		ed, err := gittree.New(ctx, s.objects.format, s.root, s.editable())
		if err != nil {
			return nil, err
		}
		again, err := d.apply(ctx, ed, changes, j)
		if err != nil {
			return nil, err
		}
		if again {
			continue
		}
		d.root, err = ed.Write(func(tree, was gittree.Tree) {
			d.trees, d.was = append(d.trees, object(tree)), append(d.was, object(was))
		})
		if err != nil {
			return nil, err
		}
		if s.root.IsZero() && d.root == s.objects.emptyTree {
			d.root, d.trees, d.was = s.root, nil, nil // nothing applied to a repository without commits
		}
		d.blobs = b.outgoing(d, changes, j)
		return d, nil
	}
}

// editable reads the directories that one commit changes, which are bounded together.
func (s *snapshot) editable() gittree.ReadFunc {
	size := 0
	return func(ctx context.Context, id gitobj.ID) ([]byte, error) {
		obs, err := s.trees(ctx, []gitobj.ID{id})
		if err != nil {
			return nil, err
		}
		raw := obs[0].Data
		if size += len(raw); size > mostEdited {
			return nil, fmt.Errorf("%w: the directories that one commit changes take more than %d bytes, with directory %s: "+
				"change fewer files in one commit", ErrTooLarge, mostEdited, id)
		}
		return raw, nil
	}
}

// object is a tree as the object store has it; the zero value for one that is not there.
func object(t gittree.Tree) objstore.Object {
	if t.ID.IsZero() {
		return objstore.Object{}
	}
	return objstore.Object{ID: t.ID, Kind: gitobj.KindTree, Data: t.Raw}
}

// judged is what the snapshot holds for the changes.
type judged struct {
	at       []Entry       // by the change's index
	from     map[int]Entry // the same, for renames
	keepFrom map[int]bool  // the path that a rename leaves was put anew and stays
}

// look finds what the snapshot holds.
func look(ctx context.Context, s *snapshot, changes []Change) (*judged, error) {
	paths := make([]string, 0, len(changes))
	for _, c := range changes {
		paths = append(paths, c.Path)
	}
	for _, c := range changes {
		if c.From != "" {
			paths = append(paths, c.From)
		}
	}
	// A parent that is no directory means that nothing is at the path; whether a put can go there
	// shows when removals have been applied.
	found, _, err := s.entries(ctx, paths)
	if err != nil {
		return nil, err
	}
	j := &judged{at: found[:len(changes)]}
	if renames := found[len(changes):]; len(renames) > 0 {
		j.from, j.keepFrom = make(map[int]Entry, len(renames)), make(map[int]bool)
		for i, c := range changes {
			if c.From != "" {
				j.from[i], renames = renames[0], renames[1:]
			}
		}
	}
	return j, nil
}

// judge compares what each author believed with what the snapshot holds. When one change of a set
// does not apply, the whole set drops out, and the others are judged again without it.
func (b *Branch) judge(d *draft, j *judged, changes []Change) {
	d.dropSets(changes)
	for again := true; again; again = d.dropSets(changes) {
		puts := make(map[string]int)
		for i, c := range changes {
			if c.Delete || d.failed(i) {
				continue
			}
			if k, ok := puts[c.Path]; ok && (changes[k].Blob != c.Blob || changes[k].Mode != c.Mode) {
				d.fail(i, &DuplicateError{Path: c.Path})
				continue
			}
			puts[c.Path] = i
		}
		for i := range changes {
			if d.failed(i) {
				continue
			}
			d.noop[i] = false
			delete(j.keepFrom, i)
			if err := b.judgeOne(d, j, changes, puts, i); err != nil {
				d.fail(i, err)
			}
		}
	}
}

// dropSets fails what shares a set with a change that failed. It reports whether there was any.
func (d *draft) dropSets(changes []Change) bool {
	var broken map[int]bool
	for i, c := range changes {
		if c.group != 0 && d.failed(i) {
			if broken == nil {
				broken = make(map[int]bool)
			}
			broken[c.group] = true
		}
	}
	dropped := false
	for i, c := range changes {
		if broken[c.group] && !d.failed(i) {
			d.fail(i, fmt.Errorf("%s: %w", c, ErrLeftOut))
			dropped = true
		}
	}
	return dropped
}

func (b *Branch) judgeOne(d *draft, j *judged, changes []Change, puts map[string]int, i int) error {
	c, have := changes[i], j.at[i]
	if c.Delete {
		_, put := puts[c.Path]
		switch {
		case put || b.wrote(c.Path) || !have.Exists():
			d.noop[i] = true
		case have.IsDir():
			return &ObstacleError{Path: c.Path, At: c.Path, Mode: have.Mode}
		case !c.Expect.met(have):
			return &ConflictError{Change: c, Path: c.Path, Want: c.Expect, Have: have}
		}
		return nil
	}
	same := have.ID == c.Blob && have.Mode == c.Mode
	if !same && !have.IsDir() && !c.Expect.met(have) && !b.clearedFor(c, have) && !d.vacated(changes, j, i) {
		return &ConflictError{Change: c, Path: c.Path, Want: c.Expect, Have: have}
	}
	if c.From != "" {
		_, put := puts[c.From]
		from := j.from[i]
		switch {
		case put || b.wrote(c.From) || !from.Exists() || from.IsDir():
			j.keepFrom[i] = true
		case !c.ExpectFrom.met(from):
			err := &ConflictError{Change: c, Path: c.From, Want: c.ExpectFrom, Have: from}
			if !b.yields(err) {
				return err
			}
			j.keepFrom[i] = true // another process has put there what another resource is to have
		}
	}
	d.noop[i] = same && (c.From == "" || j.keepFrom[i])
	if !same && !b.available(c, j, i) {
		return &UnstagedError{Change: c}
	}
	return nil
}

// vacated reports whether another change of the same commit takes away what is in the way of change
// i, which expects nothing there: the path goes from one owner to another.
func (d *draft) vacated(changes []Change, j *judged, i int) bool {
	path, have := changes[i].Path, j.at[i]
	if changes[i].Expect.kind != expectAbsent {
		return false
	}
	for k, c := range changes {
		if k == i || d.failed(k) {
			continue
		}
		if c.Delete && c.Path == path && c.Expect.met(have) || c.From == path && c.ExpectFrom.met(have) {
			return true
		}
	}
	return false
}

// available reports whether the blob can be part of a commit: it waits in the stage, or the branch
// holds it, or held it until this process removed it.
func (b *Branch) available(c Change, j *judged, i int) bool {
	return j.at[i].ID == c.Blob || j.from[i].ID == c.Blob || b.repo.stage.Has(c.Blob) || b.tookAway(c.Path).ID == c.Blob
}

// apply makes the changes in memory: removals first, so that a put beats every removal of its path
// and a file may take the place of a directory that empties in the same commit. It reports whether
// a change dropped out, so that the caller has to start again.
func (d *draft) apply(ctx context.Context, ed *gittree.Editor, changes []Change, j *judged) (again bool, err error) {
	for i, c := range changes {
		var path string
		switch {
		case d.failed(i) || d.noop[i]:
			continue
		case c.Delete:
			path = c.Path
		case c.From != "" && !j.keepFrom[i] && c.From != c.Path:
			path = c.From
		default:
			continue
		}
		if err := ed.Remove(ctx, path); err != nil {
			return false, err
		}
	}
	for i, c := range changes {
		if d.failed(i) || d.noop[i] || c.Delete {
			continue
		}
		err := ed.Put(ctx, c.Path, c.Mode, c.Blob)
		switch {
		case errors.Is(err, ErrObstacle):
			d.fail(i, err)
			again = true
		case err != nil:
			return false, err
		}
	}
	return again, nil
}

// outgoing lists the staged blobs that the remote lacks, each once, in the order of the changes.
// What the branch holds at the path or at the path that a rename leaves is there already.
func (b *Branch) outgoing(d *draft, changes []Change, j *judged) []gitobj.ID {
	send := make([]int32, 0, len(changes))
	for i, c := range changes {
		if !d.failed(i) && !d.noop[i] && !c.Delete && j.at[i].ID != c.Blob && j.from[i].ID != c.Blob &&
			(b.repo.stage.Has(c.Blob) || b.tookAway(c.Path).ID != c.Blob) {
			send = append(send, int32(i))
		}
	}
	// Sorted by blob to find equal ones, then back in order: a map of ten thousand ids would cost
	// more than the rest.
	slices.SortFunc(send, func(x, y int32) int {
		return cmp.Or(changes[x].Blob.Compare(changes[y].Blob), cmp.Compare(x, y))
	})
	send = slices.CompactFunc(send, func(x, y int32) bool { return changes[x].Blob == changes[y].Blob })
	slices.Sort(send)
	ids := make([]gitobj.ID, len(send))
	for k, i := range send {
		ids[k] = changes[i].Blob
	}
	return ids
}

func (b *Branch) wrote(path string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.written[path]
}

// clearedFor reports whether nothing is at the path because this process removed just what the
// change was to replace: the file's former owner was destroyed while the new one waited to be
// committed.
func (b *Branch) clearedFor(c Change, have Entry) bool {
	was := b.tookAway(c.Path)
	return !have.Exists() && was.Exists() && c.Expect.met(was)
}

// tookAway is what this process removed from path; nothing when it did not.
func (b *Branch) tookAway(path string) Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.removed[path]
}
