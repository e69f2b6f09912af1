//go:build unix

package gitremote

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// On the loopback interface, bytes of the largest TCP segment, about that of an Ethernet, and of what may have been received
// and not been read.
const (
	loopbackSegment = 1_440
	loopbackWindow  = 16 << 10
)

// shortSegments bounds what a server on this machine, or a proxy, may have under way when a response is abandoned. What a system sends
// ahead depends on the size of segments (Linux: tcp_sndbuf_expand), which is 64 KiB on the loopback interface: up to 4 MB, which
// nobody reads. So it is less than 1 MB, and most often a tenth of that, at no cost that can be measured.
func shortSegments(_, address string, c syscall.RawConn) error {
	if at, _ := netip.ParseAddrPort(address); !at.Addr().IsLoopback() {
		return nil
	}
	return c.Control(func(fd uintptr) { // it goes without
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, loopbackSegment)
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, loopbackWindow)
	})
}
