package disk

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// sweeping is the state of the sweeps of a store, which runs a single sweep at a time.
type sweeping struct {
	stop    chan struct{} // closed when the store is
	running sync.WaitGroup

	mu     sync.Mutex // guards the fields below
	active bool
	again  bool // asked for while a sweep was active
}

// sweepSoon starts a sweep, or has a sweep that runs followed by another.
func (s *Store) sweepSoon() {
	w := &s.sweeping
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.again = w.active; w.active || s.closed.Load() {
		return
	}
	w.active = true
	w.running.Go(func() {
		for {
			// A sweep that fails is left to the next sweep, of this process or another.
			_ = s.sweep()
			w.mu.Lock()
			if !w.again || s.stopped() {
				w.active = false
				w.mu.Unlock()
				return
			}
			w.again = false
			w.mu.Unlock()
		}
	})
}

func (s *Store) stopped() bool {
	select {
	case <-s.sweeping.stop:
		return true
	default:
		return false
	}
}

// staleTemp is the age at which a temporary file has lost its writer: writing takes moments.
const staleTemp = time.Hour

// slack is the part of MaxSize, a tenth, that a sweep leaves free, so that not every put needs a
// sweep.
const slack = 10

// found is a value that a sweep found.
type found struct {
	path string
	used int64 // nanoseconds since 1970
	room int64
}

// sweep removes expired values and stale temporary files, and then, while the rest is too large,
// the least recently used values. If another process sweeps it does nothing.
func (s *Store) sweep() error {
	lock := flock.New(filepath.Join(s.root, "lock"), flock.SetPermissions(files))
	ours, err := lock.TryLock()
	if err != nil || !ours {
		return err
	}
	defer func() { _ = lock.Unlock() }() // unlocking cannot fail in a way that matters: the file is closed
	before := s.readUsage()
	all, err := s.walk()
	if err != nil {
		return err
	}
	var sum int64
	for _, f := range all {
		sum += f.room
	}
	if sum > s.maxSize {
		slices.SortFunc(all, func(a, b found) int { return cmp.Compare(a.used, b.used) })
		for _, f := range all {
			if sum <= s.maxSize-s.maxSize/slack || s.stopped() {
				break
			}
			if err := os.Remove(f.path); err == nil || errors.Is(err, fs.ErrNotExist) {
				sum -= f.room
			}
		}
	}
	if err := s.correctUsage(before, sum); err != nil {
		return err
	}
	s.usage.learn(s.readUsage())
	return s.write(s.sweptPath(), nil)
}

// errStopped ends a walk when the store is closed.
var errStopped = errors.New("store closed")

// walk returns all values, and removes expired values and stale temporary files.
func (s *Store) walk() ([]found, error) {
	now := time.Now() // as the file system sets the times of files, temporary ones of other processes too
	var all []found
	err := filepath.WalkDir(s.root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case s.stopped():
			return errStopped
		case err != nil || d.IsDir():
			return nil //nolint:nilerr // a file that cannot be read is left alone
		}
		temp := strings.HasPrefix(d.Name(), tempPrefix)
		if !temp && (!hexadecimal(d.Name()) || filepath.Dir(path) == s.root) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil //nolint:nilerr // another process removed it
		}
		age := now.Sub(info.ModTime())
		switch {
		case temp && age > staleTemp, !temp && s.ttl > 0 && age >= s.ttl:
			_ = os.Remove(path) // or the next sweep does
		case !temp:
			all = append(all, found{path, info.ModTime().UnixNano(), room(info.Size())})
		}
		return nil
	})
	return all, err
}
