package filecontent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Dir is a local directory, with patterns that choose files of it.
type Dir struct {
	Root string
	Choice
}

// Choice chooses files by doublestar patterns for their paths.
type Choice struct {
	Include, Exclude []string // every file without an include
}

// File is a file of a Dir: measured, not read.
type File struct {
	Name   string // for opening
	Rel    string // below the directory, with slashes, in Unicode's composed form (NFC), in which Terraform keeps strings
	Mode   gitobj.Mode
	Size   int64
	Target string // of a symbolic link
}

// Walk lists the files, in the order of their names in each directory:
//
//	regular, any x bit   100755
//	regular              100644
//	symbolic link        120000, with its target as content, wherever that leads
//	directory            walked, unless it is called .git or everything in it is excluded
//	anything else        an error, unless it is excluded
//
// A .git that is a file (a submodule's, a worktree's) is left out too.
func (d Dir) Walk(ctx context.Context) ([]File, error) {
	info, err := os.Stat(d.Root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the local directory %q %w: create it, or correct the path (relative paths start at the directory that terraform runs in)", d.Root, ErrMissing)
	case err != nil:
		return nil, fmt.Errorf("read the local directory: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("%q is not a directory", d.Root)
	}
	root, err := filepath.EvalSymlinks(d.Root) // WalkDir follows no link, not even this one
	if err != nil {
		return nil, fmt.Errorf("read the local directory: %w", err)
	}
	var files []File
	err = filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read the local directory: %w", err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if name == root {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case e.IsDir() && (e.Name() == ".git" || d.excludesAll(rel)):
			return filepath.SkipDir
		case e.IsDir() || e.Name() == ".git" || !d.Picks(rel):
			return nil
		}
		f, err := measure(name, rel, e)
		if err == nil {
			files = append(files, f)
		}
		return err
	})
	return files, err
}

// Picks reports whether a file is meant.
func (c Choice) Picks(rel string) bool {
	return (len(c.Include) == 0 || matchesAny(c.Include, rel)) && !matchesAny(c.Exclude, rel)
}

// excludesAll reports whether no file below a directory can be meant. A pattern that ends in /**
// and matches the directory matches all that is below.
func (d Dir) excludesAll(rel string) bool {
	for _, p := range d.Exclude {
		if strings.HasSuffix(p, "/**") && doublestar.MatchUnvalidated(p, rel) {
			return true
		}
	}
	return false
}

func matchesAny(patterns []string, rel string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return MatchGlob(p, rel) })
}

// MatchGlob reports whether a path, with slashes, matches a pattern that CheckGlob accepts.
func MatchGlob(pattern, path string) bool { return doublestar.MatchUnvalidated(pattern, path) }

// CheckGlob refuses a pattern that doublestar cannot read, or that matches nothing because it is no
// relative path.
func CheckGlob(pattern string) error {
	switch {
	case !doublestar.ValidatePattern(pattern):
		return fmt.Errorf("pattern %q is malformed: check its brackets and braces", pattern)
	case pattern == "" || strings.HasPrefix(pattern, "/") || strings.HasPrefix(pattern, "./"):
		return fmt.Errorf("pattern %q matches nothing: patterns are matched against paths below the directory, without / or ./ before them", pattern)
	}
	return nil
}

// measure finds out the properties of a file without reading it.
func measure(name, rel string, e fs.DirEntry) (File, error) {
	if !utf8.ValidString(rel) {
		return File{}, fmt.Errorf("the name of the local file %q is not UTF-8: rename or exclude it", name)
	}
	f := File{Name: name, Rel: norm.NFC.String(rel), Mode: gitobj.ModeFile}
	info, err := e.Info()
	switch {
	case err != nil:
		return f, fmt.Errorf("read the local directory: %w", err)
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(name)
		if err != nil {
			return f, fmt.Errorf("read the local symbolic link: %w", err)
		}
		f.Mode, f.Target = gitobj.ModeSymlink, filepath.ToSlash(target)
		f.Size = int64(len(f.Target))
	case !info.Mode().IsRegular():
		return f, fmt.Errorf("the local file %q is neither a regular file nor a symbolic link, but %s: remove or exclude it", name, kindOf(info.Mode()))
	case info.Size() == 0 && madeUp(name):
		return f, plainFile(name, info)
	default:
		f.Size = info.Size()
		if info.Mode()&0o111 != 0 {
			f.Mode = gitobj.ModeExec
		}
	}
	return f, nil
}

// Content is the content of the file, or the target of a symbolic link, read when it is opened.
func (f File) Content() Content {
	return Content{size: f.Size, open: func() (io.ReadCloser, error) {
		if f.Mode.IsSymlink() {
			return io.NopCloser(bytes.NewReader([]byte(f.Target))), nil
		}
		return openPlain(f.Name, f.Size)
	}}
}
