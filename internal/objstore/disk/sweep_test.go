package disk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// age makes a file look as if it was last used that much earlier.
func age(t *testing.T, path string, d time.Duration) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	at := info.ModTime().Add(-d)
	must(t, os.Chtimes(path, at, at))
}

func TestSweepForgetsWhatWasUsedLeastRecently(t *testing.T) {
	s := open(t, Options{MaxSize: 10 * blockSize})
	var all []objstore.Object
	for i := range 10 {
		o := blob(strings.Repeat("x", i+1))
		all = append(all, o)
		put(t, s, o)
		age(t, s.objectPath(o.ID), time.Duration(20-i)*time.Hour)
	}
	if !held(t, s, all[0]) { // used now: no longer the oldest
		t.Fatal("a store that is just full forgot something")
	}
	put(t, s, blob("one too many"))
	s.sweeping.running.Wait()
	want := []bool{true, false, false, true, true, true, true, true, true, true} // 90% of ten are nine, including the new object
	for i, o := range all {
		if got := held(t, s, o); got != want[i] {
			t.Errorf("object %d: held %v, want %v", i, got, want[i])
		}
	}
	if !held(t, s, blob("one too many")) {
		t.Error("the newest object was forgotten")
	}
	if got, want := s.readUsage(), int64(9*blockSize); got != want {
		t.Errorf("usage is %d after the sweep, want %d", got, want)
	}
}

func TestSweepRemovesWhatIsLeftBehindAndNothingElse(t *testing.T) {
	s := open(t, Options{TTL: time.Hour})
	put(t, s, blob("fresh"), blob("expired"))
	must(t, s.SetHint(t.Context(), objstore.HintKey("expired"), []byte("v")))
	s.sweeping.running.Wait() // the sweep of the first put has the lock
	hint, err := s.hintPath(objstore.HintKey("expired"))
	must(t, err)
	dir := filepath.Dir(s.objectPath(blob("fresh").ID))
	stale, young := filepath.Join(dir, tempPrefix+"1-a-1"), filepath.Join(dir, tempPrefix+"1-a-2")
	foreign, outside := filepath.Join(dir, "README"), filepath.Join(s.Directory(), "abcdef")
	for _, path := range []string{stale, young, foreign, outside} {
		must(t, os.WriteFile(path, []byte("x"), 0o600))
	}
	for _, path := range []string{stale, foreign, outside, hint, s.objectPath(blob("expired").ID)} {
		age(t, path, 2*time.Hour)
	}
	must(t, s.sweep())
	for path, want := range map[string]bool{
		stale: false, young: true, foreign: true, outside: true, hint: false,
		s.objectPath(blob("expired").ID): false, s.objectPath(blob("fresh").ID): true,
	} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: there %v, want %v", path, err == nil, want)
		}
	}
}

func TestASweepIsLeftToWhoeverHasTheLock(t *testing.T) {
	s := open(t, Options{MaxSize: 2 * blockSize})
	put(t, s, blob("a"))
	s.sweeping.running.Wait()
	lock := flock.New(filepath.Join(s.root, "lock"))
	if ours, err := lock.TryLock(); err != nil || !ours {
		t.Fatal(ours, err)
	}
	put(t, s, blob("b"), blob("c"), blob("d")) // does not wait
	s.sweeping.running.Wait()
	if n := len(values(t, s)); n != 4 {
		t.Errorf("%d values while another process sweeps, want all 4", n)
	}
	must(t, lock.Unlock())
	put(t, s, blob("e"))
	s.sweeping.running.Wait()
	if n := len(values(t, s)); n > 2 {
		t.Errorf("%d values after the sweep, want 2 at most", n)
	}
}

func TestAStoreLearnsWhatOthersPut(t *testing.T) {
	a := open(t, Options{MaxSize: 4 * blockSize})
	b := open(t, Options{Directory: a.Directory(), MaxSize: 4 * blockSize})
	put(t, a, blob("1"), blob("2"), blob("3"), blob("4"))
	a.sweeping.running.Wait()
	put(t, b, blob("5"))
	b.sweeping.running.Wait()
	if n := len(values(t, b)); n > 4 {
		t.Errorf("%d values, want 4 at most", n)
	}
}

func TestUsageThatMakesNoSenseIsMended(t *testing.T) {
	for name, content := range map[string]string{
		"cut":      "\x00\x00\x00\x00",
		"negative": "\x80\x00\xff\xff\xff\xff\xff\x00",
		"huge":     "\x7f\xff\xff\xff\xff\xff\xff\xff",
		"long":     strings.Repeat("\x00\x00\x00\x00\x00\x00\x10\x00", longUsage/8),
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, Options{})
			put(t, s, blob("1"), blob("2"))
			s.sweeping.running.Wait()
			must(t, os.WriteFile(s.usagePath(), []byte(content), 0o600))
			must(t, s.sweep())
			if got, want := s.readUsage(), int64(2*blockSize); got != want {
				t.Errorf("usage is %d, want %d", got, want)
			}
			if !held(t, s, blob("1")) || !held(t, s, blob("2")) {
				t.Error("a wrong count cost an object")
			}
		})
	}
}

func TestAStoreIsSweptOnceADay(t *testing.T) {
	c := newClock(t)
	s := open(t, Options{Now: c.now})
	put(t, s, blob("1"))
	s.sweeping.running.Wait()
	first, err := os.Stat(s.sweptPath())
	must(t, err)
	if s.sweepIsDue() {
		t.Error("due right after a sweep")
	}
	c.add(sweepEvery + time.Hour)
	if !s.sweepIsDue() {
		t.Error("not due after a day")
	}
	age(t, s.sweptPath(), time.Hour)
	next := open(t, Options{Directory: s.Directory(), Now: c.now})
	put(t, next, blob("2"))
	next.sweeping.running.Wait()
	if second, err := os.Stat(s.sweptPath()); err != nil || second.ModTime().Before(first.ModTime()) {
		t.Errorf("the first put of a process after a day swept nothing: %v", err)
	}
}
