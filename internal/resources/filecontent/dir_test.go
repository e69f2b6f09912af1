//go:build unix

package filecontent

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
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
		files, err := Dir{dir, Choice{tc.include, tc.exclude}}.Walk(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			got = append(got, f.Rel)
		}
		slices.Sort(got)
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// A directory with every kind of entry is listed, also through a link to it, and each file is read.
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
		files, err := Dir{Root: root}.Walk(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			r, err := f.Content().Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err != nil || r.Close() != nil || int64(len(b)) != f.Size {
				t.Errorf("%s: %d bytes, %v; measured %d", f.Rel, len(b), err, f.Size)
			}
			got = append(got, fmt.Sprintf("%s %s %s", f.Mode, f.Rel, b))
		}
		if want := []string{"100644 a/b a/b", "100644 a/z a/z", "100644 b b", "120000 etc /etc", "100755 x x"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", root, got, want)
		}
	}
}

func TestPatternsThatMatchNothingAreRefused(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"", "/a", "./a", "a[", "{a,b", "a\\"} {
		if CheckGlob(p) == nil {
			t.Errorf("CheckGlob(%q) accepts it", p)
		}
	}
	for _, p := range []string{"*", "**", "a/**/b", "{a,b}", "[a-z]?", "**/*.tmp"} {
		if err := CheckGlob(p); err != nil {
			t.Errorf("CheckGlob(%q): %v", p, err)
		}
	}
}
