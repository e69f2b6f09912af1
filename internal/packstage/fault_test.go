package packstage

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

var errFull = errors.New("disk is full")

// disk is a file system that has room for some bytes; it makes real files and breaks at will.
type disk struct {
	mu      sync.Mutex
	room    int64 // no byte at or after this offset is taken
	short   bool  // a write that does not fit is short without saying so
	made    int
	writes  int
	refuse  error // creation fails with it
	readErr error
}

func (d *disk) create(dir string) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuse != nil {
		return nil, d.refuse
	}
	d.made++
	f, err := createFile(dir)
	return &diskFile{file: f, d: d}, err
}

type diskFile struct {
	file
	d *disk
}

func (f *diskFile) WriteAt(p []byte, off int64) (int, error) {
	f.d.mu.Lock()
	room, short := f.d.room, f.d.short
	f.d.writes++
	f.d.mu.Unlock()
	if fits := max(0, room-off); int64(len(p)) > fits {
		n, err := f.file.WriteAt(p[:fits], off)
		if err == nil && !short {
			err = errFull
		}
		return n, err
	}
	return f.file.WriteAt(p, off)
}

func (f *diskFile) ReadAt(p []byte, off int64) (int, error) {
	f.d.mu.Lock()
	err := f.d.readErr
	f.d.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return f.file.ReadAt(p, off)
}

func (d *disk) set(room int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room = room
}

const plenty = 1 << 40

// TestADiskThatFillsUpAnywhereHarmsOnlyThePutThatMetIt sweeps the room on the disk over each byte
// of the staged objects.
func TestADiskThatFillsUpAnywhereHarmsOnlyThePutThatMetIt(t *testing.T) {
	t.Parallel()
	contents := [][]byte{small(1), noise(1, 40), nil, small(2), noise(2, 70), small(3)}
	repo := ""
	for _, mode := range []Mode{Disk, Auto} {
		whole := newStage(t, Options{Mode: mode, Directory: emptyAfter(t), AutoObjects: 3})
		for _, c := range contents {
			putBytes(t, whole, c)
		}
		for room := int64(0); room <= whole.Stats().File; room++ {
			d := &disk{room: room, short: room%2 == 1}
			s := newStage(t, Options{Mode: mode, Directory: emptyAfter(t), AutoObjects: 3})
			s.spool.create, s.encoders = d.create, whole.encoders
			var good, bad []gitobj.ID
			for _, c := range contents {
				id, err := s.PutBytes(t.Context(), gitobj.KindBlob, c)
				if err == nil {
					good = append(good, id)
					continue
				}
				var e *Error
				if !errors.As(err, &e) || e.Op != "write" || e.Directory != s.o.Directory || !strings.Contains(err.Error(), s.o.Directory) ||
					!errors.Is(err, errFull) && !errors.Is(err, io.ErrShortWrite) {
					t.Fatalf("room for %d bytes: got error %v", room, err)
				}
				bad = append(bad, gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, c))
			}
			if (len(bad) == 0) != (room == whole.Stats().File) {
				t.Fatalf("room for %d bytes of %d: %d of %d Puts went wrong", room, whole.Stats().File, len(bad), len(contents))
			}
			if st := s.Stats(); st.File > room || st.Objects != len(good) {
				t.Fatalf("room for %d bytes, %d objects staged: %+v", room, len(good), st)
			}
			for _, id := range bad {
				if s.Has(id) {
					t.Fatalf("room for %d bytes: %s is staged, though its Put failed", room, id)
				}
			}
			pack := packBytes(t, newPack(t, s, good...))
			if repo == "" || room%64 == 0 {
				repo = judge(t, gitobj.SHA1, pack)
			}
			// Somebody made room: the failed calls work now, and nothing is spoiled.
			d.set(plenty)
			for _, c := range contents {
				good = append(good, putBytes(t, s, c))
			}
			for i, c := range contents {
				if _, got, err := s.Bytes(good[len(good)-len(contents)+i]); err != nil || !bytes.Equal(got, c) {
					t.Fatalf("room for %d bytes, then plenty: content %d is spoiled, error %v", room, i, err)
				}
			}
		}
	}
}

func TestALargeObjectThatMeetsAFullDiskLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{Disk, Auto} {
		d := &disk{}
		s := newStage(t, Options{Mode: mode, Directory: emptyAfter(t), AutoBytes: chunkSize})
		s.spool.create = d.create
		d.set(plenty)
		first := putBytes(t, s, small(1))
		d.set(2*chunkSize + 77)
		if _, err := s.PutBytes(t.Context(), gitobj.KindBlob, noise(1, 6*chunkSize)); !errors.Is(err, errFull) {
			t.Errorf("%s: got error %v", mode, err)
		}
		if st := s.Stats(); st.Objects != 1 || st.File > chunkSize || st.Memory > chunkSize {
			t.Errorf("%s: something is left: %+v", mode, st)
		}
		judge(t, gitobj.SHA1, packBytes(t, newPack(t, s, first)))
	}
}

func TestAMoveToDiskThatFailsLeavesEverythingInMemory(t *testing.T) {
	t.Parallel()
	d := &disk{refuse: syscall.EACCES}
	s := newStage(t, Options{Directory: emptyAfter(t), AutoObjects: 2})
	s.spool.create = d.create
	ids := []gitobj.ID{putBytes(t, s, small(1)), putBytes(t, s, small(2))}
	before := s.Stats()
	for range 3 {
		_, err := s.PutBytes(t.Context(), gitobj.KindBlob, small(3))
		var e *Error
		if !errors.As(err, &e) || e.Op != "create" || !errors.Is(err, syscall.EACCES) {
			t.Fatalf("got error %v", err)
		}
	}
	if got := s.Stats(); got != before {
		t.Errorf("got %+v, want %+v as before", got, before)
	}
	judge(t, gitobj.SHA1, packBytes(t, newPack(t, s, ids...)))
	d.refuse = nil
	d.set(plenty)
	putBytes(t, s, small(3))
	if !s.Stats().OnDisk {
		t.Error("the next object did not move to a disk that is well again")
	}
}

func TestADirectoryThatIsGoneIsNamed(t *testing.T) {
	t.Parallel()
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"missing": filepath.Join(t.TempDir(), "never", "made"), "a plain file": plain} {
		s := newStage(t, Options{Mode: Disk, Directory: dir}) // not touched yet
		_, err := s.PutBytes(t.Context(), gitobj.KindBlob, []byte("x"))
		var e *Error
		if !errors.As(err, &e) || e.Directory != dir || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: got error %v", name, err)
		}
		if name == "missing" {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			putBytes(t, s, []byte("x"))
			// A directory that goes once the file is open does no harm: the file needs none.
			if runtime.GOOS != "windows" {
				if err := os.Remove(dir); err != nil {
					t.Error(err)
				}
				judge(t, gitobj.SHA1, packBytes(t, newPack(t, s, putBytes(t, s, []byte("y")))))
			}
		}
	}
}

func TestAReadThatFailsFailsThePack(t *testing.T) {
	t.Parallel()
	d := &disk{room: plenty}
	s := newStage(t, Options{Mode: Disk, Directory: emptyAfter(t)})
	s.spool.create = d.create
	id := putBytes(t, s, noise(1, 3*packBuffer))
	p := newPack(t, s, id)
	r := p.NewReader()
	if _, err := io.CopyN(io.Discard, r, packBuffer); err != nil {
		t.Fatal(err)
	}
	d.readErr = syscall.EIO
	for range 2 { // and it stays failed
		_, err := io.ReadAll(r)
		var e *Error
		if !errors.As(err, &e) || e.Op != "read" || !errors.Is(err, syscall.EIO) {
			t.Errorf("got error %v", err)
		}
		d.readErr = nil
	}
	judge(t, gitobj.SHA1, packBytes(t, p)) // a new reader starts anew
	d.readErr = syscall.EIO
	if _, _, err := s.Bytes(id); !errors.Is(err, syscall.EIO) {
		t.Errorf("got error %v", err)
	}
}

func TestAFileThatWasCutOffIsNoGoodEnd(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Mode: Disk, Directory: emptyAfter(t)})
	p := newPack(t, s, putBytes(t, s, noise(1, 2*packBuffer)))
	if err := s.spool.f.Truncate(packBuffer); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(p.NewReader()); !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		t.Errorf("got error %v", err)
	}
}
