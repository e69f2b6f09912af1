package gitwriter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

const (
	// recentSize bounds the writer's own memory of what it just read or pushed, in bytes. It is what makes a
	// plan cheap when the configured store is "none" or far away; it holds the same slices as a memory store.
	recentSize = 32 << 20
	// putBatch is how many arriving objects are handed to the store at once.
	putBatch = 256
	// maxWants bounds the objects that one request asks for, and with it the request's size (about 50 bytes each).
	maxWants = 8192
	// wholeBudget is how many bytes of pack one request for whole sub-trees may take.
	wholeBudget = 4 << 20
	// leastTree is about what a directory takes in a pack at the very least, in bytes. A pack announces its number of
	// objects at its beginning, so that one that must outgrow its budget need not be read up to there.
	leastTree = 100
	// hopeless is how much of such a pack is read all the same: the commit and the uppermost directories.
	hopeless = 4 << 10
)

// errBudget ends the reading of a pack that outgrew its byte budget. It never leaves this package.
var errBudget = errors.New("byte budget spent")

// objects reads Git objects by id: from the writer's own memory, then from the store, then from the remote.
// Misses of concurrent callers travel together: while one request is under way the next one gathers.
type objects struct {
	remote  Remote
	store   objstore.Store
	recent  *objstore.Memory
	format  gitobj.Format
	maxSize int64
	// emptyTree is the id of a directory without entries, which Git knows without storing it.
	emptyTree gitobj.ID
	logf      func(context.Context, string, ...any)

	mu      sync.Mutex // guards what follows
	queue   []*round   // the last one gathers; one more may be under way
	running bool
}

// round is one request for objects and its answer.
type round struct {
	wants []gitobj.ID
	known map[gitobj.ID]bool
	whole bool // ask for everything below the wanted trees, not only for themselves
	done  chan struct{}
	got   map[gitobj.ID]objstore.Object
	bad   map[gitobj.ID]error // what could not be had, though the request itself went well
	err   error
}

func newObjects(remote Remote, store objstore.Store, o Options) *objects {
	return &objects{
		remote:    remote,
		store:     store,
		recent:    objstore.NewMemory(objstore.MemoryOptions{MaxSize: recentSize, MaxObjectSize: recentSize}),
		format:    o.Stage.Format,
		maxSize:   o.MaxObjectSize,
		emptyTree: gitobj.Hash(o.Stage.Format, gitobj.KindTree, nil),
		logf:      o.Logf,
	}
}

// get returns the objects of these ids, in their order. An object that the remote does not send is an ErrMissing, one
// beyond the limit an ErrTooLarge.
// With whole set, a request for trees asks for everything below them too, for callers who will need it.
func (o *objects) get(ctx context.Context, ids []gitobj.ID, whole bool) ([]objstore.Object, error) {
	found, missing := o.local(ctx, ids)
	for len(missing) > 0 {
		n := min(len(missing), maxWants)
		got, err := o.fetch(ctx, missing[:n], whole)
		if err != nil {
			return nil, err
		}
		for i, id := range ids {
			if ob, ok := got[id]; ok && found[i].Kind == 0 {
				found[i] = ob
			}
		}
		missing = missing[n:]
	}
	return found, nil
}

// one is get for a single object of an expected kind.
func (o *objects) one(ctx context.Context, id gitobj.ID, k gitobj.Kind) ([]byte, error) {
	got, err := o.get(ctx, []gitobj.ID{id}, false)
	if err != nil {
		return nil, err
	}
	if got[0].Kind != k {
		return nil, fmt.Errorf("object %s is a %s where a %s was expected", id, got[0].Kind, k)
	}
	return got[0].Data, nil
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
	for i, ob := range got {
		if ob.Kind != 0 {
			byID[missing[i]] = ob
		}
	}
	if len(byID) == 0 {
		return found, missing
	}
	for i, id := range ids {
		if found[i].Kind == 0 {
			found[i] = byID[id]
		}
	}
	return found, absent(missing, got)
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

// fetch joins the round that gathers and waits for its answer. A round is not bound to any one caller's context,
// since others wait for it too; a caller who gives up leaves it running.
func (o *objects) fetch(ctx context.Context, ids []gitobj.ID, whole bool) (map[gitobj.ID]objstore.Object, error) {
	r := o.join(ctx, ids, whole)
	select {
	case <-r.done:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if r.err != nil {
		return nil, r.err
	}
	for _, id := range ids {
		if err := r.bad[id]; err != nil {
			return nil, fmt.Errorf("object %s: %w", id, err)
		}
	}
	return r.got, nil
}

func (o *objects) join(ctx context.Context, ids []gitobj.ID, whole bool) *round {
	o.mu.Lock()
	defer o.mu.Unlock()
	var r *round
	if n := len(o.queue); n > 0 && len(o.queue[n-1].wants)+len(ids) <= maxWants {
		r = o.queue[n-1]
	} else {
		r = &round{known: make(map[gitobj.ID]bool, len(ids)), done: make(chan struct{})}
		o.queue = append(o.queue, r)
	}
	for _, id := range ids {
		if !r.known[id] {
			r.known[id] = true
			r.wants = append(r.wants, id)
		}
	}
	r.whole = r.whole || whole
	if !o.running {
		o.running = true
		go o.run(context.WithoutCancel(ctx))
	}
	return r
}

// run answers rounds, one request at a time, until none is waiting.
func (o *objects) run(ctx context.Context) {
	for {
		o.mu.Lock()
		if len(o.queue) == 0 {
			o.running = false
			o.mu.Unlock()
			return
		}
		r := o.queue[0]
		o.queue = o.queue[1:]
		o.mu.Unlock()
		r.got, r.bad = make(map[gitobj.ID]objstore.Object, len(r.wants)), make(map[gitobj.ID]error)
		r.err = o.ask(ctx, r, r.wants, r.whole)
		close(r.done)
	}
}

// ask fetches wanted objects of a round. What a response leaves out (a delta whose base had to be let go, a response
// cut at its budget) is asked for again, as long as each answer brings something.
func (o *objects) ask(ctx context.Context, r *round, wants []gitobj.ID, whole bool) error {
	for len(wants) > 0 {
		in := reading{req: gitwire.Fetch{Wants: wants, Filter: "tree:0", Format: o.format}}
		if whole {
			in.req.Filter, in.budget = "blob:none", wholeBudget
		}
		in.visit = func(ob objstore.Object) {
			if r.known[ob.ID] {
				r.got[ob.ID] = ob
			}
		}
		err := o.receive(ctx, in)
		left := slices.DeleteFunc(slices.Clone(wants), func(id gitobj.ID) bool {
			_, ok := r.got[id]
			return ok
		})
		switch {
		case errors.Is(err, ErrTooLarge) && len(left) > 1:
			// One object that is too large ends the answer for all behind it: part them until it is alone.
			half := len(left) / 2
			if err := o.ask(ctx, r, left[:half], false); err != nil {
				return err
			}
			wants, whole = left[half:], false
			continue
		case errors.Is(err, ErrTooLarge):
			r.bad[left[0]] = err
			return nil
		case err != nil:
			return fmt.Errorf("read %d objects: %w", len(wants), err)
		case len(left) == len(wants) && !whole:
			for _, id := range left {
				r.bad[id] = ErrMissing
			}
			return nil
		}
		wants, whole = left, false
	}
	return nil
}

// reading is one request for a pack, and what is done with it.
type reading struct {
	req gitwire.Fetch
	// budget above 0 cuts a pack of more bytes off, which is no error: what arrived by then is kept.
	budget int64
	// noBlobs reads over blobs, which a server sends that cannot filter.
	noBlobs bool
	// visit is handed each object that arrives, and keeps no more than it needs.
	visit func(objstore.Object)
}

// receive makes one request and hands each object that arrives to the store and to in.visit.
func (o *objects) receive(ctx context.Context, in reading) error {
	err := o.remote.Fetch(ctx, in.req, func(pack io.Reader) error { return o.unpack(ctx, pack, in) })
	switch {
	case errors.Is(err, errBudget):
		return nil
	case errors.Is(err, gitpack.ErrTooLarge):
		return fmt.Errorf("%w of %d bytes (limits.max_object_size): %w", ErrTooLarge, o.maxSize, err)
	}
	return err
}

// unpack reads a pack to its end or its budget.
func (o *objects) unpack(ctx context.Context, pack io.Reader, in reading) error {
	limited := &budgetReader{r: pack, left: in.budget}
	if in.budget > 0 {
		pack = limited
	}
	r := gitpack.NewReader(pack, o.format, gitpack.Limits{MaxObjectSize: o.maxSize}, nil)
	r.SkipBlobs = in.noBlobs
	var batch []objstore.Object
	defer func() { o.put(ctx, batch) }()
	for first := true; ; first = false {
		ob, err := r.Next()
		if first && int64(r.Count())*leastTree > in.budget {
			limited.left = min(limited.left, hopeless)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if ob.Unresolved {
			continue
		}
		so := objstore.Object{ID: ob.ID, Kind: ob.Kind, Data: ob.Data}
		in.visit(so)
		if batch = append(batch, so); len(batch) == putBatch {
			o.put(ctx, batch)
			batch = nil
		}
	}
}

// put remembers objects that the remote sent or took. A store that fails costs speed only.
func (o *objects) put(ctx context.Context, obs []objstore.Object) {
	if len(obs) == 0 {
		return
	}
	for i, ob := range obs {
		if cap(ob.Data)-len(ob.Data) > len(ob.Data)/8+16 {
			obs[i].Data = slices.Clone(ob.Data) // once here, or each store makes a copy of its own
		}
	}
	if err := o.recent.Put(ctx, obs); err != nil {
		o.logf(ctx, "recent objects: %v", err)
	}
	if err := o.store.Put(ctx, obs); err != nil {
		o.logf(ctx, "object cache: %v", err)
	}
}

// budgetReader fails with errBudget once more than left bytes were asked of it.
type budgetReader struct {
	r    io.Reader
	left int64
}

func (b *budgetReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		// The pack may end exactly here; only a further byte outgrows the budget.
		var one [1]byte
		n, err := io.ReadFull(b.r, one[:])
		if n == 0 {
			return 0, err
		}
		return 0, errBudget
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
