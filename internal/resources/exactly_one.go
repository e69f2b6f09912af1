package resources

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/helpers/validatordiag"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// alternative is an attribute of which a resource has this or another.
type alternative struct {
	at    path.Path
	value attr.Value
}

// exactlyOne demands that a single alternative is set, in the words of the library's
// resourcevalidator.ExactlyOneOf. That one looks for each attribute through the whole schema: a
// tenth of the CPU of a plan of a thousand files.
func exactlyOne(of ...alternative) (diags diag.Diagnostics) {
	names := make(path.Expressions, len(of))
	var set path.Paths
	unknown := false
	for i, a := range of {
		names[i] = a.at.Expression()
		switch {
		case a.value.IsUnknown():
			unknown = true
		case !a.value.IsNull():
			set.Append(a.at)
		}
	}
	demand := fmt.Sprintf("Exactly one of these attributes must be configured: %s", names)
	switch {
	case len(set) > 1:
		diags.Append(validatordiag.InvalidAttributeCombinationDiagnostic(set[0], demand))
	case len(set) == 0 && !unknown:
		diags.AddError("Missing Attribute Configuration", demand)
	}
	return diags
}
