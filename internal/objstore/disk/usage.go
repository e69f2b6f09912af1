package disk

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// usage is the room that the values take, as far as this store knows: the sum in the file "usage",
// and the values that were put since it was read. The file is a list of 8-byte numbers whose sum is
// the room taken, about: each Put appends the room of its values, and a sweep appends the
// difference to the truth.
type usage struct {
	mu     sync.Mutex
	asked  bool
	unsure int64 // bytes put here since the file was read
	known  int64
}

// recheck is the number of bytes that are put here before the file is read again, to learn how much
// other processes put.
const recheck = 16 << 20

// sweepEvery is the age at which the last sweep is followed by another: it removes values that no
// Get asks for, and makes the count true.
const sweepEvery = 24 * time.Hour

func (s *Store) usagePath() string { return filepath.Join(s.root, "usage") }
func (s *Store) sweptPath() string { return filepath.Join(s.root, "swept") }

// grow counts n bytes that were put, and has the store swept when it is too large or was not swept
// for long.
func (s *Store) grow(n int64) error {
	if n == 0 {
		return nil
	}
	if err := s.appendUsage(n); err != nil {
		return err
	}
	u := &s.usage
	u.mu.Lock()
	defer u.mu.Unlock()
	first := !u.asked
	u.unsure += n
	u.known += n
	if first || u.unsure >= recheck {
		u.asked, u.unsure = true, 0
		u.known = s.readUsage()
	}
	if u.known > s.maxSize || first && s.sweepIsDue() {
		s.sweepSoon()
	}
	return nil
}

// learn takes over the sum in the file.
func (u *usage) learn(n int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.unsure, u.known = 0, n
}

func (s *Store) appendUsage(n int64) error {
	f, err := os.OpenFile(s.usagePath(), os.O_WRONLY|os.O_APPEND|os.O_CREATE, files)
	if err != nil {
		return err
	}
	_, err = f.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
	return errors.Join(err, f.Close())
}

// longUsage is the length, in bytes, at which a sweep writes the file anew.
const longUsage = 64 << 10

// readUsage returns the sum of the numbers in the file. It may be any number, below zero too, if
// the file was spoiled: a sweep mends it.
func (s *Store) readUsage() int64 {
	b, err := os.ReadFile(s.usagePath())
	if err != nil {
		return 0
	}
	var sum int64
	for ; len(b) >= 8; b = b[8:] {
		sum += int64(binary.BigEndian.Uint64(b))
	}
	return sum
}

// correctUsage makes the sum in the file the room that a sweep found. before is the sum when the
// sweep began: numbers that were appended since then stay counted.
func (s *Store) correctUsage(before, found int64) error {
	info, err := os.Stat(s.usagePath())
	if err == nil && (info.Size() >= longUsage || info.Size()%8 != 0) || errors.Is(err, fs.ErrNotExist) {
		return s.write(s.usagePath(), binary.BigEndian.AppendUint64(nil, uint64(found)))
	}
	return s.appendUsage(found - before)
}

// sweepIsDue reports whether the last sweep is too long ago.
func (s *Store) sweepIsDue() bool {
	info, err := os.Stat(s.sweptPath())
	return err != nil || s.now().Sub(info.ModTime()) > sweepEvery
}
