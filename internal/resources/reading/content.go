package reading

import (
	"encoding/base64"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"
)

// maxContent bounds the content of a file that a data source returns, in bytes. As text and as
// base64 it is sent to the engine twice, and the engine takes messages of 64 MiB.
const maxContent = 16 << 20

// text is a content as a string of Terraform's, which are UTF-8 in Unicode's composed form (NFC);
// null for a content that would not come through unchanged.
func text(content []byte) types.String {
	if !utf8.Valid(content) || !norm.NFC.IsNormal(content) {
		return types.StringNull()
	}
	return types.StringValue(string(content))
}

func inBase64(content []byte) types.String {
	return types.StringValue(base64.StdEncoding.EncodeToString(content))
}
