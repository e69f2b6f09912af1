package resources

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/packedmap"
)

// An engine that does not validate must not make a part of the files of it either.
func TestTheFilesOfACommitAreAllOrNone(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("1", 40)
	given := func(more map[string]types.String) types.String {
		values := map[string]types.String{"a": types.StringValue(id), "z": types.StringValue(id)}
		maps.Copy(values, more)
		return packedmap.Of(values)
	}
	for name, c := range map[string]struct {
		files types.String
		n     int
		held  int
		err   string
	}{
		"all are known":              {given(nil), 2, 2, ""},
		"one is null":                {given(map[string]types.String{"p/z": types.StringNull()}), 0, 2, `files["p/z"] is null`},
		"one is not known":           {given(map[string]types.String{"p/z": types.StringUnknown()}), 0, 2, errFilesUnknown.Error()},
		"one is null, one not known": {given(map[string]types.String{"b": types.StringUnknown(), "c": types.StringNull()}), 0, 2, `files["c"] is null`},
		"none is known":              {types.StringUnknown(), 0, 0, errFilesUnknown.Error()},
	} {
		m := &commitModel{Files: c.files}
		files, err := m.named()
		switch {
		case c.err == "" && err != nil, c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: got %v, want %q", name, err, c.err)
		case len(files) != c.n, err != nil && files != nil:
			t.Errorf("%s: got %d files, want %d", name, len(files), c.n)
		case len(m.held()) != c.held:
			t.Errorf("%s: as a state it holds %d files, want %d", name, len(m.held()), c.held)
		}
	}
	if held := (*commitModel)(nil).held(); len(held) != 0 {
		t.Errorf("without a state there is %v", held)
	}
}

func TestNullElementsOfFilesAreErrorsWhoeverAsks(t *testing.T) {
	t.Parallel()
	list := func(v ...attr.Value) types.List { return types.ListValueMust(types.StringType, v) }
	for want, change := range map[string]func(*filesModel){
		`files["a"] is null`: func(m *filesModel) {
			m.Files = types.MapValueMust(entryType, map[string]attr.Value{"a": types.ObjectNull(entryType.AttrTypes)})
		},
		`include[1] is null`: func(m *filesModel) {
			m.SourceDir, m.Include = types.StringValue("."), list(types.StringValue("*"), types.StringNull())
		},
		`exclude[0] is null`: func(m *filesModel) {
			m.SourceDir, m.Exclude = types.StringValue("."), list(types.StringNull())
		},
	} {
		m := importedFiles()
		m.Prefix = types.StringValue("")
		change(&m)
		items, _, err := m.items(t.Context(), m.Files, 0)
		if inContent := new(contentError); err == nil || !errors.As(err, &inContent) || !strings.Contains(err.Error(), want) || items != nil {
			t.Errorf("got %v and %d items, want %q", err, len(items), want)
		}
	}
}

func TestAnElementThatIsNotKnownIsPlannedWithoutItsWriteOnlyContent(t *testing.T) {
	t.Parallel()
	m := importedFiles()
	known := entry(map[string]attr.Value{"content": types.StringValue("x")})
	m.Files = types.MapValueMust(entryType, map[string]attr.Value{"a": known, "b": types.ObjectUnknown(entryType.AttrTypes)})
	m.spellOutUnknown()
	if got := m.Files.Elements()["a"]; !got.Equal(known) {
		t.Errorf("a known element became %s", got)
	}
	b, _ := m.Files.Elements()["b"].(types.Object)
	for name, v := range b.Attributes() {
		if null := name == "content_wo"; v.IsNull() != null || v.IsUnknown() == null {
			t.Errorf("%s is %s", name, v)
		}
	}
	for _, whole := range []types.Map{types.MapUnknown(entryType), types.MapNull(entryType)} {
		m.Files = whole
		if m.spellOutUnknown(); !m.Files.Equal(whole) {
			t.Errorf("%s became %s", whole, m.Files)
		}
	}
}
