package gitread

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// track is a path through the commits of a history. Commits are compared by what they have there.
//
//	commits ─► their roots ─► the directories of the path, level by level ─► spot of each commit
//
// Each level takes a request for the directories of many commits together. Of a directory nothing
// is kept but its entry on the path. A server that does not send single directories sends the
// commits with all of theirs instead.
type track struct {
	graph *graph
	base  gitobj.ID
	names []string             // of the path
	at    map[gitobj.ID]spot   // by commit
	below []map[gitobj.ID]spot // by level and directory
	turn  int                  // in batches
	whole bool                 // the server does not send single directories
}

// spot is an entry of a directory; the zero spot is none.
type spot struct {
	mode gitobj.Mode
	id   gitobj.ID
}

func (s spot) exists() bool { return s.mode != 0 }

// batches are the numbers of commits that are compared ahead of the walk, one after the other; the
// last is repeated.
var batches = []int{64, 256, 1024, 4096}

// smallDirectory is the largest directory, in bytes, that is kept in memory out of a large batch.
const smallDirectory = 4 << 10

// mostTracked bounds the directories that a walk reads in whole commits at a time, in bytes.
const mostTracked = 2 * mostGathered

// errNotSingle says that the server refuses directories by their ids. It never leaves this package.
var errNotSingle = errors.New("the server does not send single directories")

func newTrack(g *graph, base gitobj.ID, path string) *track {
	t := &track{graph: g, base: base, names: strings.Split(path, "/"), at: make(map[gitobj.ID]spot)}
	for range t.names {
		t.below = append(t.below, make(map[gitobj.ID]spot))
	}
	t.whole = !g.objects.selective(true)
	return t
}

// need finds the spots of commits, and of those after them that ahead lists.
func (t *track) need(ctx context.Context, ids []gitobj.ID, ahead func(from []gitobj.ID, n int) []gitobj.ID) error {
	known := func(id gitobj.ID) bool {
		_, known := t.at[id]
		return known
	}
	if !slices.ContainsFunc(ids, func(id gitobj.ID) bool { return !known(id) }) {
		return nil
	}
	n := batches[min(t.turn, len(batches)-1)]
	if t.whole && t.graph.only() {
		n = mostKept // each request has the whole history down to the last commit
	}
	t.turn++
	wanted := ahead(ids, max(n, len(ids)))
	if !t.whole {
		err := t.find(ctx, wanted, t.single)
		if !errors.Is(err, ErrMissing) && !errors.Is(err, errNotSingle) {
			return err
		}
		t.graph.objects.logf(ctx, "%s: reading directories of whole commits: %v", t.graph.objects.remote.Refs.URL(), err)
		t.whole = true
		if err := t.findWhole(ctx, wanted); err != nil {
			return err
		}
		t.graph.objects.remote.Packs.CommitsOnly(ctx)
		return nil
	}
	return t.findWhole(ctx, wanted)
}

// findWhole is find for servers that send whole commits. Commits whose directories take too much
// are halved.
func (t *track) findWhole(ctx context.Context, commits []gitobj.ID) error {
	trees, err := t.trees(ctx, commits)
	if errors.Is(err, errTogether) && len(commits) > 1 && !t.graph.only() {
		half := len(commits) / 2
		if err := t.findWhole(ctx, commits[:half]); err != nil {
			return err
		}
		return t.findWhole(ctx, commits[half:])
	}
	if errors.Is(err, errTogether) {
		return fmt.Errorf("%w: the server sends whole commits, and their directories take more than %d bytes", ErrTooLarge, mostTracked)
	}
	if err != nil {
		return err
	}
	return t.find(ctx, commits, func(_ context.Context, level int, ids []gitobj.ID) error {
		for _, id := range ids {
			raw, ok := trees[id]
			if !ok {
				return fmt.Errorf("directory %s: %w", id, ErrMissing)
			}
			if err := t.take(level, id, raw); err != nil {
				return err
			}
		}
		return nil
	})
}

// find follows the path through commits. read reads directories of a level and takes their entries.
func (t *track) find(ctx context.Context, commits []gitobj.ID, read func(ctx context.Context, level int, dirs []gitobj.ID) error) error {
	at := make(map[gitobj.ID]gitobj.ID, len(commits)) // the directory that each commit has reached
	for _, id := range commits {
		if n := t.graph.node(id); n != nil {
			at[id] = n.tree
		}
	}
	for level := range t.names {
		if err := read(ctx, level, t.unread(level, at)); err != nil {
			return err
		}
		for commit, dir := range at {
			found := t.below[level][dir]
			if level == len(t.names)-1 || !found.exists() || !found.mode.IsTree() {
				if level < len(t.names)-1 {
					found = spot{} // a file has nothing below it
				}
				t.at[commit] = found
				delete(at, commit)
				continue
			}
			at[commit] = found.id
		}
	}
	return nil
}

// unread lists the directories, each once, whose entry on the path is not known.
func (t *track) unread(level int, at map[gitobj.ID]gitobj.ID) (dirs []gitobj.ID) {
	listed := make(map[gitobj.ID]bool)
	for _, dir := range at {
		if _, known := t.below[level][dir]; !known && !listed[dir] {
			listed[dir] = true
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// take keeps the entry of a directory that is on the path.
func (t *track) take(level int, dir gitobj.ID, raw []byte) error {
	e, ok, err := gitobj.FindEntry(t.graph.objects.format(), raw, t.names[level])
	if err != nil {
		return fmt.Errorf("directory %s: %w", dir, err)
	}
	found := spot{}
	if ok {
		found = spot{mode: canonical(e.Mode), id: e.ID}
	}
	t.below[level][dir] = found
	return nil
}

// canonical is a mode as git compares it: of a file's permissions, only whether it is executable
// counts (cache.h, canon_mode).
func canonical(m gitobj.Mode) gitobj.Mode {
	switch {
	case m.IsTree():
		return gitobj.ModeTree
	case m.IsFile() && m&0o100 != 0:
		return gitobj.ModeExec
	case m.IsFile():
		return gitobj.ModeFile
	}
	return m
}

// single reads directories from memory, from the store, or in a request for them alone. Walks along
// other paths need the same roots: they wait for each other's requests.
func (t *track) single(ctx context.Context, level int, dirs []gitobj.ID) error {
	for some := range slices.Chunk(dirs, maxWants) {
		missing, err := t.local(ctx, level, some)
		if err != nil {
			return err
		}
		switch {
		case len(missing) == 0:
		case level == 0:
			err = t.fetchRoots(ctx, missing)
		case len(missing) <= smallPortion:
			err = t.join(ctx, level, missing)
		default:
			err = t.fetch(ctx, level, missing)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// join reads few directories in a coalesced fetch, which walks along other paths share.
func (t *track) join(ctx context.Context, level int, dirs []gitobj.ID) error {
	obs, err := t.graph.objects.get(ctx, dirs, nil, inFlight)
	if errors.Is(err, errTogether) {
		return t.fetch(ctx, level, dirs)
	}
	if err != nil {
		return err
	}
	for _, ob := range obs {
		if ob.Kind != gitobj.KindTree {
			return fmt.Errorf("object %s is a %s where a directory was expected", ob.ID, ob.Kind)
		}
		if err := t.take(level, ob.ID, ob.Data); err != nil {
			return err
		}
	}
	return nil
}

// local reads directories from memory and from the store, and returns the others.
func (t *track) local(ctx context.Context, level int, dirs []gitobj.ID) (missing []gitobj.ID, err error) {
	found, missing := t.graph.objects.local(ctx, dirs)
	for _, ob := range found {
		if ob.Kind == gitobj.KindTree {
			if err := t.take(level, ob.ID, ob.Data); err != nil {
				return nil, err
			}
		}
	}
	return missing, nil
}

// fetchRoots fetches root directories that no other walk has fetched meanwhile.
func (t *track) fetchRoots(ctx context.Context, roots []gitobj.ID) error {
	if err := t.graph.begin(ctx); err != nil {
		return err
	}
	defer t.graph.end()
	missing, err := t.local(ctx, 0, roots)
	if err != nil {
		return err
	}
	return t.fetch(ctx, 0, missing)
}

// fetch makes the request of single. Only few directories go to the object store.
func (t *track) fetch(ctx context.Context, level int, missing []gitobj.ID) error {
	if len(missing) == 0 {
		return nil
	}
	o, few := t.graph.objects, len(missing) <= smallPortion
	wanted := make(map[gitobj.ID]bool, len(missing))
	for _, id := range missing {
		wanted[id] = true
	}
	var bad error
	_, err := o.receive(ctx, reading{
		req:     gitwire.Fetch{Wants: missing, Filter: lone, Format: o.format()},
		noBlobs: true,
		keep:    func(objstore.Object) bool { return few },
		large:   func(gitpack.Object) {},
		visit: func(ob objstore.Object) {
			if ob.Kind != gitobj.KindTree || !wanted[ob.ID] {
				return
			}
			if err := t.take(level, ob.ID, ob.Data); err != nil {
				bad = err
			}
			if !few && len(ob.Data) <= smallDirectory {
				o.remember(ctx, ob) // for the next path
			}
		},
	})
	switch {
	case err != nil && o.remote.Packs.RefusesWants(err, missing):
		return fmt.Errorf("%w: %w", errNotSingle, err)
	case err != nil:
		return fmt.Errorf("read %d directories: %w", len(missing), err)
	case bad != nil:
		return bad
	}
	for _, id := range missing {
		if _, known := t.below[level][id]; known {
			continue
		}
		// It came as a delta that was not to be applied, or not at all.
		obs, err := o.get(ctx, []gitobj.ID{id}, nil, inFlight)
		if err != nil {
			return err
		}
		if err := t.take(level, id, obs[0].Data); err != nil {
			return err
		}
	}
	return nil
}

// trees reads all directories of commits. A server that sends nothing but tips is asked for its
// head and the history, further back each time.
func (t *track) trees(ctx context.Context, commits []gitobj.ID) (map[gitobj.ID][]byte, error) {
	wants, depths := commits, []int{1}
	if t.graph.only() {
		wants, depths = []gitobj.ID{t.base}, []int{portions[0], portions[1], 16 * portions[1], MaxHistory}
	}
	var err error
	for _, depth := range depths {
		var trees map[gitobj.ID][]byte
		trees, err = t.wholeCommits(ctx, wants, depth)
		if err != nil {
			return nil, err
		}
		lacks := func(commit gitobj.ID) bool {
			n := t.graph.node(commit)
			_, ok := trees[n.tree]
			return !ok
		}
		if !slices.ContainsFunc(commits, lacks) {
			return trees, nil
		}
		err = fmt.Errorf("directories of %d commits: %w", len(commits), ErrMissing)
	}
	return nil, err
}

func (t *track) wholeCommits(ctx context.Context, wants []gitobj.ID, depth int) (map[gitobj.ID][]byte, error) {
	o := t.graph.objects
	trees, size := make(map[gitobj.ID][]byte), 0
	_, err := o.receive(ctx, reading{
		req:     gitwire.Fetch{Wants: wants, Filter: all, Depth: depth, Format: o.format()},
		noBlobs: true,
		keep:    func(objstore.Object) bool { return false },
		visit: func(ob objstore.Object) {
			if _, has := trees[ob.ID]; ob.Kind == gitobj.KindTree && !has && size <= mostTracked {
				trees[ob.ID] = ob.Data
				size += len(ob.Data)
			}
		},
	})
	if err != nil {
		return nil, fmt.Errorf("read %d commits with their directories: %w", len(wants), err)
	}
	if size > mostTracked {
		return nil, errTogether
	}
	if empty := o.emptyTree(); !empty.IsZero() {
		trees[empty] = nil
	}
	return trees, nil
}
