//go:build !windows

package sshclient

import "net"

// systemDir is where OpenSSH keeps the configuration of the whole machine.
const systemDir = "/etc/ssh"

// defaultAgent is where an agent listens when the environment names none; "" for nowhere.
const defaultAgent = ""

func dialAgent(path string) (agentConn, error) { return net.Dial("unix", path) }
