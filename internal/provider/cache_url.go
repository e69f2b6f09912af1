package provider

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
)

// cacheSchemes say which type a URL is of, beside those whose name is their scheme.
var cacheSchemes = map[string]string{"rediss": cacheRedis, "postgresql": cachePostgres}

// parseCacheURL reads NANOGIT_OBJECT_CACHE: the type's name or scheme, what locates the store, and
// settings after a '?'. Settings that are not ours stay in the URL of a type that has one. Errors
// do not quote the value: it may hold a password.
func parseCacheURL(raw string) (o cacheOptions, err error) {
	u, err := url.Parse(raw)
	if strings.Contains(raw, "://") && !strings.HasPrefix(raw, cacheDisk+":") { // it has a host, and perhaps a password
		u, err = giturl.Parse(raw)
	}
	if err != nil {
		return o, fmt.Errorf("the value cannot be read as a URL: write one such as %s", cacheTypes[cacheDisk].example)
	}
	o.kind = u.Scheme
	if kind, ok := cacheSchemes[u.Scheme]; ok {
		o.kind = kind
	}
	t, ok := cacheTypes[o.kind]
	if !ok {
		// Which may be a password, of an address that was cut short.
		return o, fmt.Errorf("the type is none of %s: write a URL such as %s", strings.Join(cacheTypeNames(), ", "), cacheTypes[cacheDisk].example)
	}
	o.verify = o.kind != cacheMemory
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return o, errors.New("the settings after the '?' cannot be read: write key=value&key=value")
	}
	for key, values := range query {
		if !t.takesSetting(key) || slices.Contains(cacheLocation, key) {
			if t.schemes != nil && !slices.Contains(allCacheSettings(), key) {
				continue // the driver's
			}
			if giturl.MayHoldSecret(key) {
				key = ""
			}
			return o, fmt.Errorf("setting %.40q: %s: knows %s", key, o.kind, t.settings(cacheLocation...))
		}
		if err := o.set(key, values[len(values)-1]); err != nil {
			return o, fmt.Errorf("setting %q: %w", key, err)
		}
		query.Del(key)
	}
	u.RawQuery = query.Encode()
	if err := o.locate(t, u); err != nil {
		return o, err
	}
	return o, nil
}

// cacheLocation are attributes that a URL says in other places than after its '?'.
var cacheLocation = []string{"directory", "url", "bucket", "prefix"}

// allCacheSettings are the names of the settings of all types.
func allCacheSettings() []string {
	all := slices.Clone(everyCacheTakes)
	for _, t := range cacheTypes {
		all = append(all, t.takes...)
	}
	return all
}

// set is a setting after the '?'.
func (o *cacheOptions) set(key, value string) (err error) {
	switch key {
	case "max_size":
		o.maxSize, err = parseSize(value)
	case "max_object_size":
		o.maxOne, err = parseSize(value)
	case "ttl":
		o.ttl, err = parseDuration(value)
	case "verify":
		o.verify, err = strconv.ParseBool(value)
	case "key_prefix":
		o.keyPrefix = value
	case "table":
		o.table = value
	case "endpoint":
		o.endpoint = value
	case "region":
		o.region = value
	}
	return err
}

// locate reads where the store is from the URL, which has lost our settings.
func (o *cacheOptions) locate(t cacheType, u *url.URL) error {
	switch {
	case t.schemes != nil:
		o.url = u.String()
		return nil
	case o.kind == cacheDisk:
		if u.Host != "" || u.User != nil {
			return errors.New("disk: takes a directory of this machine: write " + t.example)
		}
		o.directory = u.Path
		if u.Opaque != "" { // a relative path, or one with a drive's letter
			directory, err := url.PathUnescape(u.Opaque)
			if err != nil {
				return errors.New("the directory cannot be read: write '%' as %25")
			}
			o.directory = directory
		}
		return nil
	case slices.Contains(t.takes, "bucket"):
		if u.Host == "" || u.User != nil || u.Port() != "" {
			return errors.New(o.kind + ": takes a bucket and no credentials: write " + t.example)
		}
		o.bucket, o.prefix = u.Host, strings.TrimPrefix(u.Path, "/")
		return nil
	case u.Host != "" || u.Path != "" || u.Opaque != "" || u.User != nil:
		return fmt.Errorf("%s: takes settings after a '?' and nothing else", o.kind)
	}
	return nil
}
