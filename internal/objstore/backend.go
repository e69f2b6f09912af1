package objstore

import (
	"context"
	"net/url"
	"time"
)

// Backend describes a type of store. The provider makes the schema of object_cache, its
// documentation, the form of NANOGIT_OBJECT_CACHE and the messages about them from its list of
// backends, so that a new type is a package with a Backend and a line in that list:
//
//	object_cache block ───┐
//	                      ├──► Config ──► Backend.Open ──► Store
//	NANOGIT_OBJECT_CACHE ─┘
//	   (Backend.Locate)
type Backend struct {
	Type     string    // its name in object_cache.type, and a scheme of its URL
	Where    string    // where it keeps objects, as the documentation says it
	Example  string    // a URL that configures it
	Settings []Setting // that it takes, in the order in which messages list them
	// MaxSize is the default of the setting max_size, in bytes; 0 says that the backend does not
	// take that setting. The settings max_object_size, ttl and verify exist for every type.
	MaxSize int64
	// Schemes are the schemes of the setting url, for a backend that has this setting. They are
	// schemes of NANOGIT_OBJECT_CACHE too, and parameters that no backend takes as a setting stay
	// in the URL.
	Schemes []string
	// Locate returns the settings that a URL holds before its query. It is nil for a backend with
	// Schemes, whose setting url is the URL itself, and for a backend that has no location.
	Locate func(u *url.URL) (map[string]string, error)
	// Path says that the URL holds a path of this machine and no host.
	Path bool
	// InProcess says that the store lies in memory: it is never slow and never fails.
	InProcess bool
	// Open opens the store. It fails for a wrong Config only, not for a server or a directory that
	// is missing.
	Open func(ctx context.Context, c Config) (Store, error)
}

// Setting is an attribute of object_cache that a backend takes. Backends may share a setting: then
// they give it the same Text.
type Setting struct {
	Name     string
	Text     string // its documentation, in Markdown
	Of       string // documentation that concerns this backend alone, in Markdown
	Required bool
	Secret   bool // the value may hold a password
	Address  bool // the value is a URL, or a host with or without a port
	Located  bool // a URL holds the value before its query (Backend.Locate)
}

// Config is the configuration that a Backend opens a store with. Zero values give the defaults.
type Config struct {
	MaxSize       int64 // bytes
	MaxObjectSize int64 // bytes of content
	TTL           time.Duration
	Settings      map[string]string // by Setting.Name
}

// MemoryBackend describes Memory. Smaller bounds than FrontSize become FrontSize: as much is kept
// with any backend, so that objects that were read ahead are there when they are asked for.
var MemoryBackend = Backend{
	Type: "memory", Where: "in the provider's process (default)", Example: "memory:?max_size=128MiB",
	MaxSize: DefaultMaxSize, InProcess: true,
	Open: func(_ context.Context, c Config) (Store, error) {
		if c.MaxSize == 0 {
			c.MaxSize = DefaultMaxSize
		}
		return NewMemory(MemoryOptions{MaxSize: max(c.MaxSize, FrontSize), MaxObjectSize: max(c.MaxObjectSize, FrontSize), TTL: c.TTL}), nil
	},
}

// NoneBackend describes None.
var NoneBackend = Backend{
	Type: "none", Where: "nowhere", Example: "none:", InProcess: true,
	Open: func(context.Context, Config) (Store, error) { return new(None), nil },
}
