package objstoretest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// subject is the store under a check.
type subject struct {
	Suite
	t     testing.TB
	store objstore.Store // nil while a check that opens its own has not done so
}

// object returns an object with a true id.
func object(f gitobj.Format, k gitobj.Kind, data []byte) objstore.Object {
	return objstore.Object{ID: gitobj.Hash(f, k, data), Kind: k, Data: data}
}

// blob returns the nth of a series of small objects.
func blob(n int) objstore.Object {
	return object(gitobj.SHA1, gitobj.KindBlob, fmt.Appendf(nil, "blob %d of the conformance suite\n", n))
}

// numbered returns the nth of a series of objects of n bytes, or a few more.
func numbered(n, size int) objstore.Object {
	data := noise(int64(size), uint64(n))
	return object(gitobj.SHA1, gitobj.KindBlob, fmt.Appendf(data, "%d", n))
}

// sha256Blob returns an object of the other format.
func sha256Blob(content string) objstore.Object {
	return object(gitobj.SHA256, gitobj.KindBlob, []byte(content))
}

func blobs(n int) []objstore.Object {
	all := make([]objstore.Object, n)
	for i := range all {
		all[i] = blob(i)
	}
	return all
}

func idsOf(objects []objstore.Object) []gitobj.ID {
	ids := make([]gitobj.ID, len(objects))
	for i, o := range objects {
		ids[i] = o.ID
	}
	return ids
}

// put puts objects, in a slice of the store's own to spoil.
func (s *subject) put(ctx context.Context, objects ...objstore.Object) error {
	if err := s.store.Put(ctx, slices.Clone(objects)); err != nil {
		return fmt.Errorf("Put of %d objects: %w", len(objects), err)
	}
	return nil
}

// wants gets the ids of the wanted objects and compares. A wanted object of kind 0 must be missing.
func (s *subject) wants(ctx context.Context, want ...objstore.Object) error {
	got, err := s.store.Get(ctx, idsOf(want))
	if err != nil {
		return fmt.Errorf("Get of %d ids: %w", len(want), err)
	}
	return s.compare(got, want)
}

func (s *subject) compare(got, want []objstore.Object) error {
	if len(got) != len(want) {
		return fmt.Errorf("Get of %d ids answered with %d objects", len(want), len(got))
	}
	for i, w := range want {
		g := got[i]
		if g.ID != w.ID {
			return fmt.Errorf("answer %d carries id %q, want %q", i, g.ID, w.ID)
		}
		if g.Kind == 0 && g.Data != nil {
			return fmt.Errorf("answer %d, %s: a miss with %d bytes of data", i, g.ID, len(g.Data))
		}
		if g.Kind == 0 && s.Forgets {
			continue
		}
		if g.Kind != w.Kind || !bytes.Equal(g.Data, w.Data) {
			return fmt.Errorf("answer %d, %s: got a %s of %d bytes %.40q, want a %s of %d bytes %.40q",
				i, g.ID, g.Kind, len(g.Data), g.Data, w.Kind, len(w.Data), w.Data)
		}
	}
	return nil
}

// gone returns the answer to a missing object.
func gone(o objstore.Object) objstore.Object { return objstore.Object{ID: o.ID} }

func (s *subject) roundTrip(ctx context.Context) error {
	o := object(gitobj.SHA1, gitobj.KindBlob, []byte("\x00\xff\r\n\x80 not text\x00"))
	return errors.Join(s.put(ctx, o), s.wants(ctx, o))
}

func (s *subject) missing(ctx context.Context) error {
	return errors.Join(s.wants(ctx, gone(blob(1))), s.put(ctx, blob(2)), s.wants(ctx, gone(blob(1))))
}

func (s *subject) aligned(ctx context.Context) error {
	return errors.Join(
		s.put(ctx, blob(1), blob(2), blob(3), blob(4)),
		s.wants(ctx, blob(4), gone(blob(9)), blob(2), gone(blob(8)), blob(1), blob(3)),
	)
}

func (s *subject) duplicates(ctx context.Context) error {
	return errors.Join(
		s.put(ctx, blob(1), blob(2)),
		s.wants(ctx, blob(1), blob(1), blob(2), gone(blob(9)), blob(1), gone(blob(9))),
	)
}

func (s *subject) empty(ctx context.Context) error {
	return errors.Join(s.wants(ctx), s.put(ctx), s.put(ctx, blob(1)), s.wants(ctx))
}

func (s *subject) zeroID(ctx context.Context) error {
	zeros := []objstore.Object{{}, {ID: gitobj.SHA1.Zero()}, {ID: gitobj.SHA256.Zero()}}
	return errors.Join(s.wants(ctx, zeros...), s.put(ctx, blob(1)), s.wants(ctx, zeros...))
}

func (s *subject) formats(ctx context.Context) error {
	data := []byte("the same content under two names")
	one, two := object(gitobj.SHA1, gitobj.KindBlob, data), object(gitobj.SHA256, gitobj.KindBlob, data)
	return errors.Join(
		s.put(ctx, one), s.wants(ctx, one, gone(two)),
		s.put(ctx, two), s.wants(ctx, two, one),
	)
}

func (s *subject) kinds(ctx context.Context) error {
	var all []objstore.Object
	for k := gitobj.KindCommit; k.Valid(); k++ {
		all = append(all, object(gitobj.SHA1, k, []byte("the same content in every kind")))
	}
	return errors.Join(s.put(ctx, all...), s.wants(ctx, all...))
}

func (s *subject) emptyObject(ctx context.Context) error {
	tree, file := object(gitobj.SHA1, gitobj.KindTree, nil), object(gitobj.SHA1, gitobj.KindBlob, []byte{})
	return errors.Join(s.put(ctx, tree, file), s.wants(ctx, file, tree))
}

// noise returns n bytes that do not repeat early.
func noise(n int64, seed uint64) []byte {
	data := make([]byte, n)
	x := uint64(n)<<20 ^ seed<<1 | 1
	for i := range data {
		x = x*6364136223846793005 + 1442695040888963407
		data[i] = byte(x >> 56)
	}
	return data
}

// sized returns an object of n bytes.
func sized(n int64) objstore.Object {
	return object(gitobj.SHA1, gitobj.KindBlob, noise(n, 0))
}

func (s *subject) large(ctx context.Context) error {
	o := sized(s.MaxObjectSize)
	return errors.Join(s.put(ctx, blob(1), o, blob(2)), s.wants(ctx, o, blob(2), blob(1)))
}

func (s *subject) tooLarge(ctx context.Context) error {
	o := sized(s.MaxObjectSize + 1)
	return errors.Join(s.put(ctx, blob(1), o, blob(2)), s.wants(ctx, gone(o), blob(1), blob(2)))
}

// manyLarge puts more in a call than fits into a message of some protocols.
func (s *subject) manyLarge(ctx context.Context) error {
	all := make([]objstore.Object, 24)
	for i := range all {
		all[i] = sized(min(1<<20, s.MaxObjectSize) - int64(i))
	}
	return errors.Join(s.put(ctx, all...), s.wants(ctx, all...))
}

// boundedAnswer asks for far more at once than a backend answers with: objects that deflate to a
// thousandth.
func (s *subject) boundedAnswer(ctx context.Context) error {
	var ids []gitobj.ID
	for total := int64(0); total < 2*objstore.MaxAnswer; total += s.MaxObjectSize {
		data := make([]byte, s.MaxObjectSize)
		binary.BigEndian.PutUint32(data, uint32(len(ids)))
		o := objstore.Object{ID: gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, data), Kind: gitobj.KindBlob, Data: data}
		if err := s.put(ctx, o); err != nil {
			return err
		}
		ids = append(ids, o.ID)
	}
	got, err := s.store.Get(ctx, ids)
	if err != nil {
		return fmt.Errorf("Get: %w", err)
	}
	size := 0
	for _, o := range got {
		size += len(o.Data)
	}
	if size == 0 || size > objstore.MaxAnswer {
		return fmt.Errorf("the answer has %d bytes, want some and at most %d", size, objstore.MaxAnswer)
	}
	for i, id := range ids { // alone, each is there
		if got[i].Held() {
			continue
		}
		if one, err := s.store.Get(ctx, []gitobj.ID{id}); err != nil || !one[0].Held() {
			return fmt.Errorf("object %d of %d: %w", i, len(ids), errors.Join(err, errors.New("a miss when it was asked for alone")))
		}
		break
	}
	return nil
}

func (s *subject) batch(ctx context.Context) error {
	const n = 10_000
	all := blobs(n)
	want := make([]objstore.Object, 0, 2*n)
	for i := range n {
		want = append(want, all[n-1-i], gone(blob(n+i)))
	}
	return errors.Join(s.put(ctx, all...), s.wants(ctx, want...))
}
