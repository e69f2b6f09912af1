package resources

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/packedmap"
)

// PackedMaps are the attributes that are packed maps, by type of resource; see packedmap.
var PackedMaps = map[string][]string{"nanogit_commit": {"files"}, "nanogit_files": {"blob_ids"}}

// packedElements is a validator of packed maps: no element is null, and keys and known values obey
// their rules. Its errors are at the element.
type packedElements struct{ keys, values validator.String }

// Description implements validator.Describer.
func (v packedElements) Description(ctx context.Context) string {
	return NoNulls{}.Description(ctx) + ", each key " + v.keys.Description(ctx) + ", each value " + v.values.Description(ctx)
}

// MarkdownDescription implements validator.Describer.
func (v packedElements) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements validator.String.
func (v packedElements) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	elements, err := packedmap.Elements(req.ConfigValue)
	if err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Malformed map", sentence(err.Error()))
		return
	}
	for _, key := range slices.Sorted(maps.Keys(elements)) {
		at := req.Path.AtMapKey(key)
		if elements[key].IsNull() {
			resp.Diagnostics.AddAttributeError(at, nullElementSummary, sentence(nullElement(at).Error()))
			continue
		}
		check(ctx, v.keys, at, types.StringValue(key), resp)
		check(ctx, v.values, at, elements[key], resp)
	}
}

func check(ctx context.Context, v validator.String, at path.Path, value types.String, resp *validator.StringResponse) {
	of := validator.StringResponse{}
	v.ValidateString(ctx, validator.StringRequest{Path: at, PathExpression: at.Expression(), ConfigValue: value}, &of)
	resp.Diagnostics.Append(of.Diagnostics...)
}
