package redis

import (
	"fmt"
	"net"
	"strconv"
	"syscall"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

const (
	longestLine = 64 << 10 // bytes of a line of a reply: a header, a status, an error's text
	// mostElements bounds the elements of a reply; a pipeline has a reply for each command, and no
	// command of this package is answered with a list.
	mostElements = 1 << 10
)

// errLong says that the replies to a pipeline are too long together.
var errLong = fmt.Errorf("server sends more than %d bytes at once", objstore.MaxAnswer)

// guarded reads replies on their way to the client (RESP, "Redis serialization protocol
// specification") and ends the connection when a reply claims to be longer than limit, or all
// replies since the last command to be longer than an answer may be, before the client has made
// room for them.
//
//	line: type byte, text, CR LF;   $ = !  then as many bytes as the line says, and CR LF;   * % ~ > |  then elements
type guarded struct {
	net.Conn
	limit int64

	line []byte // the start of the line that is being read; a connection has a single reader
	skip int64  // bytes of content still to pass by
	sum  int64  // bytes of content announced since the last command
	err  error
}

// guard returns a connection whose replies have at most limit bytes each.
func guard(c net.Conn, limit int64) net.Conn {
	g := &guarded{Conn: c, limit: limit}
	if s, ok := c.(syscall.Conn); ok {
		return &guardedSocket{guarded: g, Conn: s}
	}
	return g
}

// guardedSocket gives the client access to the socket of an idle connection, which shows whether
// the server has closed it.
type guardedSocket struct {
	*guarded
	syscall.Conn
}

// Read reads from the server, and fails once a reply is too long.
func (g *guarded) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.Conn.Read(p)
	if g.err = g.follow(p[:n]); g.err != nil {
		return 0, g.err
	}
	return n, err
}

// Write sends commands; the client reads the replies to the last ones before.
func (g *guarded) Write(p []byte) (int, error) {
	g.sum = 0
	return g.Conn.Write(p)
}

// follow reads the next bytes of the replies.
func (g *guarded) follow(p []byte) error {
	for len(p) > 0 {
		if g.skip > 0 {
			n := min(g.skip, int64(len(p)))
			g.skip, p = g.skip-n, p[n:]
			continue
		}
		c := p[0]
		p = p[1:]
		if c != '\n' {
			if g.line = append(g.line, c); len(g.line) > longestLine {
				return fmt.Errorf("server sends a line of more than %d bytes", longestLine)
			}
			continue
		}
		err := g.header(g.line)
		g.line = g.line[:0]
		if err != nil {
			return err
		}
	}
	return nil
}

// header takes a line, without its line feed.
func (g *guarded) header(line []byte) error {
	if len(line) < 2 || line[len(line)-1] != '\r' {
		return fmt.Errorf("server sends %q, which is no reply", line)
	}
	kind, text := line[0], string(line[1:len(line)-1])
	most, content := g.limit, true
	switch kind {
	case '$', '=', '!':
	case '*', '%', '~', '>', '|':
		most, content = mostElements, false
	default:
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < -1 {
		return fmt.Errorf("server sends %q, which is no reply", line)
	}
	if n > most {
		return fmt.Errorf("server announces a reply of %d, limit %d", n, most)
	}
	if content && n >= 0 {
		g.skip = n + 2
		if g.sum += n; g.sum > objstore.MaxAnswer {
			return errLong
		}
	}
	return nil
}
