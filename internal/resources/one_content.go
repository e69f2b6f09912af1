package resources

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// oneContent checks an element of the attribute files by itself. Validators of single attributes
// would look for their siblings through the whole configuration, once for each element: minutes of
// a thousand files.
type oneContent struct{}

// contentNames are the attributes of which an element has exactly one.
var contentNames = []string{"content", "content_base64", "sensitive_content", "source", "content_wo"}

const invalidCombination = "Invalid Attribute Combination"

// Description implements validator.Describer.
func (oneContent) Description(context.Context) string {
	return "exactly one of " + strings.Join(contentNames, ", ") + "; content_wo and content_wo_version together"
}

// MarkdownDescription implements validator.Describer.
func (v oneContent) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateObject implements validator.Object.
func (oneContent) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	values := req.ConfigValue.Attributes()
	is := func(name string) bool { v := values[name]; return v != nil && !v.IsNull() }
	var given []string
	unknown := false
	for _, name := range contentNames {
		if is(name) {
			given, unknown = append(given, name), unknown || values[name].IsUnknown()
		}
	}
	switch {
	case len(given) == 0:
		resp.Diagnostics.AddAttributeError(req.Path, invalidCombination,
			"No content: exactly one of "+strings.Join(contentNames, ", ")+" is to be set. "+
				"If one is, check its spelling: Terraform drops names that it does not know without a word.")
	case len(given) > 1 && !unknown:
		resp.Diagnostics.AddAttributeError(req.Path.AtName(given[1]), invalidCombination,
			"Exactly one of "+strings.Join(contentNames, ", ")+" is to be set, and there are "+strings.Join(given, " and ")+".")
	}
	if wo, version := is("content_wo"), is("content_wo_version"); wo != version {
		missing, there := "content_wo_version", "content_wo"
		if version {
			missing, there = there, missing
		}
		resp.Diagnostics.AddAttributeError(req.Path.AtName(there), invalidCombination, there+" needs "+missing+" beside it.")
	}
}
