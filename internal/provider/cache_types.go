package provider

import (
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/disk"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/postgres"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/redis"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/s3"
)

// cacheTypes are the types of object_cache, in the order of the documentation.
var cacheTypes = typeList{
	objstore.MemoryBackend,
	disk.Backend,
	redis.Backend,
	postgres.Backend,
	s3.Backend,
	objstore.NoneBackend,
}

// cacheMemory is the type of an object_cache that does not say its type.
const cacheMemory = "memory"

// everyCacheTakes are the settings that every type takes.
var everyCacheTakes = []string{"max_object_size", "ttl", "verify"}

// typeList is a list of types. Every attribute, text and message of object_cache that depends on
// the types is made from it.
type typeList []objstore.Backend

// find returns the type of this name.
func (l typeList) find(name string) (objstore.Backend, bool) {
	i := slices.IndexFunc(l, func(b objstore.Backend) bool { return b.Type == name })
	if i < 0 {
		return objstore.Backend{}, false
	}
	return l[i], true
}

// ofScheme returns the type whose URLs have this scheme.
func (l typeList) ofScheme(scheme string) (objstore.Backend, bool) {
	i := slices.IndexFunc(l, func(b objstore.Backend) bool { return b.Type == scheme || slices.Contains(b.Schemes, scheme) })
	if i < 0 {
		return objstore.Backend{}, false
	}
	return l[i], true
}

// names are the names of the types.
func (l typeList) names() []string {
	var all []string
	for _, b := range l {
		all = append(all, b.Type)
	}
	return all
}

// settings are the settings of single types, each name once.
func (l typeList) settings() []string {
	var all []string
	for _, b := range l {
		for _, s := range b.Settings {
			if !slices.Contains(all, s.Name) {
				all = append(all, s.Name)
			}
		}
	}
	return all
}

// settingsOf are the settings that a type takes, in the order in which messages list them.
func settingsOf(b objstore.Backend) []string {
	var all []string
	for _, s := range b.Settings {
		all = append(all, s.Name)
	}
	if b.MaxSize > 0 {
		all = append(all, "max_size")
	}
	return append(all, everyCacheTakes...)
}

// located reports whether a URL of the type holds a setting before its query.
func located(b objstore.Backend, name string) bool {
	return slices.ContainsFunc(b.Settings, func(s objstore.Setting) bool {
		return s.Name == name && (s.Located || b.Schemes != nil && name == "url")
	})
}

// and lists words: "a, b and c".
func and(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
