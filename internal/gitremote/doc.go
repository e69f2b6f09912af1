// Package gitremote reads and writes the references of a Git repository on a server, over smart
// HTTP(S), over SSH or through git's own services in a directory of this machine: it lists
// references, fetches packs and pushes them. It holds no objects and decides nothing about commits.
//
//	                     Remote                 server                         transport
//	gitwriter ──► ListRefs, Fetch ──► retry ──► exchange, advertise ──► httpwire: requests over HTTP
//	          ──► Push ────────────────────────►    │                   pipewire: conversations with a process
//	                (one attempt)                   ▼                            │
//	                                    facts: what the server can do            ▼
//	                                    silence: no answer to a POST    exchange: Request, Response, *Error
//
// Both transports satisfy the same interface of five methods. A request and its response are the
// same over either; only a push may find that the service has told its capabilities already.
// Protocol version 2 is asked for; the version and the abilities of the server are learned once,
// from the responses.
//
// Reading is idempotent and is retried when the failure may pass: 429, 502, 503, 504, a broken
// connection, a cut response. A push is attempted once: after [Unknown] errors only the reference
// itself tells whether it moved, and the caller has to read it.
//
// No text that leaves this package, in an error, a log line or a report, holds a secret of the
// remote's credentials.
package gitremote
