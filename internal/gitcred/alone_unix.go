//go:build unix

package gitcred

import (
	"os/exec"
	"syscall"
)

// inheritsFiles: os/exec can pass further open files to a command, after its three streams.
const inheritsFiles = true

// alone gives a command a session of its own, which has no terminal: a helper that opens /dev/tty
// to prompt finds none. When it takes too long, all processes that it started end with it.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
