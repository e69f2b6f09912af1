package disk

import (
	"context"
	"errors"
	"net/url"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

const example = "disk:/var/cache/nanogit?ttl=24h&max_size=2GiB"

// Backend describes Store.
var Backend = objstore.Backend{
	Type: "disk", Where: "in files, which any number of processes share", Example: example,
	Settings: []objstore.Setting{{
		Name: "directory", Located: true,
		Text: "the directory, which is made when it is missing. Default: `nanogit` in the user's cache directory (`$XDG_CACHE_HOME` or `~/.cache` on Linux).",
	}},
	MaxSize: DefaultMaxSize,
	Path:    true,
	Locate:  locate,
	Open: func(ctx context.Context, c objstore.Config) (objstore.Store, error) {
		return Open(ctx, Options{Directory: c.Settings["directory"], MaxSize: c.MaxSize, MaxObjectSize: c.MaxObjectSize, TTL: c.TTL})
	},
}

// locate reads the directory of a URL: disk:/path, disk:///path or disk:path.
func locate(u *url.URL) (map[string]string, error) {
	if u.Host != "" || u.User != nil {
		return nil, errors.New("disk: takes a directory of this machine: write " + example)
	}
	directory := u.Path
	if u.Opaque != "" { // a relative path, or a path with a drive's letter
		var err error
		if directory, err = url.PathUnescape(u.Opaque); err != nil {
			return nil, errors.New("the directory cannot be read: write '%' as %25")
		}
	}
	return map[string]string{"directory": directory}, nil
}
