package resources

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
)

func TestContentThatCannotBeUsedIsRefusedAtItsAttribute(t *testing.T) {
	t.Parallel()
	missing := types.StringValue(filepath.Join(t.TempDir(), "no"))
	at := path.Root("x")
	for name, given := range map[string]givenContent{
		"content":           {text: types.StringValue("four")},
		"sensitive_content": {sensitive: types.StringValue("four")},
		"content_wo":        {writeOnly: types.StringValue("four")},
		"content_base64":    {base64: types.StringValue("a*b")},
		"source":            {source: missing},
	} {
		_, ok, err := given.content(t.Context(), at, gitobj.ModeFile, filecontent.AsIs, 3)
		var inContent *contentError
		if ok || !errors.As(err, &inContent) || !inContent.at.Equal(at.AtName(name)) {
			t.Errorf("%s: %t, %v", name, ok, err)
		}
	}
}
