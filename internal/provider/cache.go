package provider

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// cacheOptions is object_cache with its defaults.
type cacheOptions struct {
	kind   string // objstore.Backend.Type
	config objstore.Config
	verify bool
	guard  objstore.GuardOptions // its times; zero for the defaults
}

// newCacheOptions returns the options of a type of which nothing is configured.
func newCacheOptions(kind string) cacheOptions {
	return cacheOptions{kind: kind, config: objstore.Config{Settings: map[string]string{}}, verify: kind != cacheMemory}
}

// closeLimit is the time that the store may take to write its queue at the end of the process, and
// again the time to close.
const closeLimit = 50 * time.Millisecond

// cache is the configured object cache.
type cache struct {
	kind    string
	store   objstore.Store    // all layers
	guarded *objstore.Guarded // nil for a cache that is in memory altogether
	metered *objstore.Metered // nil for none
	trouble *trouble
	waited  atomic.Int64 // nanoseconds that answers have waited for writes
}

// open opens the store of a type and puts the layers around it. The error is an error of the
// options.
func (l typeList) open(ctx context.Context, o cacheOptions) (*cache, error) {
	b, ok := l.find(o.kind)
	if !ok {
		return nil, fmt.Errorf("object_cache has no type %q", o.kind)
	}
	c := &cache{kind: o.kind, trouble: newTrouble(b, o.config)}
	if err := checkAddresses(b, o.config); err != nil {
		return nil, fmt.Errorf("object_cache of type %s: %w", o.kind, err)
	}
	store, err := b.Open(ctx, o.config)
	if err != nil {
		return nil, fmt.Errorf("object_cache of type %s: %s", o.kind, c.trouble.redact(err.Error()))
	}
	if _, none := store.(*objstore.None); none {
		c.store = store
		return c, nil
	}
	if c.metered, err = objstore.NewMetered(o.verified(store, c.trouble), objstore.MeterOptions{Type: c.kind}); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if c.store = c.metered; b.InProcess {
		return c, nil
	}
	guard := o.guard
	guard.MaxObjectSize, guard.Warn = o.config.MaxObjectSize, c.trouble.add
	if guard.CloseTimeout == 0 {
		guard.CloseTimeout = closeLimit
	}
	c.guarded = objstore.NewGuarded(c.metered, guard)
	c.store = c.guarded
	return c, nil
}

// checkAddresses refuses URLs that are misspelt, so that no part of them, which may be a password,
// gets into a message or is looked up.
func checkAddresses(b objstore.Backend, c objstore.Config) error {
	for _, s := range b.Settings {
		raw := c.Settings[s.Name]
		if !s.Address || raw == "" {
			continue
		}
		if b.Schemes == nil && !strings.Contains(raw, "://") { // a host, with or without a port
			raw = "https://" + raw
		}
		if _, err := giturl.Parse(raw); err != nil {
			return err
		}
	}
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

// warnings returns the warnings about the cache for the next answer to Terraform. It first waits
// for pending writes, for patience at most: a full cache fails when objects are written, and a
// later answer, which could carry that warning, may not come.
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

// drain waits until all objects are written, so that other processes find them, or ctx ends.
func (c *cache) drain(ctx context.Context) {
	if c.guarded != nil {
		_ = c.guarded.Drain(ctx) // objects that are not written by then are not cached
	}
}

// close closes the store and logs its totals.
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
