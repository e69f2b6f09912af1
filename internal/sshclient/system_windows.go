package sshclient

import (
	"os"
	"path/filepath"
)

// systemDir is the directory of OpenSSH's configuration for the whole machine.
var systemDir = filepath.Join(os.Getenv("ProgramData"), "ssh")

// defaultAgent is the path of the agent when the environment names none: the service "OpenSSH
// Authentication Agent".
const defaultAgent = `\\.\pipe\openssh-ssh-agent`

// dialAgent opens the agent's named pipe, which takes a single request at a time.
func dialAgent(path string) (agentConn, error) { return os.OpenFile(path, os.O_RDWR, 0) }
