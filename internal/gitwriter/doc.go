// Package gitwriter turns changes of files into commits on a branch of a remote repository, without
// a clone.
//
//	Lookup, ReadBlob ─► snapshot ─► objects ─► objstore, then Remote.Fetch
//	                       │                     (commit and upper directories in one request; blobs when asked for)
//	StageBlob ─► packstage │
//	                       ▼
//	Submit ─► batch ─► draft: check expectations, edit the directories on the way to touched paths
//	Commit ────────────►   │
//	StagePut, StageRemoval ─► staged set ─ CommitStaged(the paths that it names) ─► draft
//	                       ▼
//	                    proposal: commit + trees + blobs as one pack
//	                       │ Remote.Push, compare-and-swap on the head
//	                       ▼
//	          landed │ moved: read, check, rebuild │ refused │ unknown: read the branch
//
// A Repo is one repository, a Branch one of its branches. Readers of a branch share a snapshot, one
// commit that is read as far as somebody asks; the requests of concurrent readers travel together.
// Writers share group commits: changes that arrive together become one commit and one push, each
// with an outcome of its own. Or changes are staged and wait until a commit names their paths. The
// provider and internal/benchclient are the callers.
package gitwriter
