package packstage

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

func TestAPackKeepsItsObjects(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, o Options) {
		s := newStage(t, o)
		var ids []gitobj.ID
		for i := range 5 {
			ids = append(ids, putBytes(t, s, small(i)))
		}
		p := newPack(t, s, ids...)
		want := packBytes(t, p)
		s.Release(ids...)
		s.Release(ids...) // more than was taken
		if s.Has(ids[0]) {
			t.Error("a pack counts as a reference")
		}
		if _, err := s.Pack(ids[:1]); !errors.Is(err, ErrNotStaged) {
			t.Errorf("a pack of released objects: got error %v", err)
		}
		for i := range 50 {
			putBytes(t, s, noise(uint64(i), 3000)) // to overwrite free space, and to move to disk
		}
		if !bytes.Equal(packBytes(t, p), want) {
			t.Error("the pack changed after its objects were released")
		}
		putBytes(t, s, small(0)) // comes back to life
		p.Close()
		p.Close()
		if !s.Has(ids[0]) || s.Has(ids[1]) {
			t.Error("after the pack: want only what was staged again")
		}
		if _, err := io.ReadAll(p.NewReader()); !errors.Is(err, ErrClosed) {
			t.Errorf("reading a closed pack: got error %v", err)
		}
	})
}

func TestPackHoldsWhatWasNamedInThatOrder(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{})
	a, b := putBytes(t, s, []byte("a")), putBytes(t, s, []byte("b"))
	if got, want := packBytes(t, newPack(t, s, b, a, b, a)), packBytes(t, newPack(t, s, b, a)); !bytes.Equal(got, want) {
		t.Error("an object named twice is not packed once")
	}
	if bytes.Equal(packBytes(t, newPack(t, s, a, b)), packBytes(t, newPack(t, s, b, a))) {
		t.Error("the order of ids does not matter")
	}
	if p := newPack(t, s); p.Objects() != 0 || len(packBytes(t, p)) != 12+20 {
		t.Error("the empty pack is not header and trailer")
	}
	never := gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte("never"))
	if _, err := s.Pack([]gitobj.ID{a, never}); !errors.Is(err, ErrNotStaged) || !strings.Contains(err.Error(), never.String()) {
		t.Errorf("a pack of an object that is not staged: got error %v", err)
	}
	s.Release(a, b)
	if st := s.Stats(); st.Objects != 2 {
		t.Errorf("open packs hold %d objects, want 2", st.Objects)
	}
}

func TestPackReadersReplayHoweverTheyAreRead(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, o Options) {
		s := newStage(t, o)
		var ids []gitobj.ID
		for i, n := range []int{0, 1, packBuffer - 13, packBuffer, 5 * packBuffer, chunkSize + 1, 7} {
			ids = append(ids, putBytes(t, s, noise(uint64(i), n)))
		}
		slices.Reverse(ids)
		// Every length around the size of the buffer, so that the trailer falls on its edge.
		for n := packBuffer - 60; n < packBuffer-10; n++ {
			id := putBytes(t, s, noise(uint64(n), n))
			packBytes(t, newPack(t, s, id))
		}
		p := newPack(t, s, ids...)
		want := packBytes(t, p)
		if err := iotest.TestReader(p.NewReader(), want); err != nil {
			t.Error(err)
		}
		for name, r := range map[string]io.Reader{
			"one byte at a time": iotest.OneByteReader(p.NewReader()),
			"halves":             iotest.HalfReader(p.NewReader()),
		} {
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: another pack, error %v", name, err)
			}
		}
		var out bytes.Buffer
		r := p.NewReader()
		if _, err := io.CopyN(&out, r, 1000); err != nil {
			t.Fatal(err)
		}
		if n, err := writeTo(r, &out); err != nil || n != p.Size()-1000 || !bytes.Equal(out.Bytes(), want) {
			t.Errorf("the rest by WriteTo: %d bytes, error %v", n, err)
		}
		broken := errors.New("connection lost")
		if _, err := writeTo(p.NewReader(), failingWriter{broken}); !errors.Is(err, broken) {
			t.Errorf("a writer that fails: got error %v", err)
		}
	})
}

// writeTo uses the reader's own WriteTo.
func writeTo(r io.Reader, w io.Writer) (int64, error) {
	wt, ok := r.(io.WriterTo)
	if !ok {
		return 0, errors.New("the reader has no WriteTo")
	}
	return wt.WriteTo(w)
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
