package resources

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// sourceDir is a local directory and which of its files are meant.
type sourceDir struct {
	root             string
	include, exclude []string // doublestar patterns; every file without an include
}

// localFile is a file of a sourceDir: measured, not read.
type localFile struct {
	name   string // for opening
	rel    string // below the directory, with slashes, in Unicode's composed form (NFC), in which Terraform keeps strings
	mode   gitobj.Mode
	size   int64
	target string // of a symbolic link
}

// walk lists the files, in the order of their names in each directory:
//
//	regular, any x bit   100755
//	regular              100644
//	symbolic link        120000, with its target as content, wherever that leads
//	directory            walked, unless it is called .git or everything in it is excluded
//	anything else        an error, unless it is excluded
//
// A .git that is a file (a submodule's, a worktree's) is left out too.
func (d sourceDir) walk(ctx context.Context) ([]localFile, error) {
	info, err := os.Stat(d.root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the local directory %q %w: create it, or correct the path (relative paths start at the directory that terraform runs in)", d.root, errMissing)
	case err != nil:
		return nil, fmt.Errorf("read the local directory: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("%q is not a directory", d.root)
	}
	root, err := filepath.EvalSymlinks(d.root) // WalkDir follows no link, not even this one
	if err != nil {
		return nil, fmt.Errorf("read the local directory: %w", err)
	}
	var files []localFile
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
		case e.IsDir() || e.Name() == ".git" || !d.picks(rel):
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

// picks reports whether a file is meant.
func (d sourceDir) picks(rel string) bool {
	return (len(d.include) == 0 || matchesAny(d.include, rel)) && !matchesAny(d.exclude, rel)
}

// excludesAll reports whether no file below a directory can be meant. A pattern that ends in /**
// and matches the directory matches all that is below.
func (d sourceDir) excludesAll(rel string) bool {
	for _, p := range d.exclude {
		if strings.HasSuffix(p, "/**") && doublestar.MatchUnvalidated(p, rel) {
			return true
		}
	}
	return false
}

func matchesAny(patterns []string, rel string) bool {
	for _, p := range patterns {
		if doublestar.MatchUnvalidated(p, rel) {
			return true
		}
	}
	return false
}

// checkGlob refuses a pattern that doublestar cannot read, or that matches nothing because it is no
// relative path.
func checkGlob(pattern string) error {
	switch {
	case !doublestar.ValidatePattern(pattern):
		return fmt.Errorf("pattern %q is malformed: check its brackets and braces", pattern)
	case pattern == "" || strings.HasPrefix(pattern, "/") || strings.HasPrefix(pattern, "./"):
		return fmt.Errorf("pattern %q matches nothing: patterns are matched against paths below the directory, without / or ./ before them", pattern)
	}
	return nil
}

// measure finds out what there is to know of a file without reading it.
func measure(name, rel string, e fs.DirEntry) (localFile, error) {
	if !utf8.ValidString(rel) {
		return localFile{}, fmt.Errorf("the name of the local file %q is not UTF-8: rename or exclude it", name)
	}
	f := localFile{name: name, rel: norm.NFC.String(rel), mode: gitobj.ModeFile}
	info, err := e.Info()
	switch {
	case err != nil:
		return f, fmt.Errorf("read the local directory: %w", err)
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(name)
		if err != nil {
			return f, fmt.Errorf("read the local symbolic link: %w", err)
		}
		f.mode, f.target = gitobj.ModeSymlink, filepath.ToSlash(target)
		f.size = int64(len(f.target))
	case !info.Mode().IsRegular():
		return f, fmt.Errorf("the local file %q is neither a regular file nor a symbolic link, but %s: remove or exclude it", name, kindOf(info.Mode()))
	case info.Size() == 0 && madeUp(name):
		return f, plainFile(name, info)
	default:
		f.size = info.Size()
		if info.Mode()&0o111 != 0 {
			f.mode = gitobj.ModeExec
		}
	}
	return f, nil
}

// content is what the file holds, read when it is opened.
func (f localFile) content() content {
	return content{at: atSourceDir, size: f.size, open: func() (io.ReadCloser, error) {
		if f.mode.IsSymlink() {
			return io.NopCloser(bytes.NewReader([]byte(f.target))), nil
		}
		return openPlain(f.name, f.size)
	}}
}
