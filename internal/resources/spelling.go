package resources

import (
	"encoding/base64"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
)

// With line_endings, two spellings of a content are the same file: that of a Windows runner with CR
// LF, and that of a Linux runner or of a branch with LF. Terraform takes a prior value in place of
// the configured value; so a plan keeps the spelling that is in state, and shows no change where
// none is made.

// keepSpelling keeps the contents of a prior state that are the planned ones but for their line
// endings.
func (m *fileModel) keepSpelling(prior *fileModel) {
	e := m.endings()
	m.Content = spelling(e, m.Content, prior.Content)
	m.SensitiveContent = spelling(e, m.SensitiveContent, prior.SensitiveContent)
	m.ContentBase64 = spelling64(e, m.ContentBase64, prior.ContentBase64)
	// The same content in another checkout, which may have another absolute path on every runner.
	if known(m.Source) && known(prior.Source) {
		m.Source = prior.Source
	}
}

// keepSpelling is fileModel.keepSpelling for each element of files.
func (m *filesModel) keepSpelling(prior *filesModel) {
	before, elements := prior.Files.Elements(), m.Files.Elements()
	changed := false
	for key, v := range elements {
		is, ok := v.(types.Object)
		was, there := before[key].(types.Object)
		if !ok || !there || is.IsUnknown() || is.IsNull() || is.Equal(was) {
			continue
		}
		if kept := keepElement(is, was); !kept.Equal(is) {
			elements[key], changed = kept, true
		}
	}
	if changed {
		m.Files = types.MapValueMust(entryType, elements)
	}
}

// keepSources keeps the local paths of a prior state, for a plan that changes no file: the same
// files may be in another checkout.
func (m *filesModel) keepSources(prior *filesModel) {
	if known(m.SourceDir) && known(prior.SourceDir) {
		m.SourceDir = prior.SourceDir
	}
	before, elements := prior.Files.Elements(), m.Files.Elements()
	changed := false
	for key, v := range elements {
		is, ok := v.(types.Object)
		was, there := before[key].(types.Object)
		if !ok || !there || is.IsUnknown() || is.IsNull() {
			continue
		}
		values := is.Attributes()
		source, _ := values["source"].(types.String)
		former, _ := was.Attributes()["source"].(types.String)
		if known(source) && known(former) && source != former {
			values["source"], changed = former, true
			elements[key] = types.ObjectValueMust(entryType.AttrTypes, values)
		}
	}
	if changed {
		m.Files = types.MapValueMust(entryType, elements)
	}
}

// keepElement is an element of files, with the contents of the prior one where they are the same.
func keepElement(is, was types.Object) types.Object {
	values, before := is.Attributes(), was.Attributes()
	get := func(of map[string]attr.Value, name string) types.String {
		s, _ := of[name].(types.String)
		return s
	}
	e := filecontent.LineEndings(get(values, "line_endings").ValueString())
	if get(values, "mode").ValueString() == modeSymlink {
		e = filecontent.AsIs
	}
	for _, name := range []string{"content", "sensitive_content"} {
		values[name] = spelling(e, get(values, name), get(before, name))
	}
	values["content_base64"] = spelling64(e, get(values, "content_base64"), get(before, "content_base64"))
	return types.ObjectValueMust(entryType.AttrTypes, values)
}

// spelling is the prior text where both are the same once their line endings are, else the planned
// one.
func spelling(e filecontent.LineEndings, planned, prior types.String) types.String {
	if known(planned) && known(prior) && e.Same([]byte(planned.ValueString()), []byte(prior.ValueString())) {
		return prior
	}
	return planned
}

// spelling64 is spelling for contents in base64.
func spelling64(e filecontent.LineEndings, planned, prior types.String) types.String {
	if !known(planned) || !known(prior) {
		return planned
	}
	is, err1 := base64.StdEncoding.DecodeString(planned.ValueString())
	was, err2 := base64.StdEncoding.DecodeString(prior.ValueString())
	if err1 == nil && err2 == nil && e.Same(is, was) {
		return prior
	}
	return planned
}
