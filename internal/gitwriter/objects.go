package gitwriter

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// get returns the objects of these ids, in their order. An object that the remote does not send is an ErrMissing.
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
		return r.got, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
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
		r.got, r.err = o.ask(ctx, r)
		close(r.done)
	}
}

// ask fetches the wanted objects. What a response leaves out (a delta whose base had to be let go, a response cut
// at its budget) is asked for again, as long as each answer brings something.
func (o *objects) ask(ctx context.Context, r *round) (map[gitobj.ID]objstore.Object, error) {
	got := make(map[gitobj.ID]objstore.Object, len(r.wants))
	wants, whole := r.wants, r.whole
	for len(wants) > 0 {
		req := gitwire.Fetch{Wants: wants, Filter: "tree:0", Format: o.format}
		budget := int64(0)
		if whole {
			req.Filter, budget = "blob:none", wholeBudget
		}
		err := o.receive(ctx, req, budget, func(ob objstore.Object) {
			if r.known[ob.ID] {
				got[ob.ID] = ob
			}
		})
		if err != nil {
			return nil, fmt.Errorf("read %d objects: %w", len(wants), err)
		}
		var left []gitobj.ID
		for _, id := range wants {
			if _, ok := got[id]; !ok {
				left = append(left, id)
			}
		}
		if len(left) == len(wants) && !whole {
			return nil, fmt.Errorf("object %s: %w", left[0], ErrMissing)
		}
		wants, whole = left, false
	}
	return got, nil
}

// receive makes one request and hands each object that arrives to the store and to visit, which keeps no more than
// it needs. With a budget above 0, a pack of more bytes is cut off, which is no error: what arrived by then is kept.
func (o *objects) receive(ctx context.Context, req gitwire.Fetch, budget int64, visit func(objstore.Object)) error {
	err := o.remote.Fetch(ctx, req, func(pack io.Reader) error {
		if budget == 0 {
			return o.unpack(ctx, pack, visit, nil)
		}
		limited := &budgetReader{r: pack, left: budget}
		return o.unpack(ctx, limited, visit, func(count uint32) {
			if int64(count)*leastTree > budget {
				limited.left = min(limited.left, hopeless)
			}
		})
	})
	if errors.Is(err, errBudget) {
		return nil
	}
	return err
}

// unpack reads a pack to its end. announced, if set, is told how many objects the pack holds before the first is read.
func (o *objects) unpack(ctx context.Context, pack io.Reader, visit func(objstore.Object), announced func(count uint32)) error {
	r := gitpack.NewReader(pack, o.format, gitpack.Limits{MaxObjectSize: o.maxSize}, nil)
	var batch []objstore.Object
	defer func() { o.put(ctx, batch) }()
	for {
		ob, err := r.Next()
		if announced != nil {
			announced(r.Count())
			announced = nil
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
		visit(so)
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
