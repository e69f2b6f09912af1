package gitremote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// dialer starts the services of one repository at the other end of a pipe: as local processes, or
// as commands over SSH. It is safe for concurrent use.
type dialer interface {
	// dial starts a service: git-upload-pack or git-receive-pack. With v2 it is asked for protocol
	// version 2, which it may not know. An *Error lacks Op and URL, which the caller knows.
	dial(ctx context.Context, service string, v2 bool) (pipe, error)
	// close ends what the services share, such as a connection.
	close() error
}

// pipe is the standard streams of a running service. Reading and writing may happen at once.
type pipe interface {
	io.Reader
	io.Writer
	// closeWrite tells the service that no more input comes.
	closeWrite() error
	// close ends the service, if it still runs, and with it every Read and Write. It may be called
	// twice.
	close()
	// end is how the service ended, after its output has ended. It does not wait for long.
	end() ending
}

// ending is how a service ended.
type ending struct {
	words  string // what it printed as errors, uncleaned
	failed bool   // it ended by itself, and says that it failed
}

// talk is one conversation with a service, whose advertisement has been read.
type talk struct {
	pipe  pipe
	in    *bufio.Reader // what the service says
	offer gitwire.Capabilities
	v2    bool // whether version 2 was asked for
	used  bool // whether it waited for this request, and may be over by now
	// listed: it has listed references. git reads those that are files of their own once in a
	// process (files-backend.c, get_loose_ref_cache), so that it would list the same ones again.
	listed bool
}

// openTalk starts a service and reads its advertisement.
func (r *Remote) openTalk(ctx context.Context, service string, v2 bool, read reading, w *watch) (*talk, error) {
	w.waiting.Add(1)
	p, err := r.dialer.dial(ctx, service, v2)
	w.waiting.Add(-1)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, p.close)
	defer stop()
	t := &talk{pipe: p, in: bufio.NewReaderSize(p, 32<<10), v2: v2}
	message := &frames{r: t.in, opens: true}
	lines := gitwire.NewReader(&watched{message, w, r.limits.MaxResponse})
	defer lines.Release()
	if t.offer, err = read(lines); err != nil {
		e := &talkError{err: err, text: string(message.text)}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			e.ending = p.end()
		}
		p.close()
		return nil, e
	}
	return t, nil
}

// reading is how much of an advertisement is read: gitwire.ReadCapabilities, which leaves out the
// references, or whole.
type reading func(*gitwire.Reader) (gitwire.Capabilities, error)

// whole reads an advertisement to its end, as a conversation that goes on after it has to; see is
// handed the references (versions 0 and 1) until it returns false, and may be nil.
func whole(see func(gitwire.Ref) bool) reading {
	more := see != nil
	return func(lines *gitwire.Reader) (gitwire.Capabilities, error) {
		return gitwire.ReadAdvertisement(lines, func(ref gitwire.Ref) bool {
			more = more && see(ref)
			return true
		})
	}
}

// talkError is why a conversation ended, and what the service said about it.
type talkError struct {
	err    error
	ending ending
	text   string // in place of packet lines
}

func (e *talkError) Error() string { return e.err.Error() }

func (e *talkError) Unwrap() error { return e.err }

// watched counts the bytes that a pipe brings, up to a limit, and marks the time in which they are
// waited for.
type watched struct {
	r    io.Reader
	w    *watch
	left int64
}

func (w *watched) Read(p []byte) (int, error) {
	w.w.waiting.Add(1)
	n, err := w.r.Read(p)
	w.w.moved.Add(int64(n))
	w.w.waiting.Add(-1)
	if w.left -= int64(n); w.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// maxRawText is how much is kept of what is no packet line, in bytes.
const maxRawText = 500

// frames is one message of a conversation that goes on after it: packet lines up to and including a
// flush line (gitprotocol-common, "pkt-line Format"). Then it ends with io.EOF, as the body of an
// HTTP response does. What is no packet line is handed on as it comes, for whoever reads it to
// complain.
type frames struct {
	r     *bufio.Reader
	left  int    // bytes of the current line
	last  bool   // the current line is the flush line
	whole bool   // the message was handed out to its end
	opens bool   // the next line is the first one of an advertisement
	raw   bool   // these are no packet lines
	text  []byte // the beginning of what stands in their place
}

// advertises reports whether what has come of a line, of which the length is at hand, may be the
// first one of an advertisement: "version 2", an id or "ERR " (gitprotocol-pack, "Git Transport";
// gitprotocol-v2, "Initial Client Request"), or the end.
func (f *frames) advertises() bool {
	if f.last {
		return true
	}
	line, _ := f.r.Peek(min(f.r.Buffered(), f.left, 4+40))
	line = line[4:]
	for _, begin := range []string{"version ", "ERR ", "# service="} {
		if n := min(len(line), len(begin)); string(line[:n]) == begin[:n] {
			return true
		}
	}
	return !slices.ContainsFunc(line, func(c byte) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'f') })
}

func (f *frames) Read(p []byte) (int, error) {
	if f.whole {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if f.left == 0 && !f.raw {
		head, err := f.r.Peek(4)
		if err != nil && len(head) == 0 {
			return 0, err
		}
		n, malformed := strconv.ParseUint(string(head), 16, 16)
		f.left, f.last = max(int(n), 4), n == 0
		f.raw = malformed != nil || len(head) < 4
		if f.opens && !f.raw && !f.advertises() {
			// Four letters of a greeting, such as "face", would be waited for as a line of so many
			// bytes.
			text, _ := f.r.Peek(min(f.r.Buffered(), maxRawText))
			f.text = append(f.text, text...)
			return 0, fmt.Errorf("%w: an advertisement begins with %.100q", gitwire.ErrMalformed, text)
		}
		f.opens = false
	}
	if !f.raw {
		p = p[:min(len(p), f.left)]
	}
	n, err := f.r.Read(p)
	if f.raw {
		f.text = append(f.text, p[:min(n, maxRawText-len(f.text))]...)
	}
	f.left -= n
	f.whole = f.last && f.left == 0 && !f.raw
	return n, err
}
