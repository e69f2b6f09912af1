// Package sshclient starts commands on a server over SSH, all of them on as few connections as the
// server allows. It knows nothing of Git.
//
//	                       Client (one user on one host)
//	gitremote ──► Start ──►   │ a connection with room, else another one, else a wait ──► Session: stdin, stdout, stderr
//	                          │
//	                          ├─ place: what ~/.ssh/config makes of the host's name, and of the hosts on the way
//	                          ├─ keys: the configured one, or the agent's and the identities; certificates
//	                          ├─ knownHosts, hostKeys: whether the server is the one it should be
//	                          └─ conn: TCP, the hops of ProxyJump, the handshake, keep-alives
//
// A connection is made when it is needed and made anew after it was lost; what ran on it has ended
// then. That the server refuses our keys, or that we refuse the server's, is remembered: no server
// is to see two hundred failed logins.
//
// The configuration is read as OpenSSH reads it (ssh_config(5)), without running any program:
// ProxyCommand and Match exec are left alone. No text that leaves this package holds a private key
// or a passphrase.
package sshclient
