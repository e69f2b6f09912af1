// Package gitread reads branches of a remote repository, without a clone.
//
//	Lookup, List, ReadBlob ─► Branch ─► Snapshot: a commit, read as far as somebody asks
//	                                       │
//	                                       ▼
//	                                    objects ─► own memory ─► objstore ─► coalesced fetch ─► Packs.Fetch
//	                                       ▲                                     │
//	                                       └── every object that arrives ◄───────┘
//
// A Repo is a repository for reading and a Branch a branch of it. All readers of a branch share a
// snapshot. Look-ups that wait at the same time share a fetch, and a fetch reads ahead where that
// saves requests (readahead.go). A server that sends whole commits only gets the full-pack fallback
// (fullpack.go). Memory is bounded in bytes everywhere (memory.go).
//
// Log walks the history of a snapshot (log.go), and Diff compares two snapshots (diff.go).
//
// gitwriter builds commits on snapshots and tells a branch about them (Pushed, Reopen); resources
// read through gitqueue's branches.
package gitread
