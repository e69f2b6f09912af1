// Package gitqueue decides which changes of a Terraform run make a commit together.
//
//	Submit ─► open batch: changes that arrive together ──────────► gitwriter.Branch.Commit
//	StagePut, StageRemoval ─► staged set ─► CommitStaged: the named paths ─► the same
//	                               └─ FlushStaged, at the end of the process
//
// The batch is the group commit of commit_mode "auto": its changes become a commit and a
// push, each with an outcome of its own. The staged set is that of commit_mode "explicit": changes
// wait there until a nanogit_commit names their paths. The provider opens a Repo, and resources use
// its branches, which are readers and writers as well.
package gitqueue
