//go:build !unix

package gitremote

import "syscall"

// shortSegments does nothing: see the other one.
func shortSegments(string, string, syscall.RawConn) error { return nil }
