package resources

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Elements with none, one and two contents, known and unknown, are validated.
func TestAnElementHasOneContent(t *testing.T) {
	t.Parallel()
	kinds := map[string]attr.Type{"content_wo_version": types.Int64Type, "mode": types.StringType}
	for _, name := range contentNames {
		kinds[name] = types.StringType
	}
	text, unknown, one := types.StringValue("x"), types.StringUnknown(), types.Int64Value(1)
	for name, tt := range map[string]struct {
		given map[string]attr.Value
		want  string // of the errors; "" for none
	}{
		"one":                             {map[string]attr.Value{"content": text, "mode": text}, ""},
		"an empty one":                    {map[string]attr.Value{"content": types.StringValue("")}, ""},
		"one that is not known":           {map[string]attr.Value{"source": unknown}, ""},
		"none":                            {map[string]attr.Value{"mode": text}, "No content: exactly one of content, content_base64"},
		"two":                             {map[string]attr.Value{"content_base64": text, "source": text}, "there are content_base64 and source"},
		"two, of which one may be null":   {map[string]attr.Value{"content": text, "source": unknown}, ""},
		"write-only":                      {map[string]attr.Value{"content_wo": text, "content_wo_version": one}, ""},
		"write-only without version":      {map[string]attr.Value{"content_wo": text}, "content_wo needs content_wo_version"},
		"a version without write-only":    {map[string]attr.Value{"content": text, "content_wo_version": one}, "content_wo_version needs content_wo"},
		"a version that is not known yet": {map[string]attr.Value{"content_wo": text, "content_wo_version": types.Int64Unknown()}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values := map[string]attr.Value{"content_wo_version": types.Int64Null(), "mode": types.StringNull()}
			for _, name := range contentNames {
				values[name] = types.StringNull()
			}
			maps.Copy(values, tt.given)
			var resp validator.ObjectResponse
			req := validator.ObjectRequest{Path: path.Root("files").AtMapKey("f"), ConfigValue: types.ObjectValueMust(kinds, values)}
			oneContent{}.ValidateObject(t.Context(), req, &resp)
			var said []string
			for _, d := range resp.Diagnostics {
				said = append(said, d.Summary()+": "+d.Detail())
			}
			if got := strings.Join(said, "\n"); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) || len(said) > 1 {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	var resp validator.ObjectResponse
	for _, v := range []types.Object{types.ObjectNull(kinds), types.ObjectUnknown(kinds)} {
		if (oneContent{}).ValidateObject(t.Context(), validator.ObjectRequest{ConfigValue: v}, &resp); resp.Diagnostics.HasError() {
			t.Errorf("%s: %v", v, resp.Diagnostics)
		}
	}
}
