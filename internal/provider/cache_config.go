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
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// cache reads object_cache, or the environment when there is none.
func (r *reader) cache() cacheOptions {
	block := r.model.ObjectCache
	if !block.IsNull() && !block.IsUnknown() {
		return r.cacheBlock(block)
	}
	o := newCacheOptions(cacheMemory)
	raw := r.env("NANOGIT_OBJECT_CACHE")
	if raw == "" || !block.IsNull() {
		return o
	}
	o, err := cacheTypes.parseURL(raw)
	if err != nil {
		r.invalidEnv("NANOGIT_OBJECT_CACHE", err)
	}
	return o
}

// cacheBlock reads object_cache. While the type or the location of the store is not known, the
// cache is in memory.
func (r *reader) cacheBlock(block types.Object) cacheOptions {
	at := path.Root("object_cache")
	kind := textOf(block, "type")
	later := kind.IsUnknown()
	settings := map[string]string{}
	for _, name := range cacheTypes.settings() {
		v := textOf(block, name)
		later = later || v.IsUnknown()
		if known(v) {
			settings[name] = v.ValueString()
		}
	}
	o := newCacheOptions(cacheMemory)
	if known(kind) && !later {
		o = newCacheOptions(kind.ValueString())
	}
	o.config = objstore.Config{
		MaxSize:       r.size(at.AtName("max_size"), textOf(block, "max_size")),
		MaxObjectSize: r.size(at.AtName("max_object_size"), textOf(block, "max_object_size")),
		TTL:           r.duration(at.AtName("ttl"), textOf(block, "ttl")),
		Settings:      settings,
	}
	if later {
		o.config.MaxSize = 0
	}
	if v, ok := block.Attributes()["verify"].(types.Bool); ok && !v.IsNull() && !v.IsUnknown() {
		o.verify = v.ValueBool()
	}
	return o
}

// textOf returns an attribute of object_cache that is a string, null if the block does not have it.
func textOf(block types.Object, name string) types.String {
	v, ok := block.Attributes()[name].(types.String)
	if !ok {
		return types.StringNull()
	}
	return v
}

// cacheFits checks the attributes of object_cache against its type.
type cacheFits struct{ types typeList }

// Description describes the check.
func (cacheFits) Description(context.Context) string {
	return "attributes have to be those of the type"
}

// MarkdownDescription is Description.
func (v cacheFits) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateObject reports attributes that the type does not take, and required attributes that are
// missing.
func (v cacheFits) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	block := req.ConfigValue
	given := textOf(block, "type")
	if block.IsNull() || block.IsUnknown() || given.IsUnknown() {
		return
	}
	kind := cacheMemory
	if known(given) {
		kind = given.ValueString()
	}
	b, ok := v.types.find(kind)
	if !ok {
		return // the validator of the attribute type has reported it
	}
	attributes, takes := block.Attributes(), settingsOf(b)
	for name, value := range attributes {
		if name != "type" && !value.IsNull() && !slices.Contains(takes, name) {
			resp.Diagnostics.AddAttributeError(req.Path.AtName(name), "Attribute of another type of cache",
				fmt.Sprintf("An object_cache of type %s knows %s; leave %s out, or choose another type.", kind, and(takes), name))
		}
	}
	for _, s := range b.Settings {
		if s.Required && attributes[s.Name].IsNull() {
			resp.Diagnostics.AddAttributeError(req.Path.AtName(s.Name), "Missing attribute",
				fmt.Sprintf("An object_cache of type %s has to say its %s.", kind, s.Name))
		}
	}
	if raw := textOf(block, "url"); known(raw) && b.Schemes != nil {
		if u, err := giturl.Parse(raw.ValueString()); err != nil || !slices.Contains(b.Schemes, u.Scheme) {
			// Not at the attribute: Terraform prints its line, which may hold a password.
			resp.Diagnostics.AddError("Invalid URL",
				fmt.Sprintf("The url of an object_cache of type %s begins with %s://, with special characters in user name and password percent-encoded: '/' as %%2F, '@' as %%40.\n\nAttribute: %s",
					kind, strings.Join(b.Schemes, ":// or "), req.Path.AtName("url")))
		}
	}
}
