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

// sweeping is the one sweep that a store runs at a time.
type sweeping struct {
	stop    chan struct{} // closed when the store is
	running sync.WaitGroup

	mu     sync.Mutex // guards what follows
	active bool
	again  bool // asked for while one was active
}

// sweepSoon starts a sweep, unless one runs: then that one will be followed by another.
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
			// What goes wrong is left to the next sweep, of this process or another one.
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

// staleTemp is the age at which a temporary file belongs to nobody any more: writing one takes no
// time to speak of.
const staleTemp = time.Hour

// slack is which part of MaxSize a sweep leaves free, so that not every put needs one.
const slack = 10

// found is a value that a sweep found.
type found struct {
	path string
	used int64 // nanoseconds since 1970
	room int64
}

// sweep removes what expired, what was left behind, and while the rest is too large the values that
// were not used for longest. If another process sweeps it does nothing.
func (s *Store) sweep() error {
	lock := flock.New(filepath.Join(s.root, "lock"), flock.SetPermissions(files))
	ours, err := lock.TryLock()
	if err != nil || !ours {
		return err
	}
	defer func() { _ = lock.Unlock() }() // closing the file is what counts
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

// walk finds all values, and removes expired ones and what writers left behind.
func (s *Store) walk() ([]found, error) {
	now := time.Now() // the file system's clock, which set the times of the files; s.now is for what stands in them
	var all []found
	err := filepath.WalkDir(s.root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case s.stopped():
			return errStopped
		case err != nil || d.IsDir():
			return nil //nolint:nilerr // of what cannot be read nothing can be said
		}
		temp := strings.HasPrefix(d.Name(), tempPrefix)
		if !temp && (!hexadecimal(d.Name()) || filepath.Dir(path) == s.root) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil //nolint:nilerr // somebody else removed it
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
