package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// schema is the attribute object_cache.
func (l typeList) schema() schema.SingleNestedAttribute {
	optional := func(text string, validators ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Validators: validators}
	}
	var meanings, examples []string
	for _, b := range l {
		meanings = append(meanings, "`"+b.Type+"`: "+b.Where)
		examples = append(examples, "`"+b.Example+"`")
	}
	attributes := map[string]schema.Attribute{
		"type":            optional("Where: "+strings.Join(meanings, "; ")+".", stringvalidator.OneOf(l.names()...)),
		"max_size":        optional(l.describeMaxSize(), validSize()),
		"max_object_size": optional("Size of the largest object that is kept. Default `4MiB`.", validSize()),
		"ttl":             optional("How long an object is kept, as a Go duration (`24h`). Default: without end.", validDuration()),
		"verify": schema.BoolAttribute{
			MarkdownDescription: "Whether an object is hashed again when it is read. Default `true`, and `false` for `memory`.", Optional: true,
		},
	}
	for _, name := range l.settings() {
		a := optional("", stringvalidator.LengthAtLeast(1))
		a.MarkdownDescription, a.Sensitive = l.describe(name)
		attributes[name] = a
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Where fetched Git objects are kept, so that none is fetched twice. A cache that fails or lies never fails an apply and never changes a result: " +
			"the object is fetched from the repository, and one warning tells of it. Environment, as one URL: `NANOGIT_OBJECT_CACHE` (" + strings.Join(examples, ", ") + ").",
		Optional:   true,
		Validators: []validator.Object{cacheFits{l}},
		Attributes: attributes,
	}
}

// describe returns the documentation of a setting, which begins with the types that take it, and
// whether its value may be secret.
func (l typeList) describe(name string) (text string, secret bool) {
	var types []string
	for _, b := range l {
		for _, s := range b.Settings {
			if s.Name != name {
				continue
			}
			of := "`" + b.Type + "`"
			if s.Of != "" {
				of += " (" + s.Of + ")"
			}
			types = append(types, of)
			if text = s.Text; s.Required {
				text += " Required there."
			}
			secret = secret || s.Secret
		}
	}
	return and(types) + ": " + text, secret
}

// describeMaxSize returns the documentation of max_size, with the types that take it and their
// defaults.
func (l typeList) describeMaxSize() string {
	var types, defaults []string
	for _, b := range l {
		if b.MaxSize > 0 {
			types, defaults = append(types, "`"+b.Type+"`"), append(defaults, "`"+wholeUnits(b.MaxSize)+"`")
		}
	}
	return and(types) + ": size of all objects together. Default " + and(defaults) + "."
}

// wholeUnits writes a size as parseSize reads it, in the largest unit of which it is a multiple.
func wholeUnits(n int64) string {
	unit := 0
	for ; n%1024 == 0 && unit < 3; unit++ {
		n /= 1024
	}
	return fmt.Sprint(n) + []string{"", "KiB", "MiB", "GiB"}[unit]
}
