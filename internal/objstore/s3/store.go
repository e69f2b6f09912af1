// Package s3 keeps objects in a bucket of Amazon S3, or of a server that speaks its protocol.
//
//	Get(ids)     ──► GET bucket/prefix/id, Parallel at a time;  404 is a miss
//	Put(objects) ──► PUT bucket/prefix/id, Parallel at a time
//
// A key is the prefix and an object's id in hexadecimal digits, of which there are 40 or 64 as the
// object format has it; hint records are below prefix/notes. S3 has no request for many keys and
// bills each request: it is the slowest and the dearest of the shared caches for many small
// objects, and needs no server of the user's own.
//
// With a TTL, older objects are not answered, by the clock of the server. They are not deleted:
// that is for a lifecycle rule of the bucket, which S3 carries out free of charge.
package s3

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/remote"
)

// DefaultParallel is the number of requests under way at a time when the options leave it out.
const DefaultParallel = 32

// hintsDir stands between the prefix and the key of a hint record.
const hintsDir = "notes/"

// Options are the location of the bucket and the form in which objects are kept there.
type Options struct {
	// Endpoint is the server's host[:port], or its URL. Without http:// before it a host is asked
	// by TLS, unless it is of the loopback interface. "" is the value of AWS_ENDPOINT_URL_S3 or
	// AWS_ENDPOINT_URL, else Amazon S3 in Region.
	Endpoint string
	// Bucket is required.
	Bucket string
	// Prefix is the start of each key, up to a slash; "" is the top of the bucket.
	Prefix string
	// Region is the bucket's; "" is the value of AWS_REGION or AWS_DEFAULT_REGION, else us-east-1.
	Region string
	// Parallel is the number of requests under way at a time; 0 is DefaultParallel.
	Parallel int
	// TTL is the time for which an object is answered after it was put; 0 is without end.
	TTL time.Duration
	// MaxObjectSize is the largest content that is kept or read, in bytes; 0 is
	// objstore.DefaultMaxObjectSize.
	MaxObjectSize int64
	// Now is the clock for TTL where a server does not tell the time; nil is time.Now.
	Now func() time.Time
}

// Store is an objstore.Store with objstore.Hints.
type Store struct {
	client    minio.Core
	idle      func() // closes the connections
	site      *remote.Site
	bucket    string
	prefix    string // ends with a slash, or is empty
	parallel  int
	ttl       time.Duration
	maxObject int64
	now       func() time.Time
	open      remote.Open
}

// Open returns a store. It does not connect: the only errors are those of the options and of the
// files that the environment names, and they have no secrets. Credentials are those of the
// environment (AWS_ACCESS_KEY_ID and the like), of the shared credentials file, or of the role of
// the container or machine, whichever is found first.
func Open(_ context.Context, o Options) (*Store, error) {
	if o.TTL < 0 || o.MaxObjectSize < 0 || o.Parallel < 0 {
		return nil, fmt.Errorf("s3 object cache: ttl %s, max_object_size %d and parallel %d must not be negative", o.TTL, o.MaxObjectSize, o.Parallel)
	}
	s := &Store{bucket: o.Bucket, prefix: directory(o.Prefix), parallel: o.Parallel, ttl: o.TTL, maxObject: o.MaxObjectSize, now: o.Now}
	if s.parallel == 0 {
		s.parallel = DefaultParallel
	}
	if s.maxObject == 0 {
		s.maxObject = objstore.DefaultMaxObjectSize
	}
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.connect(o); err != nil {
		return nil, fmt.Errorf("s3 object cache: %w", err)
	}
	return s, nil
}

// Get reads each object with a request of its own. A value that is no record is a miss and
// objstore.ErrCorrupt.
func (s *Store) Get(ctx context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	if err := s.open.Check(ctx); err != nil {
		return objstore.Missing(ids), err
	}
	a := remote.NewAnswer(ids, s.maxObject)
	var mu sync.Mutex // guards a
	err := s.each(ctx, len(a.IDs()), func(ctx context.Context, i int) error {
		record, err := s.read(ctx, s.prefix+a.IDs()[i].String(), s.maxObject+remote.RecordOverhead, a.Room())
		if record != nil {
			mu.Lock()
			defer mu.Unlock()
			a.Room().Give(int64(len(record)))
			a.Add(a.IDs()[i], record)
		}
		return err
	})
	if err = s.open.Cause(ctx, err); err == nil {
		err = a.Damage()
	}
	return a.Objects, s.fail(fmt.Sprintf("get %d objects", len(ids)), err)
}

// Put writes each object with a request of its own, in place of an older value.
func (s *Store) Put(ctx context.Context, objects []objstore.Object) error {
	if err := s.open.Check(ctx); err != nil {
		return err
	}
	if err := objstore.Validate(objects); err != nil {
		return err
	}
	// A batch of many times parallel, so that no worker waits for the encoder for long.
	err := remote.Batches(objects, s.maxObject, 16*s.parallel, 16<<20, func(batch []remote.Entry) error {
		return s.each(ctx, len(batch), func(ctx context.Context, i int) error {
			return s.write(ctx, s.prefix+batch[i].ID.String(), batch[i].Record)
		})
	})
	return s.fail(fmt.Sprintf("put %d objects", len(objects)), s.open.Cause(ctx, err))
}

// each does work for 0 to n-1, several at a time. The first error ends it.
func (s *Store) each(ctx context.Context, n int, work func(context.Context, int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.parallel)
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return work(ctx, i)
		})
	}
	return g.Wait()
}

// Hint returns the value under key.
func (s *Store) Hint(ctx context.Context, key string) ([]byte, error) {
	if err := s.open.Check(ctx); err != nil {
		return nil, err
	}
	v, err := s.read(ctx, s.prefix+hintsDir+key, objstore.MaxHint, nil)
	if err != nil {
		return nil, s.fail("read a hint record", s.open.Cause(ctx, err))
	}
	return v, nil
}

// SetHint replaces the value under key.
func (s *Store) SetHint(ctx context.Context, key string, value []byte) error {
	if err := s.open.Check(ctx); err != nil {
		return err
	}
	return s.fail("write a hint record", s.open.Cause(ctx, s.write(ctx, s.prefix+hintsDir+key, append([]byte{}, value...))))
}

// Close closes the connections. A second Close does nothing.
func (s *Store) Close() error {
	if s.open.Close() {
		s.idle()
	}
	return nil
}

// fail adds the location and the next step to an error, save ErrClosed, which callers tell apart.
func (s *Store) fail(op string, err error) error {
	if errors.Is(err, objstore.ErrClosed) {
		return err
	}
	return s.site.Fail(op, err)
}
