package functions

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
)

// globFunction is glob.
type globFunction struct{}

// NewGlob makes the function glob(pattern, paths).
func NewGlob() function.Function { return &globFunction{} }

// Metadata names the function.
func (f *globFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "glob"
}

// Definition describes the function.
func (f *globFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The paths that match a pattern",
		MarkdownDescription: "Returns those of the paths that match a pattern, in their order. A pattern means the same as in `include` and `exclude` of `nanogit_files`: " +
			"`*` stands for anything but a slash, `**` for any number of directories, `?` for one character, `[a-z]` for one of a class and `{a,b}` for either.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "pattern", MarkdownDescription: "The pattern. It is matched against whole paths, and does not begin with a slash."},
			function.ListParameter{Name: "paths", ElementType: types.StringType, MarkdownDescription: "Paths with `/` between their parts, for example `keys(nanogit_files.x.blob_ids)`."},
		},
		Return: function.ListReturn{ElementType: types.StringType},
	}
}

// Run matches the paths.
func (f *globFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var pattern string
	var paths []types.String
	if resp.Error = req.Arguments.Get(ctx, &pattern, &paths); resp.Error != nil {
		return
	}
	if err := filecontent.CheckGlob(pattern); err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	matching := make([]string, 0, len(paths))
	for i, path := range paths {
		switch {
		case path.IsUnknown(): // engines do not ask then; mocks may
			resp.Error = resp.Result.Set(ctx, types.ListUnknown(types.StringType))
			return
		case path.IsNull():
			resp.Error = function.NewArgumentFuncError(1, fmt.Sprintf("the path at index %d is null: leave it out, for example with compact()", i))
			return
		case filecontent.MatchGlob(pattern, path.ValueString()):
			matching = append(matching, path.ValueString())
		}
	}
	resp.Error = resp.Result.Set(ctx, matching)
}
