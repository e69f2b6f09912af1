package functions

import (
	"context"
	"encoding/base64"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// blobIDFunction is blob_id, and with a decoder blob_id_base64.
type blobIDFunction struct {
	name    string
	summary string
	about   string // the description of the argument
	decode  func(string) ([]byte, error)
}

// NewBlobID makes the function blob_id(content, object_format...).
func NewBlobID() function.Function {
	return &blobIDFunction{
		name: "blob_id", summary: "Git's id of a text",
		about:  "The content, as text. Terraform keeps text as UTF-8 in Unicode's composed form (NFC); use `blob_id_base64` for anything else.",
		decode: func(s string) ([]byte, error) { return []byte(s), nil },
	}
}

// NewBlobIDBase64 makes the function blob_id_base64(content, object_format...).
func NewBlobIDBase64() function.Function {
	return &blobIDFunction{
		name: "blob_id_base64", summary: "Git's id of a content in base64",
		about:  "The content in base64, for example from `filebase64()`.",
		decode: base64.StdEncoding.DecodeString,
	}
}

// Metadata names the function.
func (f *blobIDFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = f.name
}

// Definition describes the function.
func (f *blobIDFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: f.summary,
		MarkdownDescription: "Returns the id that Git gives a file with this content, as `git hash-object` prints it: 40 hexadecimal digits, or 64 for a SHA-256 repository. " +
			"It is the `blob_id` of a `nanogit_file` with the same content. `line_endings` changes a content before it is hashed; this function hashes the content as it is.",
		Parameters: []function.Parameter{function.StringParameter{Name: "content", MarkdownDescription: f.about}},
		VariadicParameter: function.StringParameter{
			Name:                "object_format",
			MarkdownDescription: "The object format of the repository, at most once: `sha1` (default) or `sha256`. `data.nanogit_repository` tells which a repository has.",
		},
		Return: function.StringReturn{},
	}
}

// Run hashes the content.
func (f *blobIDFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var content string
	var formats []string
	if resp.Error = req.Arguments.Get(ctx, &content, &formats); resp.Error != nil {
		return
	}
	format, problem := objectFormat(formats)
	if problem != nil {
		resp.Error = problem
		return
	}
	blob, err := f.decode(content)
	if err != nil { // its text tells a position, and nothing of the content
		resp.Error = function.NewArgumentFuncError(0, "the content is not base64: "+err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, gitobj.Hash(format, gitobj.KindBlob, blob).String())
}

// objectFormat reads the arguments after the content, of which there may be a single one.
func objectFormat(names []string) (gitobj.Format, *function.FuncError) {
	switch len(names) {
	case 0:
		return gitobj.SHA1, nil
	case 1:
		format, err := gitobj.ParseFormat(names[0])
		if err != nil {
			return 0, function.NewArgumentFuncError(1, err.Error()+`: give "sha1" or "sha256"`)
		}
		return format, nil
	}
	return 0, function.NewArgumentFuncError(2, "a repository has a single object format: leave this argument out")
}
