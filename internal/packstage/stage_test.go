package packstage

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
)

func TestGitAcceptsPacksOfEveryMode(t *testing.T) {
	t.Parallel()
	for _, f := range []gitobj.Format{gitobj.SHA1, gitobj.SHA256} {
		t.Run(f.String(), func(t *testing.T) {
			var first []byte
			for _, m := range modes {
				s := newStage(t, Options{Mode: m, Directory: emptyAfter(t), Format: f, AutoObjects: 7})
				var ids []gitobj.ID
				contents := map[gitobj.ID][]byte{}
				for _, data := range [][]byte{nil, []byte("x"), noise(1, 100), noise(2, chunkSize), noise(3, 3*chunkSize+17), bytes.Repeat([]byte("text\n"), 1<<18)} {
					id := putBytes(t, s, data)
					ids, contents[id] = append(ids, id), data
				}
				for i := range 40 {
					ids = append(ids, putBytes(t, s, small(i)))
				}
				pack := packBytes(t, newPack(t, s, ids...))
				repo := judge(t, f, pack)
				for id, data := range contents {
					if got := git(t, repo, nil, "cat-file", "blob", id.String()); got != string(data) {
						t.Errorf("%s: git reads another content of %s", m, id)
					}
				}
				if first == nil {
					first = pack
				} else if !bytes.Equal(pack, first) {
					t.Errorf("the pack of mode %s is not that of mode %s", m, modes[0])
				}
			}
		})
	}
}

func TestStagedObjectsAreReadBack(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, o Options) {
		for _, level := range []int{0, 9} {
			o.Level = &level
			s := newStage(t, o)
			for i, data := range [][]byte{nil, []byte("x"), small(5), noise(4, chunkSize-1), noise(5, 2*chunkSize+1)} {
				id, err := s.PutBytes(t.Context(), gitobj.KindTree, data)
				if err != nil {
					t.Fatal(err)
				}
				if want := gitobj.Hash(gitobj.SHA1, gitobj.KindTree, data); id != want {
					t.Fatalf("content %d: id %s, want %s", i, id, want)
				}
				kind, got, err := s.Bytes(id)
				if err != nil || kind != gitobj.KindTree || !bytes.Equal(got, data) {
					t.Errorf("content %d: got %s of %d bytes, error %v", i, kind, len(got), err)
				}
				r, kind, size, err := s.Open(id)
				if err != nil || kind != gitobj.KindTree || size != int64(len(data)) {
					t.Fatalf("content %d: opened a %s of %d bytes, error %v", i, kind, size, err)
				}
				s.Release(id) // the open reader keeps it
				putBytes(t, s, noise(77, 4*chunkSize))
				if err := iotest.TestReader(r, data); err != nil {
					t.Errorf("content %d: %v", i, err)
				}
				r.Close()
				r.Close()
				if _, _, err := s.Bytes(id); !errors.Is(err, ErrNotStaged) {
					t.Errorf("content %d: after its release: got error %v", i, err)
				}
			}
		}
	})
}

func TestAutoMovesToDiskWithTheObjectThatIsOneTooMany(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o     Options
		fits  int
		size  int
		after int64 // bytes in memory when all that fits is staged, at most
	}{
		"ten objects are the default":          {fits: 10, size: 100, after: 2000},
		"three objects":                        {o: Options{AutoObjects: 3}, fits: 3, size: 100, after: 1000},
		"8 MiB are the default, deflated":      {o: Options{AutoObjects: 100}, fits: 7, size: 1<<20 + 1<<17, after: 8 << 20},
		"a thousand bytes, whatever the count": {o: Options{AutoBytes: 1000}, fits: 3, size: 300, after: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			c.o.Directory = emptyAfter(t)
			s := newStage(t, c.o)
			var ids []gitobj.ID
			for i := range c.fits {
				ids = append(ids, putBytes(t, s, noise(uint64(i), c.size)))
			}
			if st := s.Stats(); st.OnDisk || st.File != 0 || st.Disk != 0 || st.Memory > c.after || st.Memory < int64(c.fits*c.size) {
				t.Errorf("with %d objects: %+v, want all in memory", c.fits, st)
			}
			if c.size < chunkSize { // a larger object counts before it is known to be the same
				putBytes(t, s, noise(0, c.size))
				if s.Stats().OnDisk {
					t.Error("a second reference moved the stage to disk")
				}
			}
			before := packBytes(t, newPack(t, s, ids...))
			ids = append(ids, putBytes(t, s, noise(99, c.size)))
			if st := s.Stats(); !st.OnDisk || st.Memory != 0 || st.Disk != st.File || st.Objects != c.fits+1 {
				t.Errorf("with one object more: %+v, want all on disk", st)
			}
			if !bytes.Equal(packBytes(t, newPack(t, s, ids[:c.fits]...)), before) {
				t.Error("the move to disk changed a pack")
			}
		})
	}
}

func TestAutoStaysOnDiskOverSeveralPushes(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Directory: emptyAfter(t)})
	for push := range 3 {
		var ids []gitobj.ID
		for i := range 11 {
			ids = append(ids, putBytes(t, s, small(100*push+i)))
		}
		p := newPack(t, s, ids...)
		judge(t, gitobj.SHA1, packBytes(t, p))
		s.Release(ids...)
		p.Close()
		if st := s.Stats(); st != (Stats{OnDisk: true}) {
			t.Errorf("after push %d: %+v, want no object, no file, and disk for what comes", push, st)
		}
		s.Release(putBytes(t, s, []byte("one small object")))
	}
}

func TestAutoCountsWhatIsStillBeingStaged(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Directory: emptyAfter(t), AutoBytes: 2 * chunkSize})
	first := putBytes(t, s, small(1))
	data := noise(8, 4*chunkSize)
	moved := -1
	src := &watched{r: bytes.NewReader(data), at: func(off int) {
		if st := s.Stats(); st.OnDisk && moved < 0 {
			moved = off
		} else if !st.OnDisk && st.Memory > 2*chunkSize {
			t.Errorf("%d bytes in memory after %d of the source", st.Memory, off)
		}
	}}
	id, err := s.Put(t.Context(), gitobj.KindBlob, int64(len(data)), src)
	if err != nil {
		t.Fatal(err)
	}
	if moved < 2*chunkSize || moved > 3*chunkSize {
		t.Errorf("moved to disk after %d bytes of the source, want between %d and %d", moved, 2*chunkSize, 3*chunkSize)
	}
	for _, id := range []gitobj.ID{first, id} {
		if _, _, err := s.Bytes(id); err != nil {
			t.Error(err)
		}
	}
}

// watched calls at with how much was read before each read.
type watched struct {
	r   io.Reader
	off int
	at  func(off int)
}

func (w *watched) Read(p []byte) (int, error) {
	w.at(w.off)
	n, err := w.r.Read(p)
	w.off += n
	return n, err
}

func TestTheSameContentIsHeldOnceUntilItsLastRelease(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, o Options) {
		s := newStage(t, o)
		for _, data := range [][]byte{small(1), noise(9, 3*chunkSize)} {
			id := putBytes(t, s, data)
			once := s.Stats()
			putBytes(t, s, data)
			if !s.Retain(id) {
				t.Error("a staged object cannot be retained")
			}
			if got := s.Stats(); got != once {
				t.Errorf("three references take %+v, one takes %+v", got, once)
			}
			s.Release(id)
			s.Release(id, gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte("never staged")))
			if !s.Has(id) {
				t.Error("gone with a reference left")
			}
			s.Release(id)
			if st := s.Stats(); s.Has(id) || s.Retain(id) || st.Objects+int(st.Memory+st.Disk+st.File) != 0 {
				t.Errorf("held without a reference: %+v", st)
			}
			s.Release(id) // a Release too many does not count for somebody else
		}
	})
}

func TestPutRefuses(t *testing.T) {
	t.Parallel()
	broken := errors.New("source broke")
	text := func(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }
	unread := func() io.Reader { return iotest.ErrReader(errors.New("the source was read")) }
	breaks := func() io.Reader {
		return io.MultiReader(bytes.NewReader(noise(1, 900_000)), iotest.ErrReader(broken))
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		kind gitobj.Kind
		size int64
		src  func() io.Reader
		want error
		text string
	}{
		"an object above the limit, unread": {kind: gitobj.KindBlob, size: 1<<20 + 1, src: unread, want: ErrTooLarge, text: "1048576"},
		"a source that is short":            {kind: gitobj.KindBlob, size: 10, src: text("nine byte"), want: gitpack.ErrSizeChanged},
		"a source that is long":             {kind: gitobj.KindBlob, size: 10, src: text("eleven byte"), want: gitpack.ErrSizeChanged},
		"a source that is empty":            {kind: gitobj.KindBlob, size: 1, src: text(""), want: gitpack.ErrSizeChanged},
		"a source that breaks":              {kind: gitobj.KindBlob, size: 1 << 20, src: breaks, want: broken},
		"a cancelled context":               {ctx: cancelled, kind: gitobj.KindBlob, size: 10, src: unread, want: context.Canceled},
		"no kind":                           {kind: 0, size: 1, src: unread, text: "kind"},
		"an unknown kind":                   {kind: 6, size: 1, src: unread, text: "kind"},
		"a size below zero":                 {kind: gitobj.KindBlob, size: -1, src: unread, text: "negative"},
	} {
		t.Run(name, func(t *testing.T) {
			eachMode(t, func(t *testing.T, o Options) {
				o.MaxObjectSize = 1 << 20
				s := newStage(t, o)
				ctx := cmp.Or(c.ctx, t.Context())
				id, err := s.Put(ctx, c.kind, c.size, c.src())
				if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
					t.Errorf("got id %s, error %v", id, err)
				}
				if st := s.Stats(); st.Objects+int(st.Memory+st.Disk+st.File) != 0 {
					t.Errorf("something is left: %+v", st)
				}
				putBytes(t, s, small(1)) // and the stage goes on
			})
		})
	}
}

func TestPutEndsWithItsContext(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, o Options) {
		s := newStage(t, o)
		ctx, cancel := context.WithCancel(t.Context())
		data := noise(3, 4*chunkSize)
		src := &watched{r: bytes.NewReader(data), at: func(off int) {
			if off > 2*chunkSize {
				cancel()
			}
		}}
		if _, err := s.Put(ctx, gitobj.KindBlob, int64(len(data)), src); !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v", err)
		}
		if src.off == len(data) {
			t.Error("the source was read to its end")
		}
		if st := s.Stats(); st.Objects+int(st.Memory+st.Disk+st.File) != 0 {
			t.Errorf("something is left: %+v", st)
		}
	})
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, o Options) {
		s := newStage(t, o)
		id := putBytes(t, s, noise(1, 5*packBuffer))
		p := newPack(t, s, id)
		r := p.NewReader()
		if _, err := io.CopyN(io.Discard, r, 100); err != nil {
			t.Fatal(err)
		}
		object, _, _, err := s.Open(id)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		mustBeEmpty(t, o.Directory)
		_, putErr := s.PutBytes(t.Context(), gitobj.KindBlob, []byte("late"))
		_, packErr := s.Pack(nil)
		_, _, bytesErr := s.Bytes(id)
		_, readErr := io.ReadAll(r)
		_, objectErr := io.ReadAll(object)
		for what, err := range map[string]error{"Put": putErr, "Pack": packErr, "Bytes": bytesErr, "pack reader": readErr, "object reader": objectErr} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%s after Close: got error %v", what, err)
			}
		}
		s.Release(id)
		p.Close()
		object.Close()
		if s.Has(id) || s.Retain(id) || s.Stats() != (Stats{OnDisk: s.spooling && o.Mode != Memory}) {
			t.Errorf("something is left: %+v", s.Stats())
		}
	})
}

func TestTheFormatIsSaidBeforeAnythingIsPutAndStays(t *testing.T) {
	t.Parallel()
	for _, f := range []gitobj.Format{gitobj.SHA1, gitobj.SHA256} {
		s, err := New(Options{Directory: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.PutBytes(t.Context(), gitobj.KindBlob, []byte("too early")); !errors.Is(err, ErrFormat) {
			t.Errorf("put without a format: %v", err)
		}
		if err := s.SetFormat(0); !errors.Is(err, ErrFormat) {
			t.Errorf("no format is taken for one: %v", err)
		}
		for range 2 { // the same again is no change
			if err := s.SetFormat(f); err != nil {
				t.Error(err)
			}
		}
		id := putBytes(t, s, []byte("content"))
		if want := gitobj.Hash(f, gitobj.KindBlob, []byte("content")); id != want {
			t.Errorf("%s: id %s, want %s", f, id, want)
		}
		judge(t, f, packBytes(t, newPack(t, s, id)))
		if err := s.SetFormat(gitobj.SHA1 + gitobj.SHA256 - f); !errors.Is(err, ErrFormat) {
			t.Errorf("a second format: %v", err)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{Mode: 3}, {AutoObjects: -1}, {AutoBytes: -1}, {Level: new(10)}, {Level: new(-1)}, {MaxObjectSize: -1}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	for _, m := range modes {
		if got, err := ParseMode(m.String()); err != nil || got != m {
			t.Errorf("mode %s is read as %s, error %v", m, got, err)
		}
	}
	for _, name := range []string{"", "Disk", "unknown", "ram"} {
		if m, err := ParseMode(name); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
			t.Errorf("mode %q is read as %s, error %v", name, m, err)
		}
	}
}
