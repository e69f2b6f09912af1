package objstoretest

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// benchSize is the content of a benchmark's objects, in bytes: that of a directory of about ten
// files.
const benchSize = 400

// benchObjects returns n objects that no other call with another start returns.
func benchObjects(start, n int) ([]objstore.Object, []gitobj.ID) {
	all := make([]objstore.Object, n)
	for i := range all {
		data := noise(benchSize, 1)
		binary.BigEndian.PutUint64(data, uint64(start+i))
		all[i] = object(gitobj.SHA1, gitobj.KindTree, data)
	}
	return all, idsOf(all)
}

// Benchmark measures a put, a get and a get of missing objects, of single objects and of batches.
// open returns an empty store, which the benchmark closes; the time in which the store then ends
// its writes in the background counts for the put.
func Benchmark(b *testing.B, open func(testing.TB) objstore.Store) {
	const most = 1000
	for _, n := range []int{1, most} {
		name := fmt.Sprintf("%d_objects", n)
		b.Run("put/"+name, func(b *testing.B) { benchPut(b, open(b), n) })
	}
	b.Run("get", func(b *testing.B) {
		store := open(b)
		held, ids := benchObjects(0, most)
		_, missing := benchObjects(most, most)
		if err := store.Put(b.Context(), held); err != nil {
			b.Fatal(err)
		}
		for _, n := range []int{1, most} {
			b.Run(fmt.Sprintf("%d_objects", n), func(b *testing.B) { benchGet(b, store, ids[:n], n) })
			b.Run(fmt.Sprintf("%d_missing", n), func(b *testing.B) { benchGet(b, store, missing[:n], 0) })
		}
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
}

func benchPut(b *testing.B, store objstore.Store, n int) {
	next := 0
	b.SetBytes(int64(n) * benchSize)
	for b.Loop() {
		b.StopTimer()
		objects, _ := benchObjects(next, n)
		next += n
		b.StartTimer()
		if err := store.Put(b.Context(), objects); err != nil {
			b.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		b.Error(err)
	}
}

// benchGet gets ids of which the store holds all or none.
func benchGet(b *testing.B, store objstore.Store, ids []gitobj.ID, want int) {
	b.SetBytes(int64(len(ids)) * benchSize)
	for b.Loop() {
		got, err := store.Get(b.Context(), ids)
		if err != nil {
			b.Fatal(err)
		}
		held := 0
		for _, o := range got {
			if o.Held() {
				held++
			}
		}
		if held != want {
			b.Fatalf("got %d objects of %d, want %d", held, len(ids), want)
		}
	}
}
