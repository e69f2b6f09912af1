//go:build unix

package packstage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// limitedDirectory turns the test binary into a process whose files may not grow.
const limitedDirectory = "PACKSTAGE_LIMITED_DIRECTORY"

func init() { children[limitedDirectory] = limited }

// limited stages until the system lets the file grow no more, then prints the outcome.
func limited(dir string) {
	if err := stageUnderALimit(dir); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("as it should be")
	os.Exit(0)
}

// stageUnderALimit stages objects under a limit of the file's size, and checks that the Put that
// exceeds it fails alone: the error says so, and the objects before are intact.
func stageUnderALimit(dir string) error {
	const limit = 300_000
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	s, err := New(Options{Directory: dir, Format: gitobj.SHA1})
	if err != nil {
		return err
	}
	ctx := context.Background()
	var ids []gitobj.ID
	for i := 0; err == nil && i < 100; i++ {
		var id gitobj.ID
		if id, err = s.PutBytes(ctx, gitobj.KindBlob, noise(uint64(i), 20_000)); err == nil {
			ids = append(ids, id)
		}
	}
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, syscall.EFBIG) || e.Directory != dir || !strings.Contains(err.Error(), "set staging.directory") {
		return fmt.Errorf("got error %w, want one that is EFBIG and says what to do", err)
	}
	if st := s.Stats(); st.Objects != len(ids) || len(ids) != 14 || st.File > limit {
		return fmt.Errorf("%d objects were staged, want 14: %+v", len(ids), st)
	}
	for i, id := range ids {
		if _, got, err := s.Bytes(id); err != nil || !bytes.Equal(got, noise(uint64(i), 20_000)) {
			return fmt.Errorf("object %d is spoiled: %w", i, err)
		}
	}
	p, err := s.Pack(ids)
	if err != nil {
		return err
	}
	if n, err := io.Copy(io.Discard, p.NewReader()); err != nil || n != p.Size() {
		return fmt.Errorf("the pack has %d bytes: %w", n, err)
	}
	p.Close()
	s.Release(ids...)
	if _, err := s.PutBytes(ctx, gitobj.KindBlob, noise(99, 20_000)); err != nil {
		return fmt.Errorf("after the push: %w", err)
	}
	return s.Close()
}

// TestAFileThatMayNotGrowFailsThePutThatMetIt has the kernel refuse a write in the middle of a
// file, in a process of its own.
func TestAFileThatMayNotGrowFailsThePutThatMetIt(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), limitedDirectory+"="+emptyAfter(t))
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "as it should be\n" {
		t.Errorf("the process with a limit: %v\n%s", err, out)
	}
}

// TestFilesWithoutANameAreMadeBothWays: the fallback for a file system without O_TMPFILE is no
// worse.
func TestFilesWithoutANameAreMadeBothWays(t *testing.T) {
	t.Parallel()
	for name, create := range map[string]func(string) (file, error){"at once": createFile, "by removal": createUnlinked} {
		dir := emptyAfter(t)
		s := newStage(t, Options{Mode: Disk, Directory: dir})
		s.spool.create = create
		p := newPack(t, s, putBytes(t, s, small(1)), putBytes(t, s, noise(1, 3*chunkSize)))
		mustBeEmpty(t, dir)
		judge(t, gitobj.SHA1, packBytes(t, p))
		var st unix.Stat_t
		if err := unix.Fstat(int(s.spool.f.(*os.File).Fd()), &st); err != nil {
			t.Fatal(err)
		}
		if st.Nlink != 0 || st.Mode&0o777 != 0o600 {
			t.Errorf("%s: %d names, mode %o, want none and 0600", name, st.Nlink, st.Mode&0o777)
		}
		if _, err := create(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: in a directory that is missing: got error %v", name, err)
		}
	}
}
