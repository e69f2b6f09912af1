package gitwire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync"
)

// ErrMalformed says that the server sent data that is not the Git protocol.
var ErrMalformed = errors.New("malformed Git protocol data")

// Sizes of the pkt-line format, in bytes (gitprotocol-common, "pkt-line Format").
const (
	headSize   = 4                  // "0012": the length of the whole line, itself included, in hexadecimal
	maxLine    = 65520              // the longest line that Git writes and accepts
	MaxPayload = maxLine - headSize // MaxPayload is the longest payload of one line, in bytes.
)

// bufferSize is the number of bytes that a Reader reads ahead. Reads of at least this size bypass
// the buffer.
const bufferSize = 32 << 10

// LineKind tells a line with payload from the three kinds of line without any, whose lengths no
// line with payload can have.
type LineKind uint8

// The kinds of line.
const (
	Data        LineKind = iota
	Flush                // 0000: end of a message
	Delim                // 0001: end of a section (protocol v2)
	ResponseEnd          // 0002: end of a stateless response (protocol v2)
)

// Line is a pkt-line. Data is valid until the next use of its Reader.
type Line struct {
	Kind LineKind
	Data []byte
}

// Text is the payload without the newline at its end, which senders may add and receivers must not
// need.
func (l Line) Text() []byte {
	if n := len(l.Data); n > 0 && l.Data[n-1] == '\n' {
		return l.Data[:n-1]
	}
	return l.Data
}

// Reader reads pkt-lines. It is not safe for concurrent use.
type Reader struct {
	br     *bufio.Reader
	pooled bool
	long   []byte // holds a line that is too long for br
}

var buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, bufferSize) }}

// NewReader returns a reader of the lines in r. It reads ahead, so nothing else can read r
// afterwards. Release returns its buffer to a pool.
func NewReader(r io.Reader) *Reader {
	br := buffers.Get().(*bufio.Reader) //nolint:forcetypeassert // only its New fills the pool
	br.Reset(r)
	return &Reader{br: br, pooled: true}
}

// newSmallReader returns a reader of the short messages inside another Reader's lines.
func newSmallReader(r io.Reader) *Reader {
	return &Reader{br: bufio.NewReaderSize(r, 512)}
}

// Release returns the buffer to the pool. Lines read before are no longer valid; further reads get
// the end of the stream.
func (r *Reader) Release() {
	if !r.pooled {
		return
	}
	br := r.br
	r.pooled, r.br = false, bufio.NewReaderSize(eofReader{}, 16)
	br.Reset(nil)
	buffers.Put(br)
}

type eofReader struct{}

// Read implements io.Reader.
func (eofReader) Read([]byte) (int, error) { return 0, io.EOF }

// Next reads a line. The error is io.EOF when the stream ends between two lines,
// io.ErrUnexpectedEOF when it ends inside a line, ErrMalformed when a length is invalid, and
// otherwise the stream's error.
func (r *Reader) Next() (Line, error) {
	kind, n, err := r.head()
	if err != nil || kind != Data {
		return Line{Kind: kind}, err
	}
	if n <= r.br.Size() {
		b, err := r.br.Peek(n)
		if err != nil {
			return Line{}, midLine(err)
		}
		_, err = r.br.Discard(n)
		return Line{Data: b}, err
	}
	if r.long == nil {
		r.long = make([]byte, MaxPayload)
	}
	if _, err := io.ReadFull(r.br, r.long[:n]); err != nil {
		return Line{}, midLine(err)
	}
	return Line{Data: r.long[:n]}, nil
}

// head reads the four digits of a length, which a payload of n bytes follows.
func (r *Reader) head() (kind LineKind, n int, err error) {
	b, err := r.br.Peek(headSize)
	if err != nil {
		if len(b) > 0 {
			err = midLine(err)
		}
		return Data, 0, err
	}
	n, ok := parseLength(b)
	if !ok {
		return Data, 0, fmt.Errorf("%w: %q is no line length", ErrMalformed, b)
	}
	if _, err := r.br.Discard(headSize); err != nil {
		return Data, 0, err
	}
	switch {
	case n == 0:
		return Flush, 0, nil
	case n == 1:
		return Delim, 0, nil
	case n == 2:
		return ResponseEnd, 0, nil
	case n < headSize || n > maxLine:
		return Data, 0, fmt.Errorf("%w: line length %d is not between %d and %d", ErrMalformed, n, headSize, maxLine)
	}
	return Data, n - headSize, nil
}

// expect reads a line in the middle of a message, where the end of the stream is an error.
func (r *Reader) expect() (Line, error) {
	l, err := r.Next()
	return l, midLine(err)
}

func midLine(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// BeginsLine reports whether bytes, of which there are four at least, may be the beginning of a
// pkt-line.
func BeginsLine(b []byte) bool {
	_, ok := parseLength(b)
	return ok
}

func parseLength(b []byte) (n int, ok bool) {
	for _, c := range b[:headSize] {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | int(c-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | int(c-'a'+10)
		case c >= 'A' && c <= 'F':
			n = n<<4 | int(c-'A'+10)
		default:
			return 0, false
		}
	}
	return n, true
}

const hexDigits = "0123456789abcdef"

// AppendLine appends a line. Its caller ensures that the payload has at most MaxPayload bytes:
// requests check the parts that they are made from.
func AppendLine[T string | []byte](dst []byte, payload T) []byte {
	n := headSize + len(payload)
	if n > maxLine {
		panic(fmt.Sprintf("gitwire: a line of %d bytes", n))
	}
	dst = append(dst, hexDigits[n>>12], hexDigits[n>>8&15], hexDigits[n>>4&15], hexDigits[n&15])
	return append(dst, payload...)
}

// AppendFlush appends the end of a message.
func AppendFlush(dst []byte) []byte { return append(dst, "0000"...) }

// AppendDelim appends the end of a section.
func AppendDelim(dst []byte) []byte { return append(dst, "0001"...) }
