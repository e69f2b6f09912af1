package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
)

// cache reads object_cache, or the environment when there is none.
func (r *reader) cache() cacheOptions {
	o := cacheOptions{kind: cacheMemory}
	m, given := decode[cacheModel](r.ctx, r.model.ObjectCache, r.diags)
	if given {
		return r.cacheBlock(m)
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

// cacheBlock reads object_cache. While the type is not known, or where the store is, the cache is
// in memory.
func (r *reader) cacheBlock(m cacheModel) cacheOptions {
	at := path.Root("object_cache")
	o := cacheOptions{
		kind:    cacheMemory,
		maxSize: r.size(at.AtName("max_size"), m.MaxSize), maxOne: r.size(at.AtName("max_object_size"), m.MaxObjectSize),
		ttl:       r.duration(at.AtName("ttl"), m.TTL),
		directory: m.Directory.ValueString(), url: m.URL.ValueString(), keyPrefix: m.KeyPrefix.ValueString(), table: m.Table.ValueString(),
		endpoint: m.Endpoint.ValueString(), bucket: m.Bucket.ValueString(), prefix: m.Prefix.ValueString(), region: m.Region.ValueString(),
	}
	later := false
	for _, v := range []types.String{m.Type, m.Directory, m.URL, m.KeyPrefix, m.Table, m.Endpoint, m.Bucket, m.Prefix, m.Region} {
		later = later || v.IsUnknown()
	}
	if known(m.Type) && !later {
		o.kind = m.Type.ValueString()
	}
	if later {
		o.maxSize = 0
	}
	o.verify = o.kind != cacheMemory
	if !m.Verify.IsNull() && !m.Verify.IsUnknown() {
		o.verify = m.Verify.ValueBool()
	}
	return o
}

// cacheFits checks the attributes of object_cache against its type.
type cacheFits struct{}

func (cacheFits) Description(context.Context) string {
	return "attributes have to be those of the type"
}

func (v cacheFits) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateObject reports attributes that the type does not know, and the one that it cannot do
// without.
func (cacheFits) ValidateObject(ctx context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	m, given := decode[cacheModel](ctx, req.ConfigValue, &resp.Diagnostics)
	if !given || m.Type.IsUnknown() {
		return
	}
	kind := cacheMemory
	if known(m.Type) {
		kind = m.Type.ValueString()
	}
	t, ok := cacheTypes[kind]
	if !ok {
		return // the attribute's own validator has told
	}
	attributes := req.ConfigValue.Attributes()
	for name, value := range attributes {
		if name != "type" && !value.IsNull() && !t.takesSetting(name) {
			resp.Diagnostics.AddAttributeError(req.Path.AtName(name), "Attribute of another type of cache",
				fmt.Sprintf("An object_cache of type %s knows %s; leave %s out, or choose another type.", kind, t.settings(), name))
		}
	}
	if t.required != "" && attributes[t.required].IsNull() {
		resp.Diagnostics.AddAttributeError(req.Path.AtName(t.required), "Missing attribute",
			fmt.Sprintf("An object_cache of type %s has to say its %s.", kind, t.required))
	}
	if known(m.URL) && t.schemes != nil {
		if u, err := giturl.Parse(m.URL.ValueString()); err != nil || !slices.Contains(t.schemes, u.Scheme) {
			// Not at the attribute, the line of which Terraform prints: it may hold a password.
			resp.Diagnostics.AddError("Invalid URL",
				fmt.Sprintf("The url of an object_cache of type %s begins with %s://, with special characters in user name and password percent-encoded: '/' as %%2F, '@' as %%40.\n\nAttribute: %s",
					kind, strings.Join(t.schemes, ":// or "), req.Path.AtName("url")))
		}
	}
}
