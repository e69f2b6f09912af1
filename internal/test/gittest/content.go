package gittest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// File is an entry to write into a tree.
type File struct {
	Content string // of the file, the target of a symbolic link, or the commit id of a submodule
	Mode    string // "100644" by default, "100755", "120000" or "160000"
	Remove  bool   // instead: take the entry away
}

// Entry is an entry of a tree as git prints it.
type Entry struct {
	Mode string // six octal digits
	ID   string // lower-case hexadecimal
}

// Commit adds a commit with these changes to a branch, which it creates if necessary, and returns
// its id. It moves the branch without a check for concurrent committers; [Repo.Busy] checks.
func (r *Repo) Commit(branch, message string, files map[string]File) (string, error) {
	ref := "refs/heads/" + branch
	var b bytes.Buffer // the input of git-fast-import(1)
	fmt.Fprintf(&b, "commit %s\ncommitter Gittest <gittest@example.com> %s\ndata %d\n%s\n", ref, Date, len(message), message)
	if r.has(ref) {
		fmt.Fprintf(&b, "from %s^0\n", ref)
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		f := files[path]
		mode := f.Mode
		if mode == "" {
			mode = "100644"
		}
		switch {
		case f.Remove:
			fmt.Fprintf(&b, "D %s\n", quote(path))
		case mode == "160000":
			fmt.Fprintf(&b, "M %s %s %s\n", mode, f.Content, quote(path))
		default:
			fmt.Fprintf(&b, "M %s inline %s\ndata %d\n%s\n", mode, quote(path), len(f.Content), f.Content)
		}
	}
	if _, err := r.pipe(&b, "fast-import", "--quiet", "--date-format=raw"); err != nil {
		return "", err
	}
	return r.Run("rev-parse", ref)
}

// has reports whether a revision exists.
func (r *Repo) has(rev string) bool {
	_, err := r.Run("rev-parse", "--verify", "--quiet", rev)
	return err == nil
}

// quote writes a path as git-fast-import reads it: in C style, every unusual byte in octal.
func quote(path string) string {
	b := []byte{'"'}
	for _, c := range []byte(path) {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c > '~':
			b = fmt.Appendf(b, `\%03o`, c)
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// Files is everything below the root of a commit or tree: files, symbolic links and submodules, by
// path.
func (r *Repo) Files(treeish string) (map[string]Entry, error) {
	out, err := r.pipe(nil, "ls-tree", "-r", "-z", "--full-tree", treeish)
	if err != nil {
		return nil, err
	}
	files := map[string]Entry{}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if line == "" {
			continue // a tree of nothing
		}
		meta, path, ok := strings.Cut(line, "\t")
		fields := strings.Fields(meta) // mode, type, id
		if !ok || len(fields) != 3 {
			return nil, fmt.Errorf("git ls-tree %s: line %q is not of the usual form", treeish, line)
		}
		files[path] = Entry{Mode: fields[0], ID: fields[2]}
	}
	return files, nil
}

// Count is the number of commits that a revision reaches or a range ("a..b") holds; 0 when there is
// no such revision.
func (r *Repo) Count(rev string) (int, error) {
	if !strings.Contains(rev, "..") && !r.has(rev) {
		return 0, nil
	}
	out, err := r.Run("rev-list", "--count", rev)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(out)
}

// Check runs `git fsck --strict` over everything in the repository.
func (r *Repo) Check() error {
	out, err := r.pipe(nil, "fsck", "--strict", "--full", "--no-dangling", "--no-progress")
	if err != nil {
		return fmt.Errorf("repository %s: %w\n%s", r.name, err, out)
	}
	return nil
}
