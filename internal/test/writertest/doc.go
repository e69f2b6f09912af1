// Package writertest opens repositories for the tests of gitread, gitwriter and gitqueue, of real
// servers or in memory:
//
//	gittest.Repo ─► Open ─► gitremote ─► gitread ─► gitwriter ─► gitqueue.Repo
//	Memory ───────► Open ──────────────► gitread ─► gitwriter ─► gitqueue.Repo
//
// Memory is a Git server in the process, for tests of decisions: git itself checks what was pushed
// to it when the test ends.
//
// It also has the steps that most of these tests begin with: stage a content, commit changes of
// which each must succeed, open a branch as a new process that shares an object store.
package writertest
