// Package redis keeps objects in a Redis server, or in a server that speaks its protocol, such as
// Valkey.
//
//	Get(ids)     ──► a pipeline of GETRANGE   prefix+id, bounded  ──►  misses are empty strings
//	Put(objects) ──► pipelines of SET prefix+id record PX ttl
//
// A key is the prefix and an object's id in hexadecimal digits, of which there are 40 or 64 as the
// object format has it; the key of a hint record follows "note:". The server lets keys expire after
// the TTL, and evicts by its own maxmemory-policy.
package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/remote"
)

// DefaultKeyPrefix is the start of all keys when the options leave it out.
const DefaultKeyPrefix = "nanogit:"

// The most that goes in a round trip.
const (
	readCount  = 4096    // ids
	writeCount = 1024    // objects
	writeSize  = 4 << 20 // bytes, about
)

// hintMark stands between the prefix and the key of a hint record, so that no hint record has an
// object's key.
const hintMark = "note:"

// Options are the location of the server and the form in which objects are kept there.
type Options struct {
	// URL is redis://[user:password@]host[:port][/database], rediss:// for TLS, or unix:// with the
	// path of a socket; the query takes the settings of go-redis. It is the only required field.
	URL string
	// KeyPrefix is the start of each key; "" is DefaultKeyPrefix.
	KeyPrefix string
	// TTL is the time for which an object is kept after it was put last; 0 leaves that to the
	// server.
	TTL time.Duration
	// MaxObjectSize is the largest content that is kept or read, in bytes; 0 is
	// objstore.DefaultMaxObjectSize.
	MaxObjectSize int64
}

// Store is an objstore.Store with objstore.Hints. A Get or Put whose context ends returns at once;
// the server may still carry out commands that were sent by then.
type Store struct {
	client    *goredis.Client
	site      *remote.Site
	prefix    string
	ttl       time.Duration
	maxObject int64
	open      remote.Open
}

// Open returns a store. It does not connect: the only errors are those of the options, and they
// have no secrets.
func Open(_ context.Context, o Options) (*Store, error) {
	settings, err := parse(o.URL)
	if err != nil {
		return nil, err
	}
	if o.TTL < 0 || o.MaxObjectSize < 0 {
		return nil, fmt.Errorf("redis object cache: ttl %s and max_object_size %d must not be negative", o.TTL, o.MaxObjectSize)
	}
	return newStore(settings, o), nil
}

func newStore(settings *goredis.Options, o Options) *Store {
	s := &Store{prefix: o.KeyPrefix, ttl: o.TTL, maxObject: o.MaxObjectSize, site: site(settings)}
	if s.prefix == "" {
		s.prefix = DefaultKeyPrefix
	}
	if s.maxObject == 0 {
		s.maxObject = objstore.DefaultMaxObjectSize
	}
	if s.ttl > 0 {
		s.ttl = max(s.ttl, time.Millisecond) // the least that PX can say
	}
	s.client = client(settings, s.maxObject)
	return s
}

// Get reads up to 4,096 objects in a round trip. A value that is no record is a miss and
// objstore.ErrCorrupt.
func (s *Store) Get(ctx context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	if err := s.open.Check(ctx); err != nil {
		return objstore.Missing(ids), err
	}
	a := remote.NewAnswer(ids, s.maxObject)
	var err error
	for part := range chunks(a.IDs(), readCount) {
		if err = s.add(ctx, a, part); err != nil || a.Full() {
			break
		}
	}
	if err = s.open.Cause(ctx, err); err == nil {
		err = a.Damage()
	}
	return a.Objects, s.fail(fmt.Sprintf("get %d objects", len(ids)), err)
}

// add reads some ids in a round trip. If the replies are too much at once, of which the client
// keeps nothing, it reads the ids in two halves.
func (s *Store) add(ctx context.Context, a *remote.Answer, ids []gitobj.ID) error {
	records, err := remote.Await(ctx, func() ([][]byte, error) { return s.read(ctx, ids) })
	if errors.Is(err, errLong) {
		half := len(ids) / 2
		if half == 0 {
			return nil // put by a store with a higher limit
		}
		if err := s.add(ctx, a, ids[:half]); err != nil || a.Full() {
			return err
		}
		return s.add(ctx, a, ids[half:])
	}
	for i, r := range records {
		if len(r) > 0 {
			a.Add(ids[i], r)
			records[i] = nil
		}
	}
	return err
}

// read returns the records of ids, empty for missing ones, and with an error the records that had
// arrived before it.
func (s *Store) read(ctx context.Context, ids []gitobj.ID) ([][]byte, error) {
	pipe := s.client.Pipeline()
	commands := make([]*goredis.StringCmd, len(ids))
	for i, id := range ids {
		// A value may have any length: no more is asked for than a record has, and a byte more,
		// which shows that the value is too long.
		commands[i] = pipe.GetRange(ctx, s.prefix+id.String(), 0, s.maxObject+remote.RecordOverhead)
	}
	_, err := pipe.Exec(ctx)
	records := make([][]byte, len(ids))
	for i, c := range commands {
		if r, e := c.Bytes(); e == nil {
			records[i] = r
		}
	}
	return records, err
}

// Put writes objects, in place of older values, in pipelines of about 4 MiB.
func (s *Store) Put(ctx context.Context, objects []objstore.Object) error {
	if err := s.open.Check(ctx); err != nil {
		return err
	}
	if err := objstore.Validate(objects); err != nil {
		return err
	}
	err := remote.Batches(objects, s.maxObject, writeCount, writeSize, func(batch []remote.Entry) error {
		_, err := remote.Await(ctx, func() (struct{}, error) {
			pipe := s.client.Pipeline()
			for _, e := range batch {
				pipe.Set(ctx, s.prefix+e.ID.String(), e.Record, s.ttl)
			}
			_, err := pipe.Exec(ctx)
			return struct{}{}, err
		})
		return err
	})
	return s.fail(fmt.Sprintf("put %d objects", len(objects)), s.open.Cause(ctx, err))
}

// Hint returns the value under key.
func (s *Store) Hint(ctx context.Context, key string) ([]byte, error) {
	if err := s.open.Check(ctx); err != nil {
		return nil, err
	}
	v, err := remote.Await(ctx, func() ([]byte, error) {
		return s.client.GetRange(ctx, s.prefix+hintMark+key, 0, objstore.MaxHint).Bytes()
	})
	if err != nil || len(v) == 0 || len(v) > objstore.MaxHint {
		return nil, s.fail("read a hint record", s.open.Cause(ctx, err))
	}
	return v, nil
}

// SetHint replaces the value under key; it lasts for the TTL.
func (s *Store) SetHint(ctx context.Context, key string, value []byte) error {
	if err := s.open.Check(ctx); err != nil {
		return err
	}
	own := append([]byte{}, value...) // Await leaves a call that is cancelled running
	_, err := remote.Await(ctx, func() (string, error) {
		return s.client.Set(ctx, s.prefix+hintMark+key, own, s.ttl).Result()
	})
	return s.fail("write a hint record", s.open.Cause(ctx, err))
}

// Close closes the connections. A second Close does nothing.
func (s *Store) Close() error {
	if !s.open.Close() {
		return nil
	}
	return s.client.Close()
}

// fail adds the location and the next step to an error, save ErrClosed, which callers tell apart.
func (s *Store) fail(op string, err error) error {
	if errors.Is(err, objstore.ErrClosed) {
		return err
	}
	return s.site.Fail(op, err)
}

// chunks yields the parts of ids, each of at most n.
func chunks(ids []gitobj.ID, n int) func(func([]gitobj.ID) bool) {
	return func(yield func([]gitobj.ID) bool) {
		for len(ids) > 0 {
			part := ids[:min(n, len(ids))]
			ids = ids[len(part):]
			if !yield(part) {
				return
			}
		}
	}
}
