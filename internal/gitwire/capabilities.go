package gitwire

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Capabilities are those that a server offers for a service.
type Capabilities struct {
	Version int           // of the protocol: 0, 1 or 2
	Agent   string        // the server's name and version, as it gives them; may be ""
	Format  gitobj.Format // of the repository's objects
	List    []string      // every capability as sent: "ls-refs=unborn", "report-status"
}

// Has reports whether a capability is offered: Has("push-options"), Has("object-info").
func (c Capabilities) Has(name string) bool {
	return slices.ContainsFunc(c.List, func(s string) bool {
		key, _, _ := strings.Cut(s, "=")
		return key == name
	})
}

// Feature reports whether a v2 command offers a feature: Feature("fetch", "filter"),
// Feature("ls-refs", "unborn").
func (c Capabilities) Feature(command, feature string) bool {
	return slices.ContainsFunc(c.List, func(s string) bool {
		key, value, _ := strings.Cut(s, "=")
		return key == command && slices.Contains(strings.Fields(value), feature)
	})
}

// maxCapabilities bounds the number of capabilities that are read.
const maxCapabilities = 1000

// ReadCapabilities reads the beginning of an advertisement (gitprotocol-http, "Smart Clients";
// gitprotocol-v2, "Capability Advertisement"; gitprotocol-pack, "Reference Discovery"). Of versions
// 0 and 1 it reads only the first reference, whose line holds the capabilities: the caller drops
// the rest of the list.
func ReadCapabilities(r *Reader) (Capabilities, error) {
	c, _, err := readHead(r)
	return c, err
}

// readHead is ReadCapabilities that also returns the line that held the capabilities: a flush line
// when nothing is listed, and no line of version 2. The line is valid until r is used again.
func readHead(r *Reader) (Capabilities, Line, error) {
	c := Capabilities{Format: gitobj.SHA1}
	line, err := r.expect()
	if err != nil {
		return c, line, err
	}
	if bytes.HasPrefix(line.Data, []byte("# service=")) {
		if line, err = r.expect(); err != nil {
			return c, line, err
		}
		if line.Kind != Flush {
			return c, line, fmt.Errorf("%w: the service's name is not followed by a flush line", ErrMalformed)
		}
		if line, err = r.expect(); err != nil {
			return c, line, err
		}
	}
	switch text := line.Text(); {
	case line.Kind == Flush: // an old upload-pack lists nothing at all for an empty repository
		return c, line, nil
	case line.Kind != Data:
		return c, line, fmt.Errorf("%w: an advertisement begins with special line %d", ErrMalformed, line.Kind)
	case string(text) == "version 2":
		c.Version = 2
		return c, Line{}, c.readLines(r)
	case string(text) == "version 1":
		c.Version = 1
		if line, err = r.expect(); err != nil {
			return c, line, err
		}
	}
	return c, line, c.readFirstRef(line)
}

// readLines reads lines with a capability each, up to the flush line: version 2.
func (c *Capabilities) readLines(r *Reader) error {
	for range maxCapabilities {
		line, err := r.expect()
		if err != nil {
			return err
		}
		if line.Kind == Flush {
			return nil
		}
		if line.Kind != Data {
			return fmt.Errorf("%w: special line %d among the capabilities", ErrMalformed, line.Kind)
		}
		if err := serverError(line.Text()); err != nil {
			return err
		}
		if err := c.add(line.Text()); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: more than %d capabilities", ErrMalformed, maxCapabilities)
}

// readFirstRef reads "<id> <name>\0<capability> <capability>…": versions 0 and 1.
func (c *Capabilities) readFirstRef(line Line) error {
	text := line.Text()
	if err := serverError(text); err != nil {
		return err
	}
	ref, caps, ok := bytes.Cut(text, []byte{0})
	if line.Kind != Data || !ok {
		return fmt.Errorf("%w: an advertisement begins with %.100q", ErrMalformed, text)
	}
	id, _, _ := bytes.Cut(ref, []byte{' '})
	if _, err := gitobj.ParseID(string(id)); err != nil {
		return fmt.Errorf("%w: an advertisement's first reference: %w", ErrMalformed, err)
	}
	fields := bytes.Fields(caps)
	if len(fields) > maxCapabilities {
		return fmt.Errorf("%w: more than %d capabilities", ErrMalformed, maxCapabilities)
	}
	for _, f := range fields {
		if err := c.add(f); err != nil {
			return err
		}
	}
	return nil
}

func (c *Capabilities) add(text []byte) error {
	s := Clean(text, MaxText)
	if s == "" {
		return nil
	}
	switch key, value, _ := strings.Cut(s, "="); key {
	case "agent":
		c.Agent = value
	case "object-format":
		f, err := gitobj.ParseFormat(value)
		if err != nil {
			return fmt.Errorf("%w: capability object-format: %w", ErrMalformed, err)
		}
		c.Format = f
	}
	c.List = append(c.List, s)
	return nil
}
