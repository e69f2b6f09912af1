package gitpatch

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// File is a path that is not the same in two commits.
type File struct {
	Path       string
	Base, Head Side
}

// Side is a path in one of the commits; without a Mode it is not there.
type Side struct {
	Mode gitobj.Mode
	ID   gitobj.ID
	// Text is the content: of a symbolic link its target. Git writes a line about the commit for a
	// submodule, and so does Append.
	Text string
	// Binary says that the content is no text, or is not known: the patch says only that it
	// differs.
	Binary bool
}

func (s Side) exists() bool { return s.Mode != 0 }

// text is the content as the patch shows it.
func (s Side) text() string {
	if s.Mode.IsSubmodule() {
		return "Subproject commit " + s.ID.String() + "\n"
	}
	return s.Text
}

// sniffed is the length, in bytes, of the beginning of a content in which git looks for a NUL
// (xdiff-interface.c, FIRST_FEW_BYTES).
const sniffed = 8000

// IsBinary reports whether git takes a content for binary, without regard to attributes.
func IsBinary(content []byte) bool {
	return bytes.IndexByte(content[:min(len(content), sniffed)], 0) >= 0
}

// Append writes the patch of a file. A file that becomes a symbolic link or a submodule is removed
// and added anew, as in git.
func Append(dst []byte, f File) []byte {
	if f.Base.exists() && f.Head.exists() && f.Base.Mode&0o170000 != f.Head.Mode&0o170000 {
		dst = Append(dst, File{Path: f.Path, Base: f.Base})
		return Append(dst, File{Path: f.Path, Head: f.Head})
	}
	a, b := quote("a/"+f.Path), quote("b/"+f.Path)
	dst = fmt.Appendf(dst, "diff --git %s %s\n", a, b)
	dst = appendModes(dst, f)
	if f.Base.ID == f.Head.ID {
		return dst
	}
	if !f.Base.exists() {
		a = "/dev/null"
	}
	if !f.Head.exists() {
		b = "/dev/null"
	}
	if f.Base.Binary || f.Head.Binary {
		return fmt.Appendf(dst, "Binary files %s and %s differ\n", a, b)
	}
	return appendHunks(dst, a, b, f.Base.text(), f.Head.text())
}

// appendModes writes the lines between the names and the content (git-diff(1), "Generating patch
// text with -p").
func appendModes(dst []byte, f File) []byte {
	base, head := f.Base.ID, f.Head.ID
	mode := ""
	switch {
	case !f.Base.exists():
		dst = fmt.Appendf(dst, "new file mode %s\n", f.Head.Mode)
		base = head.Format().Zero()
	case !f.Head.exists():
		dst = fmt.Appendf(dst, "deleted file mode %s\n", f.Base.Mode)
		head = base.Format().Zero()
	case f.Base.Mode != f.Head.Mode:
		dst = fmt.Appendf(dst, "old mode %s\nnew mode %s\n", f.Base.Mode, f.Head.Mode)
	default:
		mode = " " + f.Base.Mode.String()
	}
	if base == head {
		return dst
	}
	return fmt.Appendf(dst, "index %s..%s%s\n", base, head, mode)
}

// context is the number of lines around changed ones.
const context = 3

// appendHunks writes the changed lines, with their names a and b before.
func appendHunks(dst []byte, a, b, base, head string) []byte {
	edits := udiff.Lines(base, head)
	diff, err := udiff.ToUnifiedDiff(a, b, base, edits, context)
	if err != nil || len(diff.Hunks) == 0 {
		return dst // edits of Lines are in order, and equal contents have none: an empty file
	}
	dst = fmt.Appendf(dst, "--- %s\n+++ %s\n", label(a), label(b))
	heading := headings{lines: strings.SplitAfter(base, "\n")}
	for _, h := range diff.Hunks {
		from, to := 0, 0
		for _, l := range h.Lines {
			if l.Kind != udiff.Insert {
				from++
			}
			if l.Kind != udiff.Delete {
				to++
			}
		}
		dst = fmt.Appendf(dst, "@@ -%s +%s @@%s\n", span(h.FromLine, from), span(h.ToLine, to), heading.above(h.FromLine))
		for _, l := range h.Lines {
			dst = append(dst, " -+"[mark(l.Kind)])
			dst = append(dst, l.Content...)
			if !strings.HasSuffix(l.Content, "\n") {
				dst = append(dst, "\n\\ No newline at end of file\n"...)
			}
		}
	}
	return dst
}

// mark is the place of a line's mark in " -+".
func mark(k udiff.OpKind) int {
	switch k {
	case udiff.Delete:
		return 1
	case udiff.Insert:
		return 2
	}
	return 0
}

// label is a name after "---" or "+++". A tab ends names with blanks, which patch(1) would cut off.
func label(name string) string {
	if strings.Contains(name, " ") {
		return name + "\t"
	}
	return name
}

// span is the first line and the number of lines of a hunk. Where there are none, it is the line
// before.
func span(line, n int) string {
	switch n {
	case 0:
		return fmt.Sprintf("%d,0", line-1)
	case 1:
		return fmt.Sprint(line)
	}
	return fmt.Sprintf("%d,%d", line, n)
}

// headings finds the line that stands behind the "@@" of a hunk: the last one above that begins
// with a letter, '_' or '$' (xdiff/xemit.c, def_ff).
type headings struct {
	lines []string
	from  int    // the next line to look at
	last  string // of the lines before it
}

// mostHeading bounds a heading, in bytes.
const mostHeading = 80

// above is the heading of a hunk that begins at this line, which counts from 1.
func (x *headings) above(line int) string {
	for ; x.from < min(line-1, len(x.lines)); x.from++ {
		if l := x.lines[x.from]; l != "" && (l[0] == '_' || l[0] == '$' || 'a' <= l[0]|0x20 && l[0]|0x20 <= 'z') {
			x.last = l
		}
	}
	if x.last == "" {
		return ""
	}
	short := strings.ToValidUTF8(x.last[:min(len(x.last), mostHeading)], "") // without half a character at its end
	return " " + strings.TrimRight(short, " \t\n\r\v\f")
}
