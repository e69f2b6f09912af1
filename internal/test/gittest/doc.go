// Package gittest serves real Git repositories over smart HTTP, and injects faults into requests
// and responses.
//
//	client ──HTTP(S)──► Server ── latency ─ credentials ─ fault ──► git http-backend ──► Repo (a bare repository)
//	                      │                                          (one process a request)      ▲
//	                      └── Stats: requests, connections, bytes           Repo.Git, Seed, Busy ─┘ real git, on disk
//
// Only git itself reads the repositories: the package uses none of this module's own Git code, so
// that a mistake in that code cannot hide itself. Repositories check the objects of each push
// (receive.fsckObjects), and `git fsck --strict` checks the repositories of a server made by [New]
// when the test ends.
//
// [Server.NewSSH] serves the same repositories with a real sshd.
//
// [Start] needs no test, so that a demonstration or a benchmark can run a server too.
package gittest
