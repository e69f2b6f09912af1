package gitwire

import (
	"bytes"
	"fmt"
	"iter"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Ref is a reference as a server lists it.
type Ref struct {
	Name   string
	ID     gitobj.ID // the zero ID when unborn
	Target string    // the target of a symbolic reference: "refs/heads/main" for HEAD; "" otherwise
	Peeled gitobj.ID // the object that an annotated tag finally points to, when LsRefs.Peel asked; else the zero ID
	Unborn bool      // a symbolic reference to a branch that does not exist yet
}

// LsRefs asks for references (gitprotocol-v2, "ls-refs").
type LsRefs struct {
	Prefixes []string      // prefixes of full names, at least one of them: "HEAD", "refs/heads/main"
	Peel     bool          // follow annotated tags
	Unborn   bool          // name HEAD's branch even if it does not exist; only if the server offers it
	Format   gitobj.Format // of the repository; 0 means SHA-1
}

// Append appends the request.
func (l LsRefs) Append(dst []byte) ([]byte, error) {
	if len(l.Prefixes) == 0 {
		return dst, fmt.Errorf("list references: no prefix: the list has no bound without one")
	}
	dst = AppendLine(dst, "command=ls-refs\n")
	dst = appendFormat(dst, l.Format)
	dst = AppendDelim(dst)
	dst = AppendLine(dst, "symrefs\n")
	if l.Peel {
		dst = AppendLine(dst, "peel\n")
	}
	if l.Unborn {
		dst = AppendLine(dst, "unborn\n")
	}
	for _, p := range l.Prefixes {
		if err := checkName(p); err != nil {
			return dst, fmt.Errorf("list references: prefix %w", err)
		}
		dst = AppendLine(dst, "ref-prefix "+p+"\n")
	}
	return AppendFlush(dst), nil
}

// appendFormat names the object format unless it is the default of the protocol (gitprotocol-v2,
// "object-format").
func appendFormat(dst []byte, f gitobj.Format) []byte {
	if f == gitobj.SHA256 {
		return AppendLine(dst, "object-format=sha256\n")
	}
	return dst
}

// maxName bounds a reference name, in bytes; file systems bound it further.
const maxName = 4096

// checkName refuses names that cannot stand in a line of the protocol. It is not git
// check-ref-format: the server has the last word.
func checkName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%q: empty", name)
	case len(name) > maxName:
		return fmt.Errorf("%.80q…: %d bytes, at most %d are possible", name, len(name), maxName)
	case strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c == 0x7f }):
		return fmt.Errorf("%q: spaces and control characters are not possible", name)
	}
	return nil
}

// Refs reads the response to LsRefs, a reference at a time; the caller stops when it needs no more.
// All ids of a response have the same object format. An error ends the sequence; a sequence without
// an error ended at the flush line. A name that no request could hold is skipped: git accepts such
// references as they are, and the others count.
func Refs(r *Reader) iter.Seq2[Ref, error] {
	return func(yield func(Ref, error) bool) {
		var format gitobj.Format
		for {
			line, err := r.expect()
			if err != nil {
				yield(Ref{}, err)
				return
			}
			if line.Kind == Flush {
				return
			}
			ref, err := parseRef(line)
			if err == nil && !ref.Unborn {
				if format == 0 {
					format = ref.ID.Format()
				}
				if ref.ID.Format() != format || (ref.Peeled != gitobj.ID{} && ref.Peeled.Format() != format) {
					err = fmt.Errorf("%w: reference %q mixes object formats", ErrMalformed, ref.Name)
				}
			}
			if err != nil {
				yield(Ref{}, err)
				return
			}
			if checkName(ref.Name) != nil {
				continue
			}
			if !yield(ref, nil) {
				return
			}
		}
	}
}

// parseRef reads `<id>|"unborn" SP <name> [SP symref-target:<name>] [SP peeled:<id>]`.
func parseRef(line Line) (ref Ref, err error) {
	if line.Kind != Data {
		return ref, fmt.Errorf("%w: special line %d in a list of references", ErrMalformed, line.Kind)
	}
	text := line.Text()
	if err := serverError(text); err != nil {
		return ref, err
	}
	id, rest, ok := bytes.Cut(text, []byte{' '})
	if !ok {
		return ref, fmt.Errorf("%w: reference line %.100q", ErrMalformed, text)
	}
	if ref.Unborn = string(id) == "unborn"; !ref.Unborn {
		if ref.ID, err = gitobj.ParseID(string(id)); err != nil {
			return ref, fmt.Errorf("%w: reference line: %w", ErrMalformed, err)
		}
	}
	name, attrs, _ := bytes.Cut(rest, []byte{' '})
	ref.Name = string(name)
	for len(attrs) > 0 {
		var attr []byte
		attr, attrs, _ = bytes.Cut(attrs, []byte{' '})
		if target, ok := bytes.CutPrefix(attr, []byte("symref-target:")); ok {
			if checkName(string(target)) == nil {
				ref.Target = string(target)
			}
		} else if id, ok := bytes.CutPrefix(attr, []byte("peeled:")); ok {
			if ref.Peeled, err = gitobj.ParseID(string(id)); err != nil {
				return ref, fmt.Errorf("%w: peeled id of %q: %w", ErrMalformed, ref.Name, err)
			}
		} else if !bytes.ContainsRune(attr, ':') { // no attribute: the name has a blank, and its first word is another's
			ref.Name = string(rest)
			break
		}
	}
	if ref.Name == "" {
		return ref, fmt.Errorf("%w: reference line %.100q", ErrMalformed, text)
	}
	return ref, nil
}
