//go:build !unix

package gitcred

import "os/exec"

// inheritsFiles: os/exec cannot give a command open files beside its three streams here.
const inheritsFiles = false

// alone does nothing where there are no sessions.
func alone(*exec.Cmd) {}
