package objstoretest

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// broken is a memory store with a fault.
type broken struct {
	*objstore.Memory
	get func(objects []objstore.Object, err error) ([]objstore.Object, error)
	put func(ctx context.Context, m *objstore.Memory, objects []objstore.Object) error
}

func (b broken) Get(ctx context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	objects, err := b.Memory.Get(ctx, ids)
	if b.get != nil {
		objects, err = b.get(objects, err)
	}
	return objects, err
}

func (b broken) Put(ctx context.Context, objects []objstore.Object) error {
	if b.put != nil {
		return b.put(ctx, b.Memory, objects)
	}
	return b.Memory.Put(ctx, objects)
}

// TestSuiteFindsWhatIsBroken runs the checks on stores that break a sentence of the contract
// each.
func TestSuiteFindsWhatIsBroken(t *testing.T) {
	type objects = []objstore.Object
	for name, b := range map[string]struct {
		broken
		forgets bool
	}{
		"loses every object": {broken: broken{put: func(context.Context, *objstore.Memory, objects) error { return nil }}},
		"reverses answers": {broken: broken{get: func(o objects, err error) (objects, error) {
			slices.Reverse(o)
			return o, err
		}}},
		"leaves out what it misses": {broken: broken{get: func(o objects, err error) (objects, error) {
			return slices.DeleteFunc(o, func(o objstore.Object) bool { return !o.Held() }), err
		}}},
		"answers nothing beside an error": {broken: broken{get: func(o objects, err error) (objects, error) {
			if err != nil {
				return nil, err
			}
			return o, nil
		}}},
		"swallows errors": {broken: broken{get: func(o objects, _ error) (objects, error) { return o, nil }}},
		"cuts content, though it may forget": {forgets: true, broken: broken{get: func(o objects, err error) (objects, error) {
			for i := range o {
				o[i].Data = o[i].Data[:len(o[i].Data)/2]
			}
			return o, err
		}}},
		"takes every kind for a blob": {broken: broken{get: func(o objects, err error) (objects, error) {
			for i := range o {
				if o[i].Held() {
					o[i].Kind = gitobj.KindBlob
				}
			}
			return o, err
		}}},
		"keeps no empty object": {broken: broken{put: func(ctx context.Context, m *objstore.Memory, o objects) error {
			o = slices.DeleteFunc(slices.Clone(o), func(o objstore.Object) bool { return o.Held() && len(o.Data) == 0 })
			return m.Put(ctx, o)
		}}},
		"spoils the slice it is given": {broken: broken{put: func(ctx context.Context, m *objstore.Memory, o objects) error {
			err := m.Put(ctx, o)
			clear(o)
			return err
		}}},
		"keeps half of a call that is invalid": {broken: broken{put: func(ctx context.Context, m *objstore.Memory, o objects) error {
			for i := range o {
				if err := m.Put(ctx, o[i:i+1]); err != nil {
					return err
				}
			}
			return nil
		}}},
		"does not look at the context": {broken: broken{put: func(ctx context.Context, m *objstore.Memory, o objects) error {
			return m.Put(context.WithoutCancel(ctx), o)
		}}},
		"hands out a buffer that it uses again": {broken: broken{get: reusedBuffer()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, run := 0, 0
			for _, c := range checks {
				if c.needs != nil || c.name == "many users at once see only what was put" {
					continue // the broken stores are not made for these
				}
				run++
				b := b
				b.Memory = objstore.NewMemory(objstore.MemoryOptions{})
				open := func(testing.TB) objstore.Store { return b.broken }
				if err := (Suite{Open: open, Forgets: b.forgets}).check(t.Context(), t, c); err != nil {
					found++
				}
			}
			if found == 0 {
				t.Error("no check failed")
			}
			if found == run {
				t.Error("every check failed: they do not tell what is wrong")
			}
		})
	}
}

func reusedBuffer() func([]objstore.Object, error) ([]objstore.Object, error) {
	var buf []byte
	return func(objects []objstore.Object, err error) ([]objstore.Object, error) {
		buf = buf[:0]
		for i, o := range objects {
			if o.Held() && len(buf)+len(o.Data) <= 1<<16 {
				start := len(buf)
				if buf == nil {
					buf = make([]byte, 0, 1<<16)
				}
				buf = append(buf, bytes.ToUpper(o.Data)...)
				copy(buf[start:], o.Data)
				objects[i].Data = buf[start:]
			}
		}
		return objects, err
	}
}
