package gitwire

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// ReadAdvertisement reads a whole advertisement up to its flush line: the capabilities and, of
// versions 0 and 1, every reference, for which it calls see in the server's order, HEAD first where
// there is one (gitprotocol-pack, "Reference Discovery"). Once see has returned false, the rest is
// not read. Version 2 lists no references, and see is not called.
//
// Peeled of an annotated tag is the object that it points to. Target of HEAD is the branch that it
// names, if the server tells it (capability "symref").
func ReadAdvertisement(r *Reader, see func(Ref) bool) (Capabilities, error) {
	c, line, err := readHead(r)
	if err != nil || c.Version == 2 || line.Kind == Flush {
		return c, err
	}
	a := advertised{caps: c, see: see}
	for {
		if err := a.add(line); err != nil || a.done {
			return c, err
		}
		if line, err = r.expect(); err != nil {
			return c, err
		}
		if line.Kind == Flush {
			a.end()
			return c, nil
		}
	}
}

// advertised turns the lines of an advertisement into references. It holds a reference back until
// the next line, which may give the object that an annotated tag points to.
type advertised struct {
	caps Capabilities
	see  func(Ref) bool
	held *Ref
	done bool
}

// add reads "<id> <name>", "<id> <name>^{}", "<id> capabilities^{}" or "shallow <id>".
func (a *advertised) add(line Line) error {
	text := line.Text()
	if err := serverError(text); err != nil {
		return err
	}
	text, _, _ = bytes.Cut(text, []byte{0})
	hex, name, ok := strings.Cut(string(text), " ")
	if line.Kind != Data || !ok {
		return fmt.Errorf("%w: %.100q in a list of references", ErrMalformed, text)
	}
	if hex == "shallow" {
		return nil
	}
	id, err := gitobj.ParseID(hex)
	if err != nil {
		return fmt.Errorf("%w: reference line: %w", ErrMalformed, err)
	}
	if id.Format() != a.caps.Format {
		return fmt.Errorf("%w: reference %.100q is not of the format %s", ErrMalformed, name, a.caps.Format)
	}
	// No reference has a name that ends with ^{}: git check-ref-format.
	if of, peels := strings.CutSuffix(name, "^{}"); peels {
		if a.held != nil && a.held.Name == of {
			a.held.Peeled = id
		}
		return nil // "capabilities^{}": an empty repository's only line
	}
	if name == ".have" { // a ref of a repository that this repository borrows objects from (receive-pack)
		return nil
	}
	if name == "" {
		return fmt.Errorf("%w: %.100q in a list of references", ErrMalformed, text)
	}
	a.end()
	if !sendable(name) { // git accepts such names as they are
		return nil
	}
	a.held = &Ref{Name: name, ID: id, Target: a.caps.symref(name)}
	return nil
}

// sendable reports whether a request can hold the name of a reference.
func sendable(name string) bool { return checkName(name) == nil }

// end passes the reference that was held back to see.
func (a *advertised) end() {
	if a.held != nil && !a.done {
		a.done = !a.see(*a.held)
	}
	a.held = nil
}

// symref returns the target of a reference by the capability "symref=<name>:<target>", or "".
func (c Capabilities) symref(name string) string {
	for _, s := range c.List {
		if pair, ok := strings.CutPrefix(s, "symref="); ok {
			if from, to, ok := strings.Cut(pair, ":"); ok && from == name && checkName(to) == nil {
				return to
			}
		}
	}
	return ""
}
