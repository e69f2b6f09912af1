// Package reading holds the data sources of the provider: questions about a commit that are
// answered over the Git protocol.
//
//	repository, ref ──► source.open ──► gitread.Revision: one snapshot of each commit
//	                                        │
//	    path, prefix, patterns ──► Lookup, List, ReadBlobs ──► values of the data source
//	    path, dates, number ─────► Commit, Log ──────────────►
//	    two commits ─────────────► Diff, gitpatch ───────────►
//
// A ref is found once in a process, and its snapshot is that of the resources on the branch
// (gitread.Repo.Revision). Questions that wait at the same time share requests. Each has a bound,
// and an error that names it.
//
//	source     repository and ref, which all data sources have, and how they are opened
//	question   errors: the question, where it was asked, and names that are near
package reading
