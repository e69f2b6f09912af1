package gitwire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Fetch asks for a pack (gitprotocol-v2, "fetch").
type Fetch struct {
	Wants  []gitobj.ID // objects of any kind that the server has; at least one
	Haves  []gitobj.ID // commits whose objects are not needed
	Depth  int         // how many commits of history; 0 for all
	Filter string      // "blob:none", "tree:0", … (git rev-list --filter); "" for everything
	// Thin allows deltas against objects of Haves that are not in the pack.
	Thin   bool
	Format gitobj.Format // of the repository; 0 means SHA-1
	// MaxObjects above 0 asks the server for its progress, and ends the response with a
	// *TooManyObjects as soon as the server says that it has found more objects than that. It says
	// so before it sends any of them.
	MaxObjects int
}

// Append appends the request, which always ends the negotiation: a request is answered with a pack.
func (f Fetch) Append(dst []byte) ([]byte, error) {
	if len(f.Wants) == 0 {
		return dst, errors.New("fetch: nothing is wanted")
	}
	if err := f.checkFilter(); err != nil {
		return dst, err
	}
	format := f.Format
	if format == 0 {
		format = gitobj.SHA1
	}
	dst = AppendLine(dst, "command=fetch\n")
	dst = appendFormat(dst, f.Format)
	dst = AppendDelim(dst)
	if f.MaxObjects == 0 {
		dst = AppendLine(dst, "no-progress\n")
	}
	dst = AppendLine(dst, "ofs-delta\n")
	if f.Thin {
		dst = AppendLine(dst, "thin-pack\n")
	}
	if f.Filter != "" {
		dst = AppendLine(dst, "filter "+f.Filter+"\n")
	}
	if f.Depth > 0 {
		dst = AppendLine(dst, "deepen "+strconv.Itoa(f.Depth)+"\n")
	}
	var err error
	if dst, err = appendIDs(dst, "want ", f.Wants, format); err != nil {
		return dst, err
	}
	if dst, err = appendIDs(dst, "have ", f.Haves, format); err != nil {
		return dst, err
	}
	dst = AppendLine(dst, "done\n")
	return AppendFlush(dst), nil
}

func (f Fetch) checkFilter() error {
	if strings.ContainsFunc(f.Filter, func(c rune) bool { return c < ' ' }) || len(f.Filter) > maxName {
		return fmt.Errorf("fetch: filter %.80q is not one line of at most %d bytes", f.Filter, maxName)
	}
	return nil
}

func appendIDs(dst []byte, verb string, ids []gitobj.ID, format gitobj.Format) ([]byte, error) {
	line := make([]byte, 0, len(verb)+gitobj.SHA256.HexSize()+1)
	for _, id := range ids {
		if id.Format() != format {
			return dst, fmt.Errorf("fetch: %s%s: not a %s object id", verb, id, format)
		}
		line = append(id.AppendHex(append(line[:0], verb...)), '\n')
		dst = AppendLine(dst, line)
	}
	return dst, nil
}

// ErrNoPack says that a response ended without a byte of its pack: the server's process that was to
// make the pack is gone.
var ErrNoPack = errors.New("the answer holds no pack")

// DamagedError says that the pack of a response is not as it should be. Readers of the pack return
// it: a pack that was damaged on its way may be intact when it is requested again.
type DamagedError struct{ Err error }

// Error is the text of the cause.
func (e *DamagedError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *DamagedError) Unwrap() error { return e.Err }

// maxSectionLines bounds the lines before the pack: a shallow line per want, in the worst case.
const maxSectionLines = 1 << 20

// Open reads the response up to the pack and returns the pack as a stream. It skips the sections
// that may stand before the pack (acknowledgments, shallow-info, wanted-refs, packfile-uris): a
// request with "done" needs nothing from them.
func (f Fetch) Open(r *Reader) (*Sideband, error) {
	title := true
	for range maxSectionLines {
		line, err := r.expect()
		if err != nil {
			return nil, err
		}
		switch {
		case line.Kind == Delim:
			if title {
				return nil, fmt.Errorf("%w: a section without a title", ErrMalformed)
			}
			title = true
			continue
		case line.Kind == ResponseEnd:
			return nil, fmt.Errorf("%w: a special line inside the answer", ErrMalformed)
		case line.Kind != Data:
			return nil, ErrNoPack
		}
		text := line.Text()
		if err := serverError(text); err != nil {
			return nil, err
		}
		if title {
			switch string(text) {
			case "packfile":
				return newPack(r, f.progress()), nil
			case "acknowledgments", "shallow-info", "wanted-refs", "packfile-uris":
			default:
				return nil, fmt.Errorf("%w: unknown section %.100q", ErrMalformed, text)
			}
			title = false
		}
	}
	return nil, fmt.Errorf("%w: more than %d lines before the pack", ErrMalformed, maxSectionLines)
}
