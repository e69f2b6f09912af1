//go:build !windows

package sshclient

import "net"

// systemDir is the directory of OpenSSH's configuration for the whole machine.
const systemDir = "/etc/ssh"

// defaultAgent is the path of the agent when the environment names none; "" for no path.
const defaultAgent = ""

func dialAgent(path string) (agentConn, error) { return net.Dial("unix", path) }
