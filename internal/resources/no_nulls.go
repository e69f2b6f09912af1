package resources

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// NoNulls is a validator of lists and maps whose elements must not be null. Null is how a
// configuration leaves an attribute out; of an element nobody can tell whether it is to be left out
// or was forgotten. Elements that are not known yet are looked at again, by Terraform's own doing,
// when they are: before the resource is applied.
type NoNulls struct{}

const nullElementSummary = "Null element"

// Description implements validator.Describer.
func (NoNulls) Description(context.Context) string { return "no element is null" }

// MarkdownDescription implements validator.Describer.
func (v NoNulls) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateMap implements validator.Map.
func (NoNulls) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	elements := req.ConfigValue.Elements()
	for _, key := range slices.Sorted(maps.Keys(elements)) {
		if elements[key].IsNull() {
			at := req.Path.AtMapKey(key)
			resp.Diagnostics.AddAttributeError(at, nullElementSummary, sentence(nullElement(at).Error()))
		}
	}
}

// ValidateList implements validator.List.
func (NoNulls) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	for i, v := range req.ConfigValue.Elements() {
		if v.IsNull() {
			at := req.Path.AtListIndex(i)
			resp.Diagnostics.AddAttributeError(at, nullElementSummary, sentence(nullElement(at).Error()))
		}
	}
}

// nullElement is the error of an element that is null.
func nullElement(at path.Path) error {
	without := "{ for k, v in ... : k => v if v != null }"
	if last, _ := at.Steps().LastStep(); isIndex(last) {
		without = "[for v in ... : v if v != null]"
	}
	return &contentError{at, fmt.Errorf("the element %s is null: give it a value, or leave it out, as in %s", at, without)}
}

func isIndex(step path.PathStep) bool {
	_, ok := step.(path.PathStepElementKeyInt)
	return ok
}

// listStrings are the elements of a list of strings at an attribute. ok is false while any of them
// is not known.
func listStrings(at path.Path, list basetypes.ListValue) (out []string, ok bool, err error) {
	ok = !list.IsUnknown()
	for i, v := range list.Elements() {
		s, isString := v.(basetypes.StringValue)
		switch {
		case v.IsNull():
			return nil, false, nullElement(at.AtListIndex(i))
		case !isString || s.IsUnknown():
			ok = false
		}
		out = append(out, s.ValueString())
	}
	return out, ok, nil
}
