package s3

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

const example = "s3://bucket/prefix?region=eu-central-1"

// Backend describes Store.
var Backend = objstore.Backend{
	Type: "s3", Where: "in a bucket of Amazon S3 or of a server that speaks its protocol", Example: example,
	Settings: []objstore.Setting{
		{Name: "bucket", Text: "the bucket.", Required: true, Located: true},
		{Name: "prefix", Text: "what every key begins with, without the slash after it.", Located: true},
		{Name: "region", Text: "the bucket's region. Credentials are those of the standard AWS environment."},
		{Name: "endpoint", Text: "host and port, or URL, of a server other than Amazon's.", Address: true},
	},
	Locate: locate,
	Open: func(ctx context.Context, c objstore.Config) (objstore.Store, error) {
		return Open(ctx, Options{
			Endpoint: c.Settings["endpoint"], Bucket: c.Settings["bucket"], Prefix: c.Settings["prefix"], Region: c.Settings["region"],
			MaxObjectSize: c.MaxObjectSize, TTL: c.TTL,
		})
	},
}

// locate reads the bucket and the prefix of a URL: s3://bucket/prefix.
func locate(u *url.URL) (map[string]string, error) {
	if u.Host == "" || u.User != nil || u.Port() != "" {
		return nil, errors.New("s3: takes a bucket and no credentials: write " + example)
	}
	return map[string]string{"bucket": u.Host, "prefix": strings.TrimPrefix(u.Path, "/")}, nil
}
