package objstore_test

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

func TestMemoryForgetsTheLeastRecentlyUsed(t *testing.T) {
	a, b, c, d := blob("aaaa"), blob("bbbb"), blob("cccc"), blob("dddd")
	one := objstore.NewMemory(objstore.MemoryOptions{})
	put(t, one, a)
	m := objstore.NewMemory(objstore.MemoryOptions{MaxSize: 3 * one.Stats().Size})
	put(t, m, a, b, c)
	if got := held(t, m, a, b, c); !slices.Equal(got, []bool{true, true, true}) {
		t.Fatalf("held %v of three that fit", got)
	}
	held(t, m, a)   // read: b is the oldest now
	put(t, m, b, d) // put again: c is
	if got := held(t, m, a, b, c, d); !slices.Equal(got, []bool{true, true, false, true}) {
		t.Errorf("held %v, want all but the third", got)
	}
	if got := m.Stats(); got.Objects != 3 || got.Size != 3*one.Stats().Size {
		t.Errorf("got %+v", got)
	}
}

func TestMemoryPassesOverWhatIsTooLarge(t *testing.T) {
	m := objstore.NewMemory(objstore.MemoryOptions{MaxSize: 2 << 10, MaxObjectSize: 4 << 10})
	small, over := blob("small"), blob(string(make([]byte, 3<<10)))
	put(t, m, small, over)
	if got := held(t, m, small, over); !slices.Equal(got, []bool{true, false}) {
		t.Errorf("held %v: an object larger than the whole store pushed out the others", got)
	}
}

func TestMemoryExpires(t *testing.T) {
	c := clock{t: time.Unix(1e9, 0)}
	m := objstore.NewMemory(objstore.MemoryOptions{TTL: time.Minute, Now: c.now})
	put(t, m, blob("x"))
	c.add(time.Minute - 1)
	if !held(t, m, blob("x"))[0] {
		t.Error("gone before its time")
	}
	put(t, m, blob("x")) // held already: its time does not begin anew
	c.add(1)
	if held(t, m, blob("x"))[0] {
		t.Error("held after its time")
	}
	if got := m.Stats(); got != (objstore.MemoryStats{}) {
		t.Errorf("an expired object that was asked for still takes room: %+v", got)
	}
	put(t, m, blob("x"))
	c.add(time.Hour)
	put(t, m, blob("x")) // expired, nobody asked: held anew
	if !held(t, m, blob("x"))[0] {
		t.Error("an expired object cannot be put again")
	}
}

func TestMemoryDoesNotCopyDataUnlessItPinsMore(t *testing.T) {
	m := objstore.NewMemory(objstore.MemoryOptions{})
	exact, part := blob("an object with its own slice"), blob(string(make([]byte, 300)))
	part.Data = append(make([]byte, 0, 1<<20), part.Data...)
	put(t, m, exact, part)
	got, err := m.Get(t.Context(), []gitobj.ID{exact.ID, part.ID})
	if err != nil {
		t.Fatal(err)
	}
	if unsafe.SliceData(got[0].Data) != unsafe.SliceData(exact.Data) {
		t.Error("a slice of its own was copied")
	}
	if c := cap(got[1].Data); c > 512 {
		t.Errorf("300 bytes keep %d alive", c)
	}
}

// TestMemoryBoundIsTheHeapItTakes fills stores beyond their bound and weighs them.
func TestMemoryBoundIsTheHeapItTakes(t *testing.T) {
	const bound = 8 << 20
	for _, size := range []int{0, 1, 33, 100, 129, 1100, 2049, 10_241, 33_000, 500_000} {
		t.Run(fmt.Sprintf("objects of %d bytes", size), func(t *testing.T) {
			before := heap()
			m := objstore.NewMemory(objstore.MemoryOptions{MaxSize: bound})
			n := min(2*bound/(size+100), 200_000)
			for i := range n {
				var key [20]byte
				binary.BigEndian.PutUint64(key[:], uint64(i)+1)
				id, err := gitobj.IDFromBytes(key[:])
				if err != nil {
					t.Fatal(err)
				}
				put(t, m, objstore.Object{ID: id, Kind: gitobj.KindBlob, Data: make([]byte, size)})
			}
			took := int64(heap() - before)
			if took > bound*103/100 {
				t.Errorf("%d objects take %d bytes of heap, bound %d", m.Stats().Objects, took, bound)
			}
			if took < bound*6/10 {
				t.Errorf("%d objects take %d bytes of heap, bound %d: the count is too careful", m.Stats().Objects, took, bound)
			}
			runtime.KeepAlive(m)
		})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

func TestMemoryStartsWithNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { objstore.NewMemory(objstore.MemoryOptions{}) }); n > 8 {
		t.Errorf("a new store takes %v allocations", n)
	}
}

// BenchmarkMemory puts and gets a tree level of 1,000 objects of 2 KB, in a call each.
func BenchmarkMemory(b *testing.B) {
	objects := make([]objstore.Object, 1000)
	ids := make([]gitobj.ID, len(objects))
	for i := range objects {
		objects[i] = blob(fmt.Sprintf("%2000d", i))
		ids[i] = objects[i].ID
	}
	b.Run("put", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			put(b, objstore.NewMemory(objstore.MemoryOptions{}), objects...)
		}
	})
	m := objstore.NewMemory(objstore.MemoryOptions{})
	put(b, m, objects...)
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := m.Get(b.Context(), ids); err != nil {
				b.Fatal(err)
			}
		}
	})
	verified := objstore.Verified(m, nil)
	b.Run("get verified", func(b *testing.B) {
		for b.Loop() {
			if _, err := verified.Get(b.Context(), ids); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("get by all processors", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if _, err := m.Get(b.Context(), ids); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
