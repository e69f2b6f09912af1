package filecontent

import (
	"bytes"
	"io"
)

// LineEndings says how the ends of lines are written before content is hashed. The values are those
// of the attribute line_endings.
type LineEndings string

// The values of LineEndings.
const (
	AsIs LineEndings = "as_is" // every byte as given
	LF   LineEndings = "lf"    // CR LF becomes LF; a CR of its own stays
	CRLF LineEndings = "crlf"  // LF becomes CR LF; a CR LF stays
)

// Normalise rewrites content that is in memory.
func (e LineEndings) Normalise(b []byte) []byte {
	if e != LF && e != CRLF {
		return b
	}
	out, err := io.ReadAll(newEndingsReader(bytes.NewReader(b), e))
	if err != nil {
		return b // a bytes.Reader never fails
	}
	return out
}

// Same reports whether two contents are written as the same bytes.
func (e LineEndings) Same(a, b []byte) bool {
	return bytes.Equal(e.Normalise(a), e.Normalise(b))
}

// endingsReader rewrites line endings as content streams through, in a buffer of fixed size.
type endingsReader struct {
	src     io.Reader
	endings LineEndings
	in      []byte // the buffer for bytes of src
	rest    []byte // the part of in that is not looked at yet
	out     []byte // rewritten bytes that are not returned yet
	wasCR   bool   // the byte before rest is a CR; with lf it is held back until the next byte is known
	err     error  // of src, once rest is used up
}

func newEndingsReader(src io.Reader, e LineEndings) *endingsReader {
	return &endingsReader{src: src, endings: e, in: make([]byte, 32<<10)}
}

// Read implements io.Reader.
func (r *endingsReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.out) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		var n int
		n, r.err = r.src.Read(r.in)
		r.rest = r.in[:n]
		r.out = r.rewrite(make([]byte, 0, n+n/8+1))
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

// rewrite appends rest, rewritten; at the end of src also a CR that was held back.
func (r *endingsReader) rewrite(dst []byte) []byte {
	for _, c := range r.rest {
		switch {
		case c == '\n' && r.endings == CRLF && !r.wasCR:
			dst = append(dst, '\r', '\n')
		case c == '\n':
			dst = append(dst, '\n') // with lf, a CR held back is dropped here
		case r.endings == LF && r.wasCR && c == '\r':
			dst = append(dst, '\r') // the CR before; this CR is held back in turn
		case r.endings == LF && c == '\r':
		case r.endings == LF && r.wasCR:
			dst = append(dst, '\r', c)
		default:
			dst = append(dst, c)
		}
		r.wasCR = c == '\r'
	}
	r.rest = nil
	if r.err != nil && r.endings == LF && r.wasCR {
		dst = append(dst, '\r')
		r.wasCR = false
	}
	return dst
}
