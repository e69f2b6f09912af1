package gitwire

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// FetchV0 is Fetch for a server that speaks protocol version 0 or 1 (gitprotocol-pack, "Packfile
// Negotiation"). Offer holds the server's capabilities: the request uses no others.
type FetchV0 struct {
	Fetch
	Offer Capabilities
}

// Filters reports whether the server can leave objects out.
func (f FetchV0) Filters() bool { return f.Offer.Has("filter") }

// shallow reports whether the server cuts the history off: a server that cannot sends all of it.
func (f FetchV0) shallow() bool { return f.Depth > 0 && f.Offer.Has("shallow") }

// progress is Fetch's progress, or nil for a server that cannot filter: it has more objects than
// the limit is meant for.
func (f FetchV0) progress() func([]byte) error {
	if f.Filter != "" && !f.Filters() {
		return nil
	}
	return f.Fetch.progress()
}

// banded reports whether the response comes in a side-band.
func (f FetchV0) banded() bool { return f.Offer.Has("side-band-64k") || f.Offer.Has("side-band") }

// Append appends the request, which always ends the negotiation: a request is answered with a pack.
// Filter is dropped for a server that cannot filter, Depth for a server that cannot cut history.
func (f FetchV0) Append(dst []byte) ([]byte, error) {
	if len(f.Wants) == 0 {
		return dst, errors.New("fetch: nothing is wanted")
	}
	if err := f.checkFilter(); err != nil {
		return dst, err
	}
	format := f.Offer.Format
	if id := f.Wants[0]; id.Format() != format {
		return dst, fmt.Errorf("fetch: want %s: not a %s object id", id, format)
	}
	dst = AppendLine(dst, "want "+f.Wants[0].String()+f.capabilities()+"\n")
	var err error
	if dst, err = appendIDs(dst, "want ", f.Wants[1:], format); err != nil {
		return dst, err
	}
	if f.shallow() {
		dst = AppendLine(dst, "deepen "+strconv.Itoa(f.Depth)+"\n")
	}
	if f.Filter != "" && f.Filters() {
		dst = AppendLine(dst, "filter "+f.Filter+"\n")
	}
	dst = AppendFlush(dst)
	if dst, err = appendIDs(dst, "have ", f.Haves, format); err != nil {
		return dst, err
	}
	return AppendLine(dst, "done\n"), nil
}

// capabilities returns those of our capabilities that the server has, each after a space.
func (f FetchV0) capabilities() string {
	var b strings.Builder
	use := func(name string) bool {
		if !f.Offer.Has(name) {
			return false
		}
		b.WriteString(" " + name)
		return true
	}
	// A single request does not need multi_ack, but Azure DevOps refuses requests without it.
	if !use("multi_ack_detailed") {
		use("multi_ack")
	}
	if !use("side-band-64k") {
		use("side-band")
	}
	use("ofs-delta")
	// Without Haves no pack is thin, but git asks for thin-pack, and dulwich refuses requests
	// without it.
	if f.Thin || len(f.Haves) == 0 {
		use("thin-pack")
	}
	if f.progress() == nil {
		use("no-progress")
	}
	if f.shallow() {
		use("shallow")
	}
	if f.Filter != "" {
		use("filter")
	}
	if f.Offer.Format != gitobj.SHA1 {
		b.WriteString(" object-format=" + f.Offer.Format.String())
	}
	return b.String()
}

// Open reads the response up to the pack and returns the pack as a stream.
func (f FetchV0) Open(r *Reader) (*Sideband, error) {
	if f.shallow() {
		if err := skipShallow(r); err != nil {
			return nil, err
		}
	}
	if err := skipAcknowledged(r); err != nil {
		return nil, err
	}
	if f.banded() {
		return newPack(r, f.progress()), nil
	}
	return &Sideband{r: r, bare: true, pack: true}, nil
}

// skipAcknowledged skips the acknowledgments of common objects: "ACK <id> common" or the like any
// number of times, if multi_ack was asked for; then, since the request ended with "done", "NAK" or
// "ACK <id>".
func skipAcknowledged(r *Reader) error {
	for range maxSectionLines {
		line, err := r.expect()
		if err != nil {
			return err
		}
		text := line.Text()
		if err := serverError(text); err != nil {
			return err
		}
		id, ack := bytes.CutPrefix(text, []byte("ACK "))
		switch {
		case line.Kind != Data || !ack && string(text) != "NAK":
			return fmt.Errorf("%w: %.100q where ACK or NAK was expected", ErrMalformed, text)
		case !bytes.Contains(id, []byte{' '}):
			return nil
		}
	}
	return fmt.Errorf("%w: more than %d acknowledgements", ErrMalformed, maxSectionLines)
}

// skipShallow skips the list of commits where history was cut: "shallow <id>", "unshallow <id>", a
// flush line.
func skipShallow(r *Reader) error {
	for range maxSectionLines {
		line, err := r.expect()
		if err != nil {
			return err
		}
		if line.Kind == Flush {
			return nil
		}
		text := line.Text()
		if err := serverError(text); err != nil {
			return err
		}
		if line.Kind != Data || !bytes.HasPrefix(text, []byte("shallow ")) && !bytes.HasPrefix(text, []byte("unshallow ")) {
			return fmt.Errorf("%w: %.100q in a list of shallow commits", ErrMalformed, text)
		}
	}
	return fmt.Errorf("%w: more than %d shallow commits", ErrMalformed, maxSectionLines)
}
