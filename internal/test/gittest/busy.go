package gittest

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// startTime is an upper bound for a process of git on an idle machine, from start to end.
const startTime = 2500 * time.Microsecond

// Busy commits a new file to the repository's branch again and again, as a concurrent committer
// does, past the server. It pauses between the end of a commit and the start of the next.
//
// A slow machine slows the committers that run git down, and this goroutine hardly. So each pause
// measures how long a process of git takes, and is longer in proportion where that exceeds
// startTime: the same number of git processes fit into it on every machine.
//
// The branch must exist. Busy ends with the test, or with stop, which returns the ids of its
// commits, oldest first: each of them must still be on the branch.
func (r *Repo) Busy(t testing.TB, pause time.Duration) (stop func() []string) {
	t.Helper()
	who := r.busy.Add(1)
	done := make(chan struct{})
	ended := make(chan struct{})
	var commits []string
	var failure error
	go func() {
		defer close(ended)
		in := &committer{repo: r}
		defer func() {
			if err := in.close(); failure == nil {
				failure = err
			}
		}()
		for n := 1; failure == nil; n++ {
			var id string
			if id, failure = in.commit(fmt.Sprintf("busy-%d-%04d.txt", who, n)); failure == nil {
				commits = append(commits, id)
			}
			begin := time.Now()
			if _, err := r.Run("rev-parse", "--git-dir"); failure == nil {
				failure = err
			}
			slow := max(1, float64(time.Since(begin))/float64(startTime))
			select {
			case <-done:
				return
			case <-time.After(time.Duration(slow*float64(pause)) - time.Since(begin)):
			}
		}
	}()
	halt := sync.OnceFunc(func() {
		close(done)
		<-ended
		if failure != nil {
			t.Errorf("commit to %s from outside: %v", r.name, failure)
		}
	})
	t.Cleanup(halt)
	return func() []string {
		halt()
		return commits
	}
}

// attempts bounds how often the committer repeats an update of the branch before the test fails.
const attempts = 200
