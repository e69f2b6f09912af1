// Package gittest serves real Git repositories over smart HTTP, and lets the way there break on
// purpose.
//
//	client ──HTTP(S)──► Server ── latency ─ credentials ─ fault ──► git http-backend ──► Repo (a bare repository)
//	                      │                                          (one process a request)      ▲
//	                      └── Stats: requests, connections, bytes           Repo.Git, Seed, Busy ─┘ real git, on disk
//
// What the repositories hold is said by git alone: nothing of this module's own Git code is used
// here, so a mistake in it cannot hide itself. Repositories check what is pushed to them
// (receive.fsckObjects), and those of a server made by [New] are put through `git fsck --strict`
// when the test ends.
//
// [Server.NewSSH] serves the same repositories with a real sshd.
//
// [Start] needs no test, so that a demonstration or a benchmark can run a server too.
package gittest
