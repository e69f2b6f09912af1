package postgres

import (
	"context"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/remote"
)

// Backend describes Store.
var Backend = objstore.Backend{
	Type: "postgres", Where: "in a table of a PostgreSQL database", Example: "postgres://user@host/database?ttl=720h",
	Settings: []objstore.Setting{
		remote.URL("`postgres://`"),
		{Name: "table", Text: "the table, which is made when it is missing."},
	},
	Schemes: []string{"postgres", "postgresql"},
	Open: func(ctx context.Context, c objstore.Config) (objstore.Store, error) {
		return Open(ctx, Options{URL: c.Settings["url"], Table: c.Settings["table"], MaxObjectSize: c.MaxObjectSize, TTL: c.TTL})
	},
}
