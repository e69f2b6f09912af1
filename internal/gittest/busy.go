package gittest

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// Busy commits a file of its own to the repository's branch at this interval, with git's plumbing and from processes
// that know nothing of the test, as a colleague would. On a machine so slow that a commit takes longer, half of the interval
// stays between two commits all the same: a branch that never rests can be pushed to by nobody. The branch must
// exist. It ends with the test, or with stop, which returns the ids of its commits, oldest first: each of
// them must still be on the branch.
func (r *Repo) Busy(t testing.TB, every time.Duration) (stop func() []string) {
	t.Helper()
	who := r.busy.Add(1)
	done := make(chan struct{})
	ended := make(chan struct{})
	var commits []string
	var failure error
	go func() {
		defer close(ended)
		for n := 1; failure == nil; n++ {
			var id string
			begin := time.Now()
			if id, failure = r.intrude(fmt.Sprintf("busy-%d-%04d.txt", who, n)); failure == nil {
				commits = append(commits, id)
			}
			select {
			case <-done:
				return
			case <-time.After(max(every-time.Since(begin), every/2)):
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

// intrude adds one commit with one file to the branch, over and over until nobody was in its way.
func (r *Repo) intrude(name string) (string, error) {
	out, err := r.pipe(strings.NewReader(name+"\n"), "hash-object", "-w", "--stdin")
	if err != nil {
		return "", err
	}
	blob := strings.TrimSpace(string(out))
	var lost error
	// Whoever is faster, or holds the lock of the branch at that moment, makes update-ref fail: take the next head.
	for range attempts {
		old, err := r.Run("rev-parse", r.Ref())
		if err != nil {
			return "", err
		}
		root, err := r.pipe(nil, "ls-tree", "-z", old)
		if err != nil {
			return "", err
		}
		root = fmt.Appendf(root, "100644 blob %s\t%s\x00", blob, name)
		tree, err := r.pipe(bytes.NewReader(root), "mktree", "-z")
		if err != nil {
			return "", err
		}
		commit, err := r.Run("commit-tree", strings.TrimSpace(string(tree)), "-p", old, "-m", "Busy "+name)
		if err != nil {
			return "", err
		}
		if _, lost = r.Run("update-ref", r.Ref(), commit, old); lost == nil {
			return commit, nil
		}
	}
	return "", fmt.Errorf("gave up after %d attempts: %w", attempts, lost)
}

// attempts is how often a busy process tries to move the branch before it takes the branch for broken.
const attempts = 200
