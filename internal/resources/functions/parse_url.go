package functions

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
)

// parseURLFunction is parse_url.
type parseURLFunction struct{}

// NewParseURL makes the function parse_url(url).
func NewParseURL() function.Function { return &parseURLFunction{} }

// urlParts is the result of parse_url.
type urlParts struct {
	Scheme string `tfsdk:"scheme"`
	Host   string `tfsdk:"host"`
	Owner  string `tfsdk:"owner"`
	Name   string `tfsdk:"name"`
}

// Metadata names the function.
func (f *parseURLFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_url"
}

// Definition describes the function.
func (f *parseURLFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The parts of a repository's URL",
		MarkdownDescription: "Takes the address of a repository apart, in every form that the provider's `url` may have. The result is an object. " +
			"It has no credentials and no user name, also where the URL has them.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "url",
			MarkdownDescription: "`https://…`, `http://…`, `ssh://…`, `user@host:path`, `file:///path` or an absolute path.",
		}},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"scheme": types.StringType, "host": types.StringType, "owner": types.StringType, "name": types.StringType,
		}},
	}
}

// Run reads the address. Errors of giturl quote none of it.
func (f *parseURLFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var raw string
	if resp.Error = req.Arguments.Get(ctx, &raw); resp.Error != nil {
		return
	}
	a, err := giturl.Read(raw)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, urlParts(a.Parts()))
}
