//go:build !unix

package gitcred

import "os/exec"

// inheritsFiles: os/exec cannot pass open files to a command here, except its three streams.
const inheritsFiles = false

// alone does nothing: this system has no sessions.
func alone(*exec.Cmd) {}
