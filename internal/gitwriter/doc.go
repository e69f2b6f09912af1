// Package gitwriter turns changes of files into commits on a branch of a remote repository, without
// a clone.
//
//	StageBlob ─► packstage
//	Commit ──► edits: each change is compared with the snapshot (gitread)
//	              │
//	              ▼
//	           pending commit: gittree rebuilds directories; commit, trees and blobs as a pack
//	              │ Pusher.Push, compare-and-swap on the head
//	              ▼
//	           landed │ the head moved: rebase on it, push again │ refused │ unknown: read the branch
//
// SetRef creates, moves and deletes refs in the same way: branches with an empty pack, and tags
// that MakeTag makes. The push of a ref is settled by reading the ref.
//
// A Repo is a repository for writing and a Branch a branch of it, with a single push at a time.
// gitqueue decides which changes make a commit together; internal/test/benchclient calls Commit
// itself.
package gitwriter
