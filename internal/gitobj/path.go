package gitobj

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The longest path and segment that are accepted, in bytes.
const (
	MaxPath    = 4096 // PATH_MAX on Linux; git fsck warns beyond it
	MaxSegment = 255  // NAME_MAX of all common file systems
)

// PathError says why a path cannot be written to a repository.
type PathError struct {
	Path    string
	Segment string // the segment at fault; empty for the whole path
	Reason  string // the fault, and how to correct it
}

// Error names the path, the segment and the reason.
func (e *PathError) Error() string {
	if e.Segment == "" || e.Segment == e.Path {
		return fmt.Sprintf("path %s: %s", quoteShort(e.Path), e.Reason)
	}
	return fmt.Sprintf("path %s: segment %s %s", quoteShort(e.Path), quoteShort(e.Segment), e.Reason)
}

// quoteShort quotes a text of up to 5,000 bytes for an error of readable length.
func quoteShort(s string) string {
	const limit = 160
	if len(s) <= limit {
		return fmt.Sprintf("%q", s)
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%q… (%d bytes)", s[:cut], len(s))
}

// ValidatePath refuses, with a *PathError, a path that is not that of a regular file in a
// repository which every Git on every file system accepts: `git fsck --strict`, and verify_path
// with core.protectHFS and core.protectNTFS. It is stricter than Git about bytes that are not
// UTF-8, control characters, backslashes and lengths.
func ValidatePath(path string) error { return ValidateEntry(path, ModeFile) }

// ValidateEntry is ValidatePath for an entry of any mode: a symbolic link must not have a name that
// Git reads settings from, nor may such a name be a directory or a submodule.
func ValidateEntry(path string, mode Mode) error {
	if reason := checkWhole(path); reason != "" {
		return &PathError{Path: path, Reason: reason}
	}
	for rest, more := path, true; more; {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		m := mode
		if more {
			m = ModeTree
		}
		if reason := checkSegment(segment, m); reason != "" {
			return &PathError{Path: path, Segment: segment, Reason: reason}
		}
	}
	return nil
}

// checkWhole returns the fault of the path as a whole, or "".
func checkWhole(path string) string {
	switch {
	case path == "":
		return "is empty; name a file, such as docs/readme.md"
	case len(path) > MaxPath:
		return fmt.Sprintf("has %d bytes, and a path may have %d; use a shorter one", len(path), MaxPath)
	case !utf8.ValidString(path):
		return "is not valid UTF-8; rename it"
	case path[0] == '/':
		return "is absolute; write it relative to the root of the repository, without the leading '/'"
	case path[len(path)-1] == '/':
		return "ends in '/'; name a file, not a directory"
	case strings.Contains(path, "//"):
		return "has an empty segment; write single '/'"
	case strings.Contains(path, `\`):
		return `has a backslash, which separates directories on Windows; separate them with '/'`
	}
	return ""
}

// checkSegment returns the fault of a segment of a path that checkWhole accepts, or "".
func checkSegment(s string, mode Mode) string {
	switch {
	case s == "." || s == "..":
		return "is no name; write the path without '.' and '..'"
	case len(s) > MaxSegment:
		return fmt.Sprintf("has %d bytes, and file systems allow %d; use a shorter name", len(s), MaxSegment)
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "has a control character; use printable ones"
	case isDotGit(s):
		return "is Git's own directory, or is taken for it on Windows or macOS; use another name"
	case mode.IsFile():
		return ""
	}
	return checkSettings(s, mode)
}

// checkSettings returns the fault of an entry that is not a file but has the name of a file that
// Git reads settings from, or "".
func checkSettings(s string, mode Mode) string {
	for _, d := range settingsFiles {
		if !d.matches(s) {
			continue
		}
		switch {
		case mode.IsSymlink() && d.noSymlink:
			return "is read by Git as " + d.name + ", which must not be a symbolic link; write it as a file"
		case !mode.IsSymlink() && d.noOther:
			return "is read by Git as " + d.name + ", which has to be a file; use another name"
		}
	}
	return ""
}
