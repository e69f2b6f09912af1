// Package gitremote talks to one Git repository, over smart HTTP(S), over SSH or to git's own
// services in a directory of this machine: it lists references, fetches packs and pushes them. It
// holds no objects and decides nothing about commits.
//
//	                    Remote                                     Pool
//	gitwriter ──► ListRefs, Fetch ──► retry ──► exchange ──► *http.Transport ──► server
//	          ──► Push ────────────────────────►   │             (shared by the remotes of one TLS setting)
//	                (one attempt)                  ├─ Auth: credentials with the first request, to this origin only
//	                                               ├─ watch: no byte for Limits.Stall ends it
//	                                               ├─ body: at most Limits.MaxResponse bytes
//	                                               └─ *Error: what, where, the server's words, what to try
//
// A service at the other end of a pipe is spoken to in the same calls: exchange then is a message
// of a conversation (talk), which is kept for the next request where the protocol allows it, and
// the answer ends where the message does (frames). Protocol version 2 is asked for; what the server
// speaks is learned once.
//
// Reading is idempotent and is retried when what went wrong may pass: 429, 502, 503, 504, a broken
// connection, a cut response. A push is tried once: after [Unknown] errors only the reference
// itself tells whether it happened, which is for the caller to read.
//
// No text that leaves this package, in an error, a log line or a report, holds a secret of the
// remote's credentials.
package gitremote
