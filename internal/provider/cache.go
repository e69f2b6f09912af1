package provider

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/disk"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/postgres"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/redis"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/s3"
)

// The types of object_cache.
const (
	cacheMemory   = "memory"
	cacheDisk     = "disk"
	cacheRedis    = "redis"
	cachePostgres = "postgres"
	cacheS3       = "s3"
	cacheNone     = "none"
)

// cacheType is what a type of object_cache takes and what it is. Names are those of attributes, and
// of settings in a URL.
type cacheType struct {
	takes    []string // attributes beside those that every type takes
	required string   // the one of them that must be there
	schemes  []string // of its attribute url
	example  string   // a URL of this type
	// open opens the store behind the memory layer; nil for a type that is in memory altogether. It
	// does not fail because a server or a directory is not there.
	open func(context.Context, cacheOptions) (objstore.Store, error)
}

// everyCacheTakes are the attributes that every type knows.
var everyCacheTakes = []string{"max_object_size", "ttl", "verify"}

var cacheTypes = map[string]cacheType{
	cacheMemory: {takes: []string{"max_size"}, example: "memory:?max_size=128MiB"},
	cacheNone:   {example: "none:"},
	cacheDisk: {
		takes: []string{"directory", "max_size"}, example: "disk:/var/cache/nanogit?ttl=24h&max_size=2GiB",
		open: func(ctx context.Context, o cacheOptions) (objstore.Store, error) {
			return disk.Open(ctx, disk.Options{Directory: o.directory, MaxSize: o.maxSize, MaxObjectSize: o.maxOne, TTL: o.ttl})
		},
	},
	cacheRedis: {
		takes: []string{"url", "key_prefix"}, required: "url", schemes: []string{"redis", "rediss"}, example: "redis://host:6379/0?ttl=1h",
		open: func(ctx context.Context, o cacheOptions) (objstore.Store, error) {
			return redis.Open(ctx, redis.Options{URL: o.url, KeyPrefix: o.keyPrefix, MaxObjectSize: o.maxOne, TTL: o.ttl})
		},
	},
	cachePostgres: {
		takes: []string{"url", "table"}, required: "url", schemes: []string{"postgres", "postgresql"}, example: "postgres://user@host/database?ttl=720h",
		open: func(ctx context.Context, o cacheOptions) (objstore.Store, error) {
			return postgres.Open(ctx, postgres.Options{URL: o.url, Table: o.table, MaxObjectSize: o.maxOne, TTL: o.ttl})
		},
	},
	cacheS3: {
		takes: []string{"bucket", "prefix", "region", "endpoint"}, required: "bucket", example: "s3://bucket/prefix?region=eu-central-1",
		open: func(ctx context.Context, o cacheOptions) (objstore.Store, error) {
			return s3.Open(ctx, s3.Options{
				Endpoint: o.endpoint, Bucket: o.bucket, Prefix: o.prefix, Region: o.region, MaxObjectSize: o.maxOne, TTL: o.ttl,
			})
		},
	},
}

// cacheTypeNames are the types in the order in which they are documented.
func cacheTypeNames() []string {
	return slices.SortedFunc(maps.Keys(cacheTypes), func(a, b string) int {
		order := []string{cacheMemory, cacheDisk, cacheRedis, cachePostgres, cacheS3, cacheNone}
		return slices.Index(order, a) - slices.Index(order, b)
	})
}

// cacheOptions is object_cache with its defaults.
type cacheOptions struct {
	kind      string
	maxSize   int64 // bytes; 0 for the default
	maxOne    int64 // bytes; 0 for the default
	ttl       time.Duration
	verify    bool
	directory string
	url       string // with a password, perhaps
	keyPrefix string
	table     string
	endpoint  string
	bucket    string
	prefix    string
	region    string
}

// frontSize bounds the memory in front of another store, in bytes.
const frontSize = 16 << 20

// closeLimit is how long the store may take to close, twice: for what is not written, and for
// itself.
const closeLimit = 50 * time.Millisecond

// cache is an object cache as it was configured.
type cache struct {
	kind    string
	store   objstore.Store    // all layers
	guarded *objstore.Guarded // nil for a cache that is in memory altogether
	metered *objstore.Metered // nil for none
	trouble *trouble
	waited  atomic.Int64 // nanoseconds that answers have waited for what was put
}

// open makes the store and its layers. The error is one of the options.
func (o cacheOptions) open(ctx context.Context) (*cache, error) {
	c := &cache{kind: o.kind, trouble: newTrouble(o)}
	if o.kind == cacheNone {
		c.store = &objstore.None{}
		return c, nil
	}
	if open := cacheTypes[o.kind].open; open != nil {
		return c, c.openBehindMemory(ctx, o, open)
	}
	memory := objstore.NewMemory(objstore.MemoryOptions{MaxSize: o.maxSize, MaxObjectSize: o.maxOne, TTL: o.ttl})
	return c, c.meter(o.verified(memory, c.trouble))
}

// meter has a store measured.
func (c *cache) meter(s objstore.Store) (err error) {
	c.metered, err = objstore.NewMetered(s, objstore.MeterOptions{Type: c.kind})
	c.store = c.metered
	return err
}

// openBehindMemory opens a store that others may share, or that may fail: every layer that there
// is.
func (c *cache) openBehindMemory(ctx context.Context, o cacheOptions, open func(context.Context, cacheOptions) (objstore.Store, error)) error {
	for _, raw := range []string{o.url, o.endpoint} {
		if _, err := giturl.Parse(raw); raw != "" && err != nil {
			return fmt.Errorf("object_cache of type %s: %w", o.kind, err)
		}
	}
	backend, err := open(ctx, o)
	if err != nil {
		return fmt.Errorf("object_cache of type %s: %s", o.kind, c.trouble.redact(err.Error()))
	}
	if err := c.meter(o.verified(backend, c.trouble)); err != nil {
		return errors.Join(err, backend.Close())
	}
	c.guarded = objstore.NewGuarded(c.metered, objstore.GuardOptions{MaxObjectSize: o.maxOne, Warn: c.trouble.add, CloseTimeout: closeLimit})
	front := objstore.NewMemory(objstore.MemoryOptions{MaxSize: frontSize, MaxObjectSize: o.maxOne, TTL: o.ttl})
	c.store = objstore.NewLayered(front, c.guarded)
	return nil
}

// verified wraps a store so that the hash of each object it returns is checked, if the options ask
// for that.
func (o cacheOptions) verified(s objstore.Store, t *trouble) objstore.Store {
	if !o.verify {
		return s
	}
	return objstore.Verified(s, func(ctx context.Context, e *objstore.MismatchError) { t.add(ctx, e) })
}

// patience bounds the time that all answers to Terraform together wait for writes to the cache.
const patience = 250 * time.Millisecond

// warnings returns the warnings about the cache for the next answer to Terraform. That answer may
// be the last one, and a full cache shows only when objects are written. So the call waits for
// pending writes, for patience at most.
func (c *cache) warnings() diag.Diagnostics {
	if left := patience - time.Duration(c.waited.Load()); left > 0 && !c.trouble.known() {
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), left)
		c.drain(ctx)
		cancel()
		c.waited.Add(int64(time.Since(began)))
	}
	return c.trouble.warnings()
}

// drain waits until what was put is where other processes find it, as long as ctx lasts.
func (c *cache) drain(ctx context.Context) {
	if c.guarded != nil {
		_ = c.guarded.Drain(ctx) // what is late is not cached
	}
}

// close closes the store and says in the log what it was good for.
func (c *cache) close() error {
	err := c.store.Close()
	if c.metered == nil {
		return err
	}
	line := c.metered.Totals().String()
	if c.guarded != nil {
		line += fmt.Sprintf("; %d not written for want of time", c.guarded.Dropped())
	}
	log.Printf("[DEBUG] object cache (%s): %s", c.kind, line)
	if err != nil {
		return errors.New("object cache: " + c.trouble.redact(err.Error()))
	}
	return nil
}

// takesSetting reports whether the type knows a setting.
func (t cacheType) takesSetting(name string) bool {
	return slices.Contains(everyCacheTakes, name) || slices.Contains(t.takes, name)
}

// settings lists what the type knows, for a message.
func (t cacheType) settings(except ...string) string {
	all := slices.DeleteFunc(slices.Concat(t.takes, everyCacheTakes), func(s string) bool { return slices.Contains(except, s) })
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}
