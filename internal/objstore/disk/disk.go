// Package disk keeps Git objects in files, a file for each object, in a directory that any number
// of processes share.
//
//	Put ──► objects/ab/.tmp-… ──rename──► objects/ab/cdef… ──► Get     a value is there whole or not at all
//	 │                                          │
//	 └─ bytes put ──► usage ── above MaxSize ──► sweep: the process that gets the lock forgets the oldest
//
// No process waits for another: readers and writers take no lock, and a sweep that does not get its
// lock at once is left out. Nothing is synced to the disk: a value that a crash of the machine cut
// short has a wrong checksum when it is read, and is a miss.
package disk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// DefaultMaxSize bounds a Store whose options leave it out, in bytes.
const DefaultMaxSize = 1 << 30

// Options are the location and the bounds of a Store. The zero value gives the defaults.
type Options struct {
	// Directory is the directory of the store, which is made, with its parents, by the first Put.
	// Empty is "nanogit" in the user's cache directory (os.UserCacheDir).
	Directory string
	// MaxSize is the room that all values take together on the disk, in bytes, about: it may be
	// exceeded until a sweep is through. 0 is DefaultMaxSize.
	MaxSize int64
	// MaxObjectSize is the largest content that is kept, in bytes; larger objects are passed over.
	// 0 is objstore.DefaultMaxObjectSize.
	MaxObjectSize int64
	// TTL is the time for which an object is answered after it was put; 0 is without end.
	TTL time.Duration
	// Now is the clock for TTL and for the time of last use; nil is time.Now.
	Now func() time.Time
}

// Store is a store of objects and of hint records in a directory. It is safe for concurrent use, by
// several processes too.
type Store struct {
	root      string // of this version of the layout
	maxSize   int64
	maxObject int64
	ttl       time.Duration
	now       func() time.Time

	token  string // a part of the names of this store's temporary files
	serial atomic.Uint64
	closed atomic.Bool

	usage    usage
	sweeping sweeping
}

var (
	_ objstore.Store = (*Store)(nil)
	_ objstore.Hints = (*Store)(nil)
)

// Open returns the store in a directory. It touches no file: a directory that cannot be used is an
// error of Get and Put.
func Open(_ context.Context, o Options) (*Store, error) {
	directory := o.Directory
	if directory == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("find the user's cache directory: %w; name a directory for the cache", err)
		}
		directory = filepath.Join(cache, "nanogit")
	}
	directory, err := filepath.Abs(directory)
	if err != nil {
		return nil, fmt.Errorf("cache directory %q: %w", o.Directory, err)
	}
	s := &Store{
		root: filepath.Join(directory, layout), maxSize: o.MaxSize, maxObject: o.MaxObjectSize, ttl: o.TTL, now: o.Now,
		token: newToken(),
	}
	if s.maxSize == 0 {
		s.maxSize = DefaultMaxSize
	}
	if s.maxObject == 0 {
		s.maxObject = objstore.DefaultMaxObjectSize
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.sweeping.stop = make(chan struct{})
	return s, nil
}

// Directory returns the directory of the store.
func (s *Store) Directory() string { return filepath.Dir(s.root) }

// check is the start of each call: it returns ErrClosed or the error of ctx.
func (s *Store) check(ctx context.Context) error {
	if s.closed.Load() {
		return objstore.ErrClosed
	}
	return ctx.Err()
}

// Close ends a sweep that is under way, and the use of the store.
func (s *Store) Close() error {
	if !s.closed.Swap(true) {
		close(s.sweeping.stop)
	}
	s.sweeping.running.Wait()
	return nil
}

// workers is the number of files that are read or written at once: on a network file system,
// reading a file is mostly waiting.
const workers = 8

// each calls do for 0 to n-1, from several goroutines if n is large. It stops at the first error.
func each(ctx context.Context, n int, do func(i int) error) error {
	const perWorker = 16 // starting a goroutine for fewer costs more than it saves
	if n <= perWorker {
		for i := range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := do(i); err != nil {
				return err
			}
		}
		return nil
	}
	var (
		next  atomic.Int64
		wg    sync.WaitGroup
		once  sync.Once
		first error
	)
	for range min(workers, n/perWorker) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				err := ctx.Err()
				if err == nil {
					err = do(i)
				}
				if err != nil {
					once.Do(func() { first = err })
					next.Store(int64(n))
					return
				}
			}
		})
	}
	wg.Wait()
	return first
}
