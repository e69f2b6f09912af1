package gitwriter_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// Somebody else commits again 20 ms after each of their commits. Not parallel: on a machine that
// other tests keep busy, nobody gets a commit in.
func TestABranchThatMovesEvery20msIsWon(t *testing.T) {
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	b := writertest.Branch(t, r)
	stop := r.Busy(t, 20*time.Millisecond)
	const commits = 10
	begin := time.Now()
	for i := range commits {
		s.ResetStats()
		at := time.Now()
		c := writertest.Put(t, b, fmt.Sprintf("ours/f%d", i), fmt.Sprint(i))
		c.Expect = gitwriter.ExpectAbsent()
		for _, o := range b.Commit(t.Context(), []gitwriter.Change{c}, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone}) {
			if o.Err != nil {
				t.Errorf("commit %d: %v", i, o.Err)
			}
		}
		t.Logf("commit %d: %d pushes, %v", i, s.Stats().ByService[gittest.ReceivePack].Requests, time.Since(at))
	}
	took := time.Since(begin)
	foreign := stop()
	t.Logf("%d foreign commits in %v: one every %v", len(foreign), took, took/time.Duration(len(foreign)))
	history := strings.Fields(r.Git(t, "rev-list", r.Ref()))
	for _, id := range foreign {
		if !slices.Contains(history, id) {
			t.Errorf("foreign commit %s is lost", id)
		}
	}
	if want := 1 + commits + len(foreign); len(history) != want {
		t.Errorf("%d commits, want %d: a change was pushed twice or not at all", len(history), want)
	}
}
