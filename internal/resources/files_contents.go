package resources

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// An import of nanogit_files gives the contents of the files, as long as they are few. Without them
// the configuration that -generate-config-out writes would have neither files nor source_dir.
const (
	mostImported      = 1_000   // files
	mostImportedBytes = 4 << 20 // of all contents together
)

// importContents is the attribute files for files of a branch; null if they are too many, or a
// content is too large to be shown.
func importContents(ctx context.Context, t session.Target, files []gitread.Entry) (types.Map, error) {
	none := types.MapNull(entryType)
	if len(files) > mostImported {
		return none, nil
	}
	ids := make([]gitobj.ID, len(files))
	for i, f := range files {
		ids[i] = f.ID
	}
	contents, err := t.Branch.ReadBlobs(ctx, ids)
	if errors.Is(err, gitread.ErrTooLarge) {
		return none, nil
	}
	if err != nil {
		return none, err
	}
	elements, size := make(map[string]attr.Value, len(files)), 0
	for i, f := range files {
		if size += len(contents[i]); size > mostImportedBytes || len(contents[i]) > maxShown {
			return none, nil
		}
		elements[strings.TrimPrefix(f.Path, belowPrefix(t.Path))] = importedElement(f, contents[i])
	}
	return types.MapValueMust(entryType, elements), nil
}

// belowPrefix begins the paths of files below a prefix.
func belowPrefix(prefix string) string {
	if prefix == "" {
		return ""
	}
	return prefix + "/"
}

// importedElement is a file as an element of the attribute files.
func importedElement(f gitread.Entry, content []byte) attr.Value {
	values := map[string]attr.Value{"content_wo_version": types.Int64Null()}
	for name, of := range entryType.AttrTypes {
		if of == types.StringType {
			values[name] = types.StringNull()
		}
	}
	if text := exactText(content); text.IsNull() {
		values["content_base64"] = types.StringValue(base64.StdEncoding.EncodeToString(content))
	} else {
		values["content"] = text
	}
	if f.Mode != gitobj.ModeFile {
		values["mode"] = types.StringValue(f.Mode.String())
	}
	return types.ObjectValueMust(entryType.AttrTypes, values)
}

// ValidateConfig records for an import, which is told nothing of the configuration, that contents
// are not to enter the state: those of a source_dir, and secrets. See fileResource.ValidateConfig.
func (r *filesResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	if r.session != nil {
		return
	}
	var config filesModel
	if resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &config)...); resp.Diagnostics.HasError() {
		return
	}
	if !config.keepsContents() {
		r.records.Secret(recordOf(config.Prefix))
	}
}

// recordOf is the name of a set of files in the records: no path of a file ends in a slash. A
// prefix that is not known yet may be any.
func recordOf(prefix types.String) string {
	if prefix.IsUnknown() {
		return ""
	}
	return prefix.ValueString() + "/"
}

// keepsContents reports whether state has the content of each file, in clear.
func (m *filesModel) keepsContents() bool {
	if m.Files.IsNull() || m.Files.IsUnknown() {
		return false
	}
	for _, v := range m.Files.Elements() {
		element, ok := v.(types.Object)
		if !ok || element.IsUnknown() {
			return false
		}
		given := element.Attributes()
		for _, secret := range []string{"sensitive_content", "content_wo", "source"} {
			if v := given[secret]; v != nil && !v.IsNull() {
				return false
			}
		}
	}
	return true
}

// hides reports whether the contents of files are to stay out of state.
func (r *filesResource) hides(prefix string, files []gitread.Entry) bool {
	records := r.session.Owners().Records
	if records.Hides(recordOf(types.StringValue(prefix))) {
		return true
	}
	for _, f := range files {
		if records.Hides(f.Path) {
			return true
		}
	}
	return false
}
