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

// shortSegments bounds what a server on this machine, or a proxy, may have under way when a response is abandoned. A sender has room
// for twenty segments before anything was acknowledged, and for more as the receiver takes them (Linux: tcp_sndbuf_expand). A segment
// of the loopback interface is 64 KiB: that is 2.6 MB which nobody reads. So it is some 50 KB, and elsewhere as ever.
func shortSegments(_, address string, c syscall.RawConn) error {
	if at, _ := netip.ParseAddrPort(address); !at.Addr().IsLoopback() {
		return nil
	}
	return c.Control(func(fd uintptr) { // it goes without
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, loopbackSegment)
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, loopbackWindow)
	})
}
