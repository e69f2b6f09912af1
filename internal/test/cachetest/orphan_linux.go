package cachetest

import "syscall"

// dieWithParent has the kernel send quit when the process that starts the server dies, however that
// happens.
func dieWithParent(a *syscall.SysProcAttr, quit syscall.Signal) { a.Pdeathsig = quit }
