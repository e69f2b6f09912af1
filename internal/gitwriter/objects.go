package gitwriter

import (
	"context"
	"fmt"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// recentSize bounds the writer's own memory of what it just read or pushed, in bytes. It is what
// makes a plan cheap when the configured store is "none" or far away; it holds the same slices as a
// memory store.
const recentSize = 32 << 20

// objects reads Git objects by id: from the writer's own memory, then from the store, then from the
// remote. Misses of concurrent callers travel together: while one request is under way the next one
// gathers.
type objects struct {
	remote  Remote
	store   objstore.Store
	recent  *objstore.Memory
	format  gitobj.Format // see recognise: known before anything is asked for
	maxSize int64
	budget  int64 // of a first look at something whose size is not known, in bytes of pack
	// emptyTree is the id of a directory without entries, which Git knows without storing it.
	emptyTree gitobj.ID
	logf      func(context.Context, string, ...any)

	mu      sync.Mutex // guards what follows
	queue   []*round   // the last one gathers; one more may be under way
	running bool
	crowd   int         // the most callers that ever waited for one round
	tips    []gitobj.ID // commits that the remote named, the latest last
}

func newObjects(remote Remote, store objstore.Store, o Options) *objects {
	return &objects{
		remote:  remote,
		store:   store,
		recent:  objstore.NewMemory(objstore.MemoryOptions{MaxSize: recentSize, MaxObjectSize: recentSize}),
		maxSize: o.MaxObjectSize,
		budget:  o.SnapshotBudget,
		logf:    o.Logf,
	}
}

// get returns the objects of these ids, in their order. An object that the remote does not send is
// an ErrMissing, one of more than most bytes an ErrTooLarge; several that take too much together
// are errCrowded. Directories are asked for on behalf of their snapshot, which decides what else to
// ask for; it is nil for other objects.
func (o *objects) get(ctx context.Context, ids []gitobj.ID, s *snapshot, most int64) ([]objstore.Object, error) {
	found, missing := o.local(ctx, ids)
	for {
		if err := room(found, most); err != nil || len(missing) == 0 {
			return found, err
		}
		got, err := o.fetch(ctx, missing[:min(len(missing), maxWants)], s, most)
		if err != nil {
			return nil, err
		}
		for i, id := range ids {
			if ob, ok := got[id]; ok && found[i].Kind == 0 {
				found[i] = ob
			}
		}
		missing = absent(ids, found)
	}
}

// room checks that objects may be held: each, and all of them together.
func room(obs []objstore.Object, most int64) error {
	var size int64
	for _, ob := range obs {
		n := int64(len(ob.Data))
		if n > most {
			return fmt.Errorf("object %s: %w", ob.ID, &LargeError{ID: ob.ID, Size: n, Limit: most})
		}
		if size += n; size > n && size > mostGathered {
			return errCrowded
		}
	}
	return nil
}

// local answers from memory and from the store; missing are the ids, each once, that neither holds.
func (o *objects) local(ctx context.Context, ids []gitobj.ID) (found []objstore.Object, missing []gitobj.ID) {
	found, _ = o.recent.Get(ctx, ids)
	if found == nil {
		found = make([]objstore.Object, len(ids))
	}
	for i, id := range ids {
		if id == o.emptyTree {
			found[i] = objstore.Object{ID: id, Kind: gitobj.KindTree, Data: []byte{}}
		}
	}
	missing = absent(ids, found)
	if len(missing) == 0 {
		return found, nil
	}
	got, err := o.store.Get(ctx, missing)
	if err != nil {
		// A store changes speed, never results: what it cannot give is fetched.
		o.logf(ctx, "object cache: %v", err)
	}
	if len(got) != len(missing) {
		return found, missing
	}
	byID := make(map[gitobj.ID]objstore.Object, len(got))
	hits := make([]objstore.Object, 0, len(got))
	for i, ob := range got {
		if ob.Kind != 0 {
			ob.ID = missing[i]
			byID[ob.ID] = ob
			hits = append(hits, ob)
		}
	}
	if len(hits) == 0 {
		return found, missing
	}
	if err := o.recent.Put(ctx, hits); err != nil { // so that the store is asked once
		o.logf(ctx, "recent objects: %v", err)
	}
	for i, id := range ids {
		if found[i].Kind == 0 {
			found[i] = byID[id]
		}
	}
	return found, absent(missing, got)
}

// recently tells which objects are in the writer's own memory.
func (o *objects) recently(ctx context.Context, ids []gitobj.ID) (have []objstore.Object, lack []gitobj.ID) {
	found, _ := o.recent.Get(ctx, ids)
	for _, ob := range found {
		if ob.Kind != 0 {
			have = append(have, ob)
		} else {
			lack = append(lack, ob.ID)
		}
	}
	return have, lack
}

func absent(ids []gitobj.ID, found []objstore.Object) []gitobj.ID {
	var missing []gitobj.ID
	var seen map[gitobj.ID]bool
	for i, id := range ids {
		if found[i].Kind != 0 || seen[id] {
			continue
		}
		if seen == nil {
			seen = make(map[gitobj.ID]bool)
		}
		seen[id] = true
		missing = append(missing, id)
	}
	return missing
}
