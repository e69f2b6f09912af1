package redis

import (
	"context"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/remote"
)

// Backend describes Store.
var Backend = objstore.Backend{
	Type: "redis", Where: "in a Redis or Valkey server", Example: "redis://host:6379/0?ttl=1h",
	Settings: []objstore.Setting{
		remote.URL("`redis://`, `rediss://` for TLS"),
		{Name: "key_prefix", Text: "what every key begins with."},
	},
	Schemes: []string{"redis", "rediss"},
	Open: func(ctx context.Context, c objstore.Config) (objstore.Store, error) {
		return Open(ctx, Options{URL: c.Settings["url"], KeyPrefix: c.Settings["key_prefix"], MaxObjectSize: c.MaxObjectSize, TTL: c.TTL})
	},
}
