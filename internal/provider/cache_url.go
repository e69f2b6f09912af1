package provider

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// parseURL reads NANOGIT_OBJECT_CACHE: the type's name or scheme, the location of the store, and
// settings after a '?'. Parameters that are no settings stay in the URL of a type that has a URL.
// Errors do not quote the value: it may hold a password.
func (l typeList) parseURL(raw string) (cacheOptions, error) {
	disk, _ := l.find("disk")
	u, err := url.Parse(raw)
	scheme, _, _ := strings.Cut(raw, ":")
	if b, _ := l.ofScheme(scheme); strings.Contains(raw, "://") && !b.Path { // it has a host, and perhaps a password
		u, err = giturl.Parse(raw)
	}
	if err != nil {
		return cacheOptions{}, fmt.Errorf("the value cannot be read as a URL: write one such as %s", disk.Example)
	}
	b, ok := l.ofScheme(u.Scheme)
	if !ok {
		// The scheme may be a password, of an address that was cut short.
		return cacheOptions{}, fmt.Errorf("the type is none of %s: write a URL such as %s", strings.Join(l.names(), ", "), disk.Example)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return cacheOptions{}, errors.New("the settings after the '?' cannot be read: write key=value&key=value")
	}
	o := newCacheOptions(b.Type)
	for key, values := range query {
		if !takesInQuery(b, key) {
			if b.Schemes != nil && !l.anyTakes(key) {
				continue // the driver's
			}
			if giturl.MayHoldSecret(key) {
				key = ""
			}
			takes := slices.DeleteFunc(settingsOf(b), func(name string) bool { return located(b, name) })
			return cacheOptions{}, fmt.Errorf("setting %.40q: %s: knows %s", key, b.Type, and(takes))
		}
		if err := o.set(key, values[len(values)-1]); err != nil {
			return cacheOptions{}, fmt.Errorf("setting %q: %w", key, err)
		}
		query.Del(key)
	}
	u.RawQuery = query.Encode()
	location, err := locate(b, u)
	if err != nil {
		return cacheOptions{}, err
	}
	for name, value := range location {
		if value != "" {
			o.config.Settings[name] = value
		}
	}
	return o, nil
}

// takesInQuery reports whether a type takes a setting after the '?' of its URL.
func takesInQuery(b objstore.Backend, name string) bool {
	return slices.Contains(settingsOf(b), name) && !located(b, name)
}

// anyTakes reports whether a name is the name of a setting of any type.
func (l typeList) anyTakes(name string) bool {
	return slices.ContainsFunc(l, func(b objstore.Backend) bool { return slices.Contains(settingsOf(b), name) })
}

// set takes a setting after the '?'.
func (o *cacheOptions) set(key, value string) (err error) {
	switch key {
	case "max_size":
		o.config.MaxSize, err = parseSize(value)
	case "max_object_size":
		o.config.MaxObjectSize, err = parseSize(value)
	case "ttl":
		o.config.TTL, err = parseDuration(value)
	case "verify":
		o.verify, err = strconv.ParseBool(value)
	default:
		o.config.Settings[key] = value
	}
	return err
}

// locate reads the location of a store from its URL, whose query has lost the settings.
func locate(b objstore.Backend, u *url.URL) (map[string]string, error) {
	switch {
	case b.Schemes != nil:
		return map[string]string{"url": u.String()}, nil
	case b.Locate != nil:
		return b.Locate(u)
	case u.Host != "" || u.Path != "" || u.Opaque != "" || u.User != nil:
		return nil, fmt.Errorf("%s: takes settings after a '?' and nothing else", b.Type)
	}
	return nil, nil
}
