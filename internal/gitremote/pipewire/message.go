package pipewire

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// message is a message of a conversation that goes on after it: packet lines up to and including a
// flush line (gitprotocol-common, "pkt-line Format"). Then it ends with io.EOF, as the body of an
// HTTP response does. Bytes that are no packet line are handed on as they come, and the parser
// reports them.
type message struct {
	r     *bufio.Reader
	left  int    // bytes of the current line
	last  bool   // the current line is the flush line
	whole bool   // the message was handed out to its end
	opens bool   // the next line begins an advertisement
	raw   bool   // the bytes are no packet lines
	text  []byte // the beginning of the text in place of packet lines
}

// advertises reports whether the bytes that have come of a line, whose length is at hand, may be
// the first line of an advertisement: "version 2", an id or "ERR " (gitprotocol-pack, "Git
// Transport"; gitprotocol-v2, "Initial Client Request"), or the end.
func (m *message) advertises() bool {
	if m.last {
		return true
	}
	line, _ := m.r.Peek(min(m.r.Buffered(), m.left, 4+40))
	line = line[4:]
	for _, begin := range []string{"version ", "ERR ", "# service="} {
		if n := min(len(line), len(begin)); string(line[:n]) == begin[:n] {
			return true
		}
	}
	return !slices.ContainsFunc(line, func(c byte) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'f') })
}

func (m *message) Read(p []byte) (int, error) {
	if m.whole {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if m.left == 0 && !m.raw {
		head, err := m.r.Peek(4)
		if err != nil && len(head) == 0 {
			return 0, err
		}
		n, malformed := strconv.ParseUint(string(head), 16, 16)
		m.left, m.last = max(int(n), 4), n == 0
		m.raw = malformed != nil || len(head) < 4
		if m.opens && !m.raw && !m.advertises() {
			// Four letters of a greeting, such as "face", would be waited for as a line of so many
			// bytes.
			text, _ := m.r.Peek(min(m.r.Buffered(), exchange.MaxBeginning))
			m.text = append(m.text, text...)
			return 0, fmt.Errorf("%w: an advertisement begins with %.100q", gitwire.ErrMalformed, text)
		}
		m.opens = false
	}
	if !m.raw {
		p = p[:min(len(p), m.left)]
	}
	n, err := m.r.Read(p)
	if m.raw {
		m.text = append(m.text, p[:min(n, exchange.MaxBeginning-len(m.text))]...)
	}
	m.left -= n
	m.whole = m.last && m.left == 0 && !m.raw
	return n, err
}
