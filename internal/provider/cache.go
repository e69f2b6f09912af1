package provider

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// The types of object_cache.
const (
	cacheMemory = "memory"
	cacheNone   = "none"
)

// cacheOptions is object_cache with its defaults.
type cacheOptions struct {
	kind    string
	maxSize int64 // bytes; 0 for the default
	maxOne  int64 // bytes; 0 for the default
	ttl     time.Duration
	verify  bool
}

// open makes the store.
func (o cacheOptions) open() objstore.Store {
	if o.kind == cacheNone {
		return &objstore.None{}
	}
	var store objstore.Store = objstore.NewMemory(objstore.MemoryOptions{MaxSize: o.maxSize, MaxObjectSize: o.maxOne, TTL: o.ttl})
	if o.verify {
		store = objstore.Verified(store, nil)
	}
	return store
}

// parseCacheURL reads NANOGIT_OBJECT_CACHE: "memory:?max_size=128MiB&ttl=1h", "none:".
func parseCacheURL(raw string) (o cacheOptions, err error) {
	u, err := url.Parse(raw)
	if err != nil {
		return o, fmt.Errorf("the value cannot be read as a URL: write memory:?max_size=128MiB, or none: for no cache")
	}
	if o.kind = u.Scheme; o.kind != cacheMemory && o.kind != cacheNone {
		return o, fmt.Errorf("type %q is neither memory nor none: write memory:?max_size=128MiB, or none: for no cache", u.Scheme)
	}
	if u.Host != "" || u.Path != "" || u.Opaque != "" || u.User != nil {
		return o, fmt.Errorf("%s: takes settings after a '?' and nothing else", o.kind)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return o, fmt.Errorf("the settings after the '?' cannot be read: write key=value&key=value")
	}
	for key, values := range query {
		value := values[len(values)-1]
		switch key {
		case "max_size":
			o.maxSize, err = parseSize(value)
		case "max_object_size":
			o.maxOne, err = parseSize(value)
		case "ttl":
			o.ttl, err = parseDuration(value)
		case "verify":
			o.verify, err = strconv.ParseBool(value)
		default:
			err = fmt.Errorf("%s: knows max_size, max_object_size, ttl and verify", o.kind)
		}
		if err != nil {
			return o, fmt.Errorf("setting %q: %w", key, err)
		}
	}
	return o, nil
}

// cache reads object_cache, or the environment when there is none.
func (r *reader) cache() cacheOptions {
	o := cacheOptions{kind: cacheMemory}
	m, given := decode[cacheModel](r.ctx, r.model.ObjectCache, r.diags)
	if given {
		at := path.Root("object_cache")
		if known(m.Type) {
			o.kind = m.Type.ValueString()
		}
		o.maxSize = r.size(at.AtName("max_size"), m.MaxSize)
		o.maxOne = r.size(at.AtName("max_object_size"), m.MaxObjectSize)
		o.ttl = r.duration(at.AtName("ttl"), m.TTL)
		o.verify = m.Verify.ValueBool()
		return o
	}
	raw := r.env("NANOGIT_OBJECT_CACHE")
	if raw == "" || !r.model.ObjectCache.IsNull() {
		return o
	}
	o, err := parseCacheURL(raw)
	if err != nil {
		r.invalidEnv("NANOGIT_OBJECT_CACHE", err)
	}
	return o
}
