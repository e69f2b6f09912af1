package redis

import (
	"bytes"
	"io"
	"net"
	"testing"
	"testing/iotest"
)

// reply is a connection that answers these bytes.
type reply struct {
	net.Conn
	io.Reader
}

func (r reply) Read(p []byte) (int, error) { return r.Reader.Read(p) }

// FuzzGuard lets anything pass as replies of a server: the verdict does not depend on how the bytes
// arrive, all that passes are the server's own bytes, and of a line no more is kept than may be
// long.
func FuzzGuard(f *testing.F) {
	for _, s := range []string{
		"+OK\r\n", "$5\r\nhello\r\n$-1\r\n", "*2\r\n$1\r\na\r\n:1\r\n", "$9223372036854775807\r\n", "$-2\r\n", "*1025\r\n", "$101\r\n", "=3\r\n\n\r\n\r\n",
		"\r\n", "$\r\n", "!4\r\n\n\n\n\n\r\n+", "%1\r\n+a\r\n+b\r\n", "$0\r\n\r\n$00000000000000000001\r\n", "$5\nhello\r\n", "$+5\r\nhello\r\n",
	} {
		f.Add([]byte(s))
	}
	const limit = 100
	f.Fuzz(func(t *testing.T, stream []byte) {
		read := func(r io.Reader) (string, error) {
			g := guard(reply{Reader: r}, limit)
			out, err := io.ReadAll(g)
			of, ok := g.(*guarded)
			if !ok {
				t.Fatalf("the guard is a %T", g)
			}
			if of.skip > limit+2 || len(of.line) > longestLine+1 {
				t.Errorf("%d bytes may still pass unseen, %d are kept", of.skip, len(of.line))
			}
			if _, again := g.Read(make([]byte, 1)); err != nil && again == nil {
				t.Error("a connection goes on after it was ended")
			}
			return string(out), err
		}
		whole, err := read(bytes.NewReader(stream))
		bytewise, errBytewise := read(iotest.OneByteReader(bytes.NewReader(stream)))
		if (err == nil) != (errBytewise == nil) {
			t.Errorf("in one piece: %v; byte by byte: %v", err, errBytewise)
		}
		if err == nil && (whole != string(stream) || bytewise != string(stream)) || !bytes.HasPrefix(stream, []byte(bytewise)) {
			t.Errorf("%q becomes %q and %q", stream, whole, bytewise)
		}
	})
}
