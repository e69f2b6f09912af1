//go:build unix

package resources

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
)

// tree makes a directory with these empty files.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// itemsError is the error of the files of a directory.
func itemsError(ctx context.Context, dir string) error {
	m := importedFiles()
	m.SourceDir = types.StringValue(dir)
	_, _, err := m.items(ctx, m.Files, 0)
	return err
}

// Directories with a file that no repository can hold are listed.
func TestWhatCannotBeStoredIsRefusedByItsLocalName(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Log("the file systems of other systems may refuse these names themselves")
		return
	}
	for name, tc := range map[string]struct {
		file string
		want string
	}{
		"not UTF-8":         {"bad\xff", "is not UTF-8"},
		"a backslash":       {`a\b`, "backslash"},
		"Git's directory":   {".GIT/x", "Git's own directory"},
		"a short NTFS name": {"git~1", "Git's own directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := tree(t, tc.file)
			err := itemsError(t.Context(), dir)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), fmt.Sprintf("%q", filepath.Join(dir, tc.file))) {
				t.Errorf("got %v, want %q and the local name", err, tc.want)
			}
		})
	}
	t.Run("a pipe", func(t *testing.T) {
		t.Parallel()
		dir := tree(t, "a")
		if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := itemsError(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "pipe") {
			t.Errorf("got %v, want an error that names the pipe", err)
		}
		excluded := filecontent.Dir{Root: dir, Choice: filecontent.Choice{Exclude: []string{"pipe"}}}
		if files, err := excluded.Walk(t.Context()); err != nil || len(files) != 1 {
			t.Errorf("excluded: %v, %v", files, err)
		}
	})
	t.Run("two names that are one in NFC", func(t *testing.T) {
		t.Parallel()
		if err := itemsError(t.Context(), tree(t, "\u00fc", "u\u0308")); err == nil || !strings.Contains(err.Error(), "same path") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no such directory", func(t *testing.T) {
		t.Parallel()
		if err := itemsError(t.Context(), filepath.Join(t.TempDir(), "nope")); err == nil || !strings.Contains(err.Error(), "does not exist") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a file", func(t *testing.T) {
		t.Parallel()
		if err := itemsError(t.Context(), filepath.Join(tree(t, "a"), "a")); err == nil || !strings.Contains(err.Error(), "not a directory") {
			t.Errorf("got %v", err)
		}
	})
}
