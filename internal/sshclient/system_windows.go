package sshclient

import (
	"os"
	"path/filepath"
)

// systemDir is where OpenSSH keeps the configuration of the whole machine.
var systemDir = filepath.Join(os.Getenv("ProgramData"), "ssh")

// defaultAgent is where an agent listens when the environment names none: the service "OpenSSH
// Authentication Agent".
const defaultAgent = `\\.\pipe\openssh-ssh-agent`

// dialAgent opens the agent's named pipe, which takes one request after the other.
func dialAgent(path string) (agentConn, error) { return os.OpenFile(path, os.O_RDWR, 0) }
