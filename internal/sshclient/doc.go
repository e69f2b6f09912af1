// Package sshclient starts commands on a server over SSH, all of them on as few connections as the
// server allows. It knows nothing of Git.
//
//	                       Client (a user on a host)
//	gitremote ──► Start ──►   │ a connection with room, else another, else a wait ──► Session: stdin, stdout, stderr
//	                          │
//	                          ├─ location: the host's address and settings by ~/.ssh/config, and the jump hosts'
//	                          ├─ keys: the configured key, or the agent's and the identities; certificates
//	                          ├─ knownHosts, hostKeys: whether the server's host key is trusted
//	                          └─ conn: TCP, the hops of ProxyJump, the handshake, keep-alives
//
// A connection is made when it is needed, and made again after it was lost; the commands on it have
// ended then. A refusal of our keys by the server, or of the server's by us, is remembered: no
// server should get two hundred failed logins.
//
// The configuration is read as OpenSSH reads it (ssh_config(5)), without running any program:
// ProxyCommand and Match exec are not used. No text that leaves this package contains a private key
// or a passphrase.
package sshclient
