// Package writertest opens repositories of real Git servers for the tests of gitread, gitwriter and
// gitqueue:
//
//	gittest.Repo ─► Open ─► gitremote ─► gitread ─► gitwriter ─► gitqueue.Repo
//
// It also has the steps that most of these tests begin with: stage a content, commit changes of
// which each must succeed, open a branch as a new process that shares an object store.
package writertest
