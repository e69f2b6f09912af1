package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// cacheTypeTexts say what each type is.
var cacheTypeTexts = map[string]string{
	cacheMemory:   "in the provider's process (default)",
	cacheDisk:     "in files, which any number of processes share",
	cacheRedis:    "in a Redis or Valkey server",
	cachePostgres: "in a table of a PostgreSQL database",
	cacheS3:       "in a bucket of Amazon S3 or of a server that speaks its protocol",
	cacheNone:     "nowhere",
}

func cacheSchema() schema.SingleNestedAttribute {
	optional := func(text string, validators ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Validators: validators}
	}
	var meanings, examples []string
	for _, name := range cacheTypeNames() {
		meanings = append(meanings, "`"+name+"`: "+cacheTypeTexts[name])
		examples = append(examples, "`"+cacheTypes[name].example+"`")
	}
	some := stringvalidator.LengthAtLeast(1)
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Where fetched Git objects are kept, so that none is fetched twice. A cache that fails or lies never fails an apply and never changes a result: " +
			"the object is fetched from the repository, and one warning tells of it. Environment, as one URL: `NANOGIT_OBJECT_CACHE` (" + strings.Join(examples, ", ") + ").",
		Optional:   true,
		Validators: []validator.Object{cacheFits{}},
		Attributes: map[string]schema.Attribute{
			"type":            optional("Where: "+strings.Join(meanings, "; ")+".", stringvalidator.OneOf(cacheTypeNames()...)),
			"max_size":        optional("`memory` and `disk`: size of all objects together. Default `64MiB` and `1GiB`.", validSize()),
			"max_object_size": optional("Size of the largest object that is kept. Default `4MiB`.", validSize()),
			"ttl":             optional("How long an object is kept, as a Go duration (`24h`). Default: without end.", validDuration()),
			"verify": schema.BoolAttribute{
				MarkdownDescription: "Whether an object is hashed again when it is read. Default `true`, and `false` for `memory`.", Optional: true,
			},
			"directory": optional("`disk`: the directory, which is made when it is missing. Default: `nanogit` in the user's cache directory (`$XDG_CACHE_HOME` or `~/.cache` on Linux).", some),
			"url": schema.StringAttribute{
				MarkdownDescription: "`redis` (`redis://`, `rediss://` for TLS) and `postgres` (`postgres://`): the server, with user name and password. Required there.",
				Optional:            true, Sensitive: true, Validators: []validator.String{some},
			},
			"key_prefix": optional("`redis`: what every key begins with.", some),
			"table":      optional("`postgres`: the table, which is made when it is missing.", some),
			"endpoint":   optional("`s3`: host and port, or URL, of a server other than Amazon's.", some),
			"bucket":     optional("`s3`: the bucket. Required there.", some),
			"prefix":     optional("`s3`: what every key begins with, without the slash after it.", some),
			"region":     optional("`s3`: the bucket's region. Credentials are those of the standard AWS environment.", some),
		},
	}
}
