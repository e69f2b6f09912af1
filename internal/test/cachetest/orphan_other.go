//go:build !linux

package cachetest

import "syscall"

// dieWithParent does nothing: only Linux knows of it. A server whose test was killed is left
// running elsewhere.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}
