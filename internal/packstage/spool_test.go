package packstage

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// length is the real length of the stage's file, in bytes.
func length(t *testing.T, s *Stage) int64 {
	t.Helper()
	f, ok := s.spool.f.(*os.File)
	if !ok {
		t.Fatalf("the file is a %T", s.spool.f)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestTheFileIsCutOffAndItsHolesAreUsedAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Mode: Disk, Directory: emptyAfter(t)})
	var ids []gitobj.ID
	for i := range 4 {
		ids = append(ids, putBytes(t, s, noise(uint64(i), 1000)))
	}
	full := length(t, s)
	s.Release(ids[1]) // a hole
	if got := length(t, s); got != full {
		t.Errorf("%d bytes with a hole, %d without", got, full)
	}
	big := noise(9, 1500)
	ids[1] = putBytes(t, s, big) // fills the hole and half as much again
	if got := length(t, s); got != s.Stats().Disk || got >= full+1000 {
		t.Errorf("%d bytes for %d; %d before", got, s.Stats().Disk, full)
	}
	if _, got, err := s.Bytes(ids[1]); err != nil || !bytes.Equal(got, big) {
		t.Errorf("what lies in two pieces is spoiled, error %v", err)
	}
	judge(t, gitobj.SHA1, packBytes(t, newPack(t, s, ids[2], ids[1], ids[0])))
}

func TestTheFreeEndOfTheFileGoes(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Mode: Disk, Directory: emptyAfter(t)})
	first := putBytes(t, s, noise(1, 1000))
	want := length(t, s)
	rest := []gitobj.ID{putBytes(t, s, noise(2, 1000)), putBytes(t, s, noise(3, 3*chunkSize)), putBytes(t, s, noise(4, 10))}
	s.Release(rest...)
	if got := length(t, s); got != want {
		t.Errorf("the file has %d bytes, want the %d of the first object", got, want)
	}
	s.Release(first)
	if s.spool.f != nil {
		t.Error("an empty file is still open")
	}
}

// TestAReaderNeverYieldsWhatTookThePlaceOfItsObjects closes a pack in the middle of a read, and
// reserves its space for other objects.
func TestAReaderNeverYieldsWhatTookThePlaceOfItsObjects(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Mode: Disk, Directory: emptyAfter(t)})
	var meanwhile func()
	s.spool.create = func(dir string) (file, error) {
		f, err := createFile(dir)
		return interrupted{f, &meanwhile}, err
	}
	putBytes(t, s, []byte("keeps the file open"))
	id := putBytes(t, s, noise(1, 1000))
	p := newPack(t, s, id)
	meanwhile = func() {
		meanwhile = nil
		s.Release(id)
		p.Close()
		putBytes(t, s, noise(2, 1000))
	}
	if got, err := io.ReadAll(p.NewReader()); !errors.Is(err, ErrClosed) || len(got) != 0 {
		t.Errorf("read %d bytes, error %v", len(got), err)
	}
}

// interrupted is a file before whose reads something else happens.
type interrupted struct {
	file
	meanwhile *func()
}

func (f interrupted) ReadAt(p []byte, off int64) (int, error) {
	if *f.meanwhile != nil {
		(*f.meanwhile)()
	}
	return f.file.ReadAt(p, off)
}
