//go:build unix

package gitremote

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// loopbackSegment is the largest TCP segment on the loopback interface, in bytes: about that of an Ethernet.
const loopbackSegment = 1_440

// shortSegments bounds what a server on this machine, or a proxy, may have under way when a response is abandoned. A sender has room
// for twenty segments before anything was acknowledged (Linux: tcp_sndbuf_expand), and a segment of the loopback interface is
// 64 KiB: 2.6 MB that nobody reads. The system still moves them 64 KiB at a time, so that this takes no more work.
func shortSegments(_, address string, c syscall.RawConn) error {
	if at, _ := netip.ParseAddrPort(address); !at.Addr().IsLoopback() {
		return nil
	}
	return c.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, loopbackSegment) // it goes without
	})
}
