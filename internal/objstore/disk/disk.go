// Package disk keeps Git objects in files, one each, in a directory that any number of processes
// share.
//
//	Put ──► objects/ab/.tmp-… ──rename──► objects/ab/cdef… ──► Get     a value is there whole or not at all
//	 │                                          │
//	 └─ bytes put ──► usage ── above MaxSize ──► sweep: whoever gets the lock forgets the oldest
//
// Nobody waits for anybody: readers and writers take no lock, and the sweeper's is only ever tried.
// Nothing is synced to the disk: a value that a crash of the machine cut short is found out by its
// checksum when it is read, and is a miss.
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

// Options say where a Store is and what it may take. The zero value gives the defaults.
type Options struct {
	// Directory is where the store lies; it and its parents are made when something is put. Empty
	// is "nanogit" in the user's cache directory (os.UserCacheDir).
	Directory string
	// MaxSize is how much room on the disk all values take together, in bytes, about: it may be
	// exceeded until a sweep is through. 0 is DefaultMaxSize.
	MaxSize int64
	// MaxObjectSize is the largest content that is kept, in bytes; larger objects are passed over.
	// 0 is objstore.DefaultMaxObjectSize.
	MaxObjectSize int64
	// TTL is how long after it was put an object is still answered; 0 is without end.
	TTL time.Duration
	// Now is the clock for TTL and for what was used last; nil is time.Now.
	Now func() time.Time
}

// Store is a store of objects and of notes in a directory. It is safe for concurrent use, by
// several processes too.
type Store struct {
	root      string // of this version of the layout
	maxSize   int64
	maxObject int64
	ttl       time.Duration
	now       func() time.Time

	token  string // what the names of this store's temporary files have in common
	serial atomic.Uint64
	closed atomic.Bool

	usage    usage
	sweeping sweeping
}

var (
	_ objstore.Store = (*Store)(nil)
	_ objstore.Notes = (*Store)(nil)
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

// Directory is where the store lies.
func (s *Store) Directory() string { return filepath.Dir(s.root) }

// check is what each call begins with.
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

// workers is how many files are read or written at once: on a network's file system, waiting is all
// there is to it.
const workers = 8

// each calls do for 0 to n-1, from several goroutines where there is much to do. It stops at the
// first error.
func each(ctx context.Context, n int, do func(i int) error) error {
	const perWorker = 16 // below that, starting one costs more than it brings
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
