//go:build unix

package gitcred

import (
	"os/exec"
	"syscall"
)

// inheritsFiles: a command can be given open files beside its three streams.
const inheritsFiles = true

// alone gives a command a session of its own, which has no terminal: a helper that opens /dev/tty
// to ask finds none. When it takes too long all that it started ends with it.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
