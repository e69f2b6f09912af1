package gitread

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// objects reads Git objects by id: from the process's own memory, then from the store, then from
// the remote. Concurrent callers share fetches: while a fetch is under way, the next fetch gathers.
type objects struct {
	remote  Remote
	store   objstore.Store
	recent  *objstore.Memory // in front of the store, which may be far away or none
	maxSize int64
	budget  int64 // of a first read of directories, in bytes of pack
	logf    func(context.Context, string, ...any)

	formatOnce atomic.Uint32 // gitobj.Format; 0 until it is known, and constant afterwards

	mu      sync.Mutex   // guards the fields below
	queue   []*coalesced // the first may be waiting for more callers
	running bool
	// mostCallers is the largest number of callers that ever shared a fetch.
	mostCallers int
	joined      chan struct{} // closed when a caller joins a fetch; nil if nobody waits for that
	tips        []gitobj.ID   // commits that the remote named, the latest last
	moving      int           // announced readers that wait for no fetch
	graph       *graph        // of the commits of histories; nil before the first
}

func newObjects(remote Remote, store objstore.Store, o Options) *objects {
	return &objects{
		remote:  remote,
		store:   store,
		recent:  objstore.Front(store),
		maxSize: o.MaxObjectSize,
		budget:  o.SnapshotBudget,
		logf:    o.Logf,
	}
}

// format is the object format of the repository; 0 until it is known.
func (o *objects) format() gitobj.Format { return gitobj.Format(o.formatOnce.Load()) }

// setFormat sets the format once. Any other format is an ErrFormat afterwards.
func (o *objects) setFormat(told gitobj.Format) error {
	if o.formatOnce.CompareAndSwap(0, uint32(told)) {
		return nil
	}
	if was := o.format(); was != told {
		return fmt.Errorf("%w: the server names objects by %s, and named them by %s before", ErrFormat, told, was)
	}
	return nil
}

// get returns the objects of these ids, in their order. An object that the remote does not send is
// an ErrMissing, an object of more than most bytes an ErrTooLarge; several that take too much
// together are errTogether. Directories are asked for on behalf of their snapshot, which decides
// how far to read ahead; it is nil for other objects.
func (o *objects) get(ctx context.Context, ids []gitobj.ID, s *Snapshot, most int64) ([]objstore.Object, error) {
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
			return errTogether
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
	empty := o.emptyTree()
	for i, id := range ids {
		if id == empty {
			found[i] = objstore.Object{ID: id, Kind: gitobj.KindTree, Data: []byte{}}
		}
	}
	missing = absent(ids, found)
	if len(missing) == 0 {
		return found, nil
	}
	got, err := o.store.Get(ctx, missing)
	if err != nil {
		// A store changes speed, never results: a missing object is fetched.
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

// emptyTree is the id of a directory without entries, which Git knows without storing it.
func (o *objects) emptyTree() gitobj.ID {
	switch o.format() {
	case gitobj.SHA1:
		return emptySHA1
	case gitobj.SHA256:
		return emptySHA256
	}
	return gitobj.ID{}
}

var (
	emptySHA1   = gitobj.Hash(gitobj.SHA1, gitobj.KindTree, nil)
	emptySHA256 = gitobj.Hash(gitobj.SHA256, gitobj.KindTree, nil)
)

// recently tells which objects are in the process's own memory.
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

// absent lists the ids, each once, whose object was not found.
func absent(ids []gitobj.ID, found []objstore.Object) []gitobj.ID {
	var missing []gitobj.ID
	var listed map[gitobj.ID]bool
	for i, id := range ids {
		if found[i].Kind != 0 || listed[id] {
			continue
		}
		if listed == nil {
			listed = make(map[gitobj.ID]bool)
		}
		listed[id] = true
		missing = append(missing, id)
	}
	return missing
}
