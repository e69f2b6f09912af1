package gitread

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

const (
	// leastTree is about the smallest size of a directory in a pack, in bytes. The header of a pack
	// tells the number of its objects, and with leastTree a lower bound of its size: a pack that
	// must outgrow its budget need not be read up to the budget.
	leastTree = 100
	// leastRead bounds the part of such a pack that is read all the same, in bytes: it has the
	// commit and the uppermost directories.
	leastRead = 4 << 10
	// The first sample bytes of a pack tell the mean size of its objects.
	sample = 16 << 10
	// fewBases bounds the bases of deltas that are looked up in the store for each pack.
	fewBases = 64
)

// errBudget ends the reading of a pack that outgrew its byte budget. It never leaves this package.
var errBudget = errors.New("byte budget spent")

// reading is a request for a pack and the handling of its objects.
type reading struct {
	req gitwire.Fetch
	// budget above 0 cuts off a pack of more bytes, which is no error: the objects that arrived by
	// then are kept.
	budget int64
	// early gives a pack up as soon as its first objects suggest that it will outgrow its budget,
	// or its number of objects does, if the server tells that before it sends any.
	early bool
	// announced, when set, is told the number of objects in the pack's header.
	announced func(int)
	// noBlobs reads over blobs, which a server without filters sends.
	noBlobs bool
	// visit is handed each object that arrives, and keeps no more than it needs.
	visit func(objstore.Object)
	// large is told of each object that came without its content: without its id, too, if it is a
	// delta.
	large func(gitpack.Object)
	// keep reports whether an object goes to the store; nil keeps all.
	keep func(objstore.Object) bool
}

// receive makes a request and hands each object that arrives to the store and to in.visit. It
// reports whether the pack was cut off at its budget.
func (o *objects) receive(ctx context.Context, in reading) (cut bool, err error) {
	if in.early && in.budget > 0 && o.selective(in.noBlobs) {
		in.req.MaxObjects = int(in.budget / leastTree)
	}
	err = o.remote.Packs.Fetch(ctx, in.req, func(pack io.Reader) error {
		err := o.unpack(ctx, pack, in)
		if errors.Is(err, gitpack.ErrCorrupt) {
			return &gitwire.DamagedError{Err: err}
		}
		return err
	})
	tooMany, many := errors.AsType[*gitwire.TooManyObjects](err)
	switch {
	case many:
		if in.announced != nil {
			in.announced(tooMany.Count)
		}
		return true, nil
	case errors.Is(err, errBudget):
		return true, nil
	case errors.Is(err, gitpack.ErrTooLarge):
		return false, fmt.Errorf("%w of %d bytes (limits.max_object_size): %w", ErrTooLarge, o.maxSize, err)
	}
	return false, err
}

// unpack reads a pack to its end or its budget.
func (o *objects) unpack(ctx context.Context, pack io.Reader, in reading) error {
	if in.req.Depth > 0 && !o.selective(in.noBlobs) {
		in.budget = 0 // the missing part could only be had with the whole pack again
	}
	limited := &budgetReader{r: pack, left: in.budget}
	if in.budget > 0 {
		pack = limited
	}
	r := gitpack.NewReader(pack, o.format(), gitpack.Limits{MaxObjectSize: o.maxSize, MaxInFlight: inFlight}, o.bases(ctx, in.req))
	r.SkipBlobs = in.noBlobs
	var batch []objstore.Object
	size := 0 // of batch
	defer func() { o.put(ctx, batch) }()
	for first := true; ; first = false {
		ob, err := r.Next()
		if first && in.budget > 0 && int64(r.Count())*leastTree > in.budget {
			limited.left = min(limited.left, leastRead)
		}
		if first && in.announced != nil {
			in.announced(int(r.Count()))
		}
		if in.early && in.budget > 0 && err == nil && outgrows(r, in.budget) {
			return errBudget
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if (ob.Large || ob.Unresolved) && in.large != nil {
			in.large(ob)
		}
		if ob.Large || ob.Unresolved {
			continue
		}
		so := objstore.Object{ID: ob.ID, Kind: ob.Kind, Data: ob.Data}
		in.visit(so)
		if in.keep != nil && !in.keep(so) {
			continue
		}
		batch, size = append(batch, so), size+len(so.Data)
		if len(batch) == putCount || size >= putBytes {
			o.put(ctx, batch)
			batch, size = nil, 0
		}
	}
}

// outgrows judges from the number of objects that a pack announces, and from the size of the first
// of them, whether the pack will be larger than its budget.
func outgrows(r *gitpack.Reader, budget int64) bool {
	entries, size := r.Progress()
	return size > sample && size/int64(entries)*int64(r.Count()) > budget+budget/4
}

// bases finds the bases of a thin pack's deltas. The store is asked for a few of them only, as each
// is a question of its own; an object whose base is not found is fetched when somebody needs it.
func (o *objects) bases(ctx context.Context, req gitwire.Fetch) func(gitobj.ID) (gitobj.Kind, []byte, bool) {
	if !req.Thin {
		return nil
	}
	asked := 0
	return func(id gitobj.ID) (gitobj.Kind, []byte, bool) {
		have, _ := o.recently(ctx, []gitobj.ID{id})
		if len(have) == 0 && asked < fewBases {
			asked++
			if found, _ := o.local(ctx, []gitobj.ID{id}); found[0].Held() {
				have = found
			}
		}
		if len(have) == 0 {
			return 0, nil, false
		}
		return have[0].Kind, have[0].Data, true
	}
}

// put stores objects that the remote sent or accepted. A store that fails costs speed only.
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

// budgetReader fails with errBudget once more than left bytes were read.
type budgetReader struct {
	r    io.Reader
	left int64
}

func (b *budgetReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		// The pack may end exactly here; only a further byte outgrows the budget.
		var further [1]byte
		n, err := io.ReadFull(b.r, further[:])
		if n == 0 {
			return 0, err
		}
		return 0, errBudget
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
