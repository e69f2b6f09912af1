package packstage

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// TestALargeSourceTakesNoMoreMemoryThanASmallOne streams far more than a stage may hold, and weighs
// the heap on the way.
func TestALargeSourceTakesNoMoreMemoryThanASmallOne(t *testing.T) {
	const size = 48 << 20
	for _, mode := range []Mode{Disk, Auto} {
		s := newStage(t, Options{Mode: mode, Directory: emptyAfter(t), MaxObjectSize: size, AutoBytes: 1 << 20})
		putBytes(t, s, small(1))
		data := noise(3, 1<<20)
		before, most, next := heapInUse(), uint64(0), 0
		src := &watched{r: io.LimitReader(&endless{data: data}, size), at: func(off int) {
			if off >= next {
				next += size / 8
				most = max(most, heapInUse())
			}
		}}
		id, err := s.Put(t.Context(), gitobj.KindBlob, size, src)
		if err != nil {
			t.Fatal(err)
		}
		if grown := int64(most) - int64(before); grown > 4<<20 {
			t.Errorf("%s: staging %d MiB took %d KiB of heap", mode, size>>20, grown>>10)
		}
		if st := s.Stats(); st.Memory != 0 || st.Disk < size/2 {
			t.Errorf("%s: %+v", mode, st)
		}
		r, _, _, err := s.Open(id)
		if err != nil {
			t.Fatal(err)
		}
		want := &endless{data: data}
		got, expect := make([]byte, 1<<20), make([]byte, 1<<20)
		for n := 0; n < size; n += len(got) {
			if _, err := io.ReadFull(r, got); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(want, expect); err != nil || !bytes.Equal(got, expect) {
				t.Fatalf("%s: the content read back differs after %d bytes", mode, n)
			}
		}
		r.Close()
	}
}

// TestMemoryModeTakesAndGivesBackWholeSlabs stages objects of every size in memory, and releases
// the later half.
func TestMemoryModeTakesAndGivesBackWholeSlabs(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Mode: Memory, Directory: emptyAfter(t)})
	taken := func() int64 {
		if s.spool.f == nil {
			return 0
		}
		return int64(len(s.spool.f.(*slabs).slabs)) * slabSize
	}
	var ids []gitobj.ID
	for i := range 60 {
		ids = append(ids, putBytes(t, s, noise(uint64(i), i*chunkSize/12+1)))
		if held := s.Stats().Memory; taken() < held || taken() >= held+slabSize {
			t.Fatalf("%d bytes taken for %d of %d objects", taken(), held, i+1)
		}
	}
	s.Release(ids[30:]...)
	if held := s.Stats().Memory; taken() < held || taken() >= held+slabSize {
		t.Errorf("%d bytes taken for %d when half of the objects are gone", taken(), held)
	}
	p := newPack(t, s, ids[:30]...)
	judge(t, gitobj.SHA1, packBytes(t, p))
	p.Close()
	s.Release(ids...)
	if st := s.Stats(); taken() != 0 || st != (Stats{}) {
		t.Errorf("all is released: %d bytes taken, %+v", taken(), st)
	}
}

// TestMemoryThatTheSystemDoesNotGiveFailsThePut has no memory for a stage, then has some.
func TestMemoryThatTheSystemDoesNotGiveFailsThePut(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Mode: Memory})
	d := &disk{room: 1000}
	s.spool.create = d.create
	first := putBytes(t, s, small(1))
	_, err := s.PutBytes(t.Context(), gitobj.KindBlob, noise(1, 1000))
	if !errors.Is(err, errFull) || !strings.Contains(err.Error(), `in memory: disk is full`) || !strings.Contains(err.Error(), `staging_mode = "disk"`) {
		t.Errorf("got error %v, want one that names memory and the mode to set", err)
	}
	d.set(plenty)
	judge(t, gitobj.SHA1, packBytes(t, newPack(t, s, first, putBytes(t, s, noise(1, 1000)))))
}

// TestOnlyTheIndexIsOnTheHeap weighs a stage of many objects: their bytes are on disk or in slabs.
func TestOnlyTheIndexIsOnTheHeap(t *testing.T) {
	const n, size, most = 4000, 5000, 600 // objects, bytes each, bytes of heap for each
	for _, mode := range modes {
		before := heapInUse()
		s := newStage(t, Options{Mode: mode, Directory: emptyAfter(t)})
		for i := range n {
			putBytes(t, s, noise(uint64(i), size))
		}
		if took := int64(heapInUse()) - int64(before); took > n*most {
			t.Errorf("%s: %d objects of %d bytes take %d bytes of heap each, want at most %d", mode, n, size, took/n, most)
		}
		st := s.Stats()
		if inMemory := mode == Memory; st.OnDisk == inMemory || (st.Memory > n*size) != inMemory || (st.Disk > n*size) == inMemory || st.Memory != 0 && st.Disk != 0 {
			t.Errorf("%s: %+v", mode, st)
		}
	}
}
