//go:build unix

package resources

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
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

// itemsError is what is wrong with a directory.
func itemsError(ctx context.Context, dir string) error {
	m := importedFiles()
	m.SourceDir = types.StringValue(dir)
	_, _, err := m.items(ctx, m.Files, 0)
	return err
}

func TestGlobsChooseFilesByTheirPathBelowTheDirectory(t *testing.T) {
	t.Parallel()
	dir := tree(t, "a.go", "a_test.go", "sub/b.go", "sub/deep/c.go", "sub/d.txt", ".hid/e.go", "vendor/x/y.go", "A.GO")
	for name, tc := range map[string]struct{ include, exclude, want []string }{
		"everything":             {nil, nil, []string{".hid/e.go", "A.GO", "a.go", "a_test.go", "sub/b.go", "sub/d.txt", "sub/deep/c.go", "vendor/x/y.go"}},
		"one directory level":    {[]string{"*.go"}, nil, []string{"a.go", "a_test.go"}},
		"all levels":             {[]string{"**/*.go"}, nil, []string{".hid/e.go", "a.go", "a_test.go", "sub/b.go", "sub/deep/c.go", "vendor/x/y.go"}},
		"alternatives":           {[]string{"{sub,vendor}/**"}, nil, []string{"sub/b.go", "sub/d.txt", "sub/deep/c.go", "vendor/x/y.go"}},
		"several":                {[]string{"*.go", "sub/*.txt"}, nil, []string{"a.go", "a_test.go", "sub/d.txt"}},
		"exclude beats include":  {[]string{"**/*.go"}, []string{"**/*_test.go", ".hid/**", "vendor/**"}, []string{"a.go", "sub/b.go", "sub/deep/c.go"}},
		"a directory by name":    {nil, []string{"sub"}, []string{".hid/e.go", "A.GO", "a.go", "a_test.go", "sub/b.go", "sub/d.txt", "sub/deep/c.go", "vendor/x/y.go"}},
		"one level of a subtree": {nil, []string{"*", "sub/*", "vendor/**"}, []string{".hid/e.go", "sub/deep/c.go"}},
		"nothing":                {[]string{"nope/**"}, nil, nil},
	} {
		files, err := sourceDir{dir, tc.include, tc.exclude}.walk(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			got = append(got, f.rel)
		}
		slices.Sort(got)
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestADirectoryIsWalkedInOneOrderAndFollowsNoLink(t *testing.T) {
	t.Parallel()
	dir := tree(t, "b", "a/z", "a/b", ".git/HEAD", "a/.git", "x")
	if err := os.Symlink("/etc", filepath.Join(dir, "etc")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "x"), 0o610); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{dir, link} {
		files, err := sourceDir{root: root}.walk(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			r, err := f.content().open()
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err != nil || r.Close() != nil || int64(len(b)) != f.size {
				t.Errorf("%s: %d bytes, %v; measured %d", f.rel, len(b), err, f.size)
			}
			got = append(got, fmt.Sprintf("%s %s %s", f.mode, f.rel, b))
		}
		if want := []string{"100644 a/b a/b", "100644 a/z a/z", "100644 b b", "120000 etc /etc", "100755 x x"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", root, got, want)
		}
	}
}

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
		if files, err := (sourceDir{root: dir, exclude: []string{"pipe"}}).walk(t.Context()); err != nil || len(files) != 1 {
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

func TestPatternsThatMatchNothingAreRefused(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"", "/a", "./a", "a[", "{a,b", "a\\"} {
		if checkGlob(p) == nil {
			t.Errorf("checkGlob(%q) accepts it", p)
		}
	}
	for _, p := range []string{"*", "**", "a/**/b", "{a,b}", "[a-z]?", "**/*.tmp"} {
		if err := checkGlob(p); err != nil {
			t.Errorf("checkGlob(%q): %v", p, err)
		}
	}
}
