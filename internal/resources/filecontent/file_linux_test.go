package filecontent

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// A pipe that is opened, a device or a file without an end would hang these tests.

func TestOnlyPlainFilesAreSources(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe, socket, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "socket"), filepath.Join(dir, "link")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		pipe: "a pipe", socket: "a socket", link: "a pipe", "/dev/zero": "a device", dir: "a directory",
		"/proc/kmsg": "the kernel makes up its content", "/proc/self/status": "the kernel makes up its content",
	} {
		for _, endings := range []LineEndings{AsIs, LF} {
			_, err := FromFile(t.Context(), name, endings, 0)
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s, line endings %q: got %v, want an error with %q", name, endings, err, want)
			}
		}
	}
}

func TestASparseFileIsRefusedByItsSize(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "sparse")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(1<<40), f.Close()); err != nil {
		t.Fatal(err)
	}
	for _, endings := range []LineEndings{AsIs, LF, CRLF} {
		c, err := FromFile(t.Context(), name, endings, 1<<20)
		if err == nil {
			err = c.Check(gitobj.ModeFile, 1<<20)
		}
		if err == nil || !strings.Contains(err.Error(), "1099511627776 bytes") || !strings.Contains(err.Error(), "limits.max_object_size") {
			t.Errorf("line endings %q: got %v, want an error that tells size and limit", endings, err)
		}
	}
}

func TestAPipeThatTakesThePlaceOfAFileIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := FromFile(t.Context(), name, AsIs, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(name), syscall.Mkfifo(name, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.BlobID(t.Context(), gitobj.SHA1); err == nil || !strings.Contains(err.Error(), "a pipe") {
		t.Errorf("got %v, want a refusal of the pipe", err)
	}
	local := File{Name: name, Size: 1, Mode: gitobj.ModeFile}
	if _, err := local.Content().BlobID(t.Context(), gitobj.SHA1); err == nil || !strings.Contains(err.Error(), "a pipe") {
		t.Errorf("of a directory: got %v, want a refusal of the pipe", err)
	}
}

func TestAFileWithoutAnEndIsReadNoFurtherThanItsSize(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := FromFile(t.Context(), name, AsIs, 0)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(1<<40), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.BlobID(t.Context(), gitobj.SHA1); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v, want %v", err, ErrChanged)
	}
}
