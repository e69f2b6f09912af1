package packstage

import (
	"bytes"
	"io"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// TestALargeSourceTakesNoMoreMemoryThanASmallOne streams far more than a stage may hold, and weighs the heap on the way.
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

// TestMemoryModeKeepsNoSlack weighs a stage that holds objects of every size in memory.
func TestMemoryModeKeepsNoSlack(t *testing.T) {
	s := newStage(t, Options{Mode: Memory})
	for i := range 60 {
		putBytes(t, s, noise(uint64(i), i*chunkSize/12+1))
	}
	for id, e := range s.entries {
		var have, room int64
		for _, c := range e.chunks {
			have, room = have+int64(len(c)), room+int64(cap(c))
		}
		if have != e.length || room != e.length {
			t.Errorf("%s: %d bytes lie in %d, the entry has %d", id, have, room, e.length)
		}
	}
}
