package resources

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestTheSchemaIsWellFormedAndDescribed(t *testing.T) {
	t.Parallel()
	var resp resource.SchemaResponse
	NewFile(nil).Schema(t.Context(), resource.SchemaRequest{}, &resp)
	if diags := resp.Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Fatal(diags)
	}
	for name, a := range resp.Schema.Attributes {
		if a.GetMarkdownDescription() == "" {
			t.Errorf("%s has no description", name)
		}
	}
	identity := resource.IdentitySchemaResponse{}
	NewFile(nil).(resource.ResourceWithIdentity).IdentitySchema(t.Context(), resource.IdentitySchemaRequest{}, &identity)
	if diags := identity.IdentitySchema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Fatal(diags)
	}
}

// Each attribute changes alone, and the plan writes or does not.
func TestOnlyWhatMattersOnTheBranchIsAWrite(t *testing.T) {
	t.Parallel()
	base := fileModel{
		Path: types.StringValue("a"), Mode: types.StringValue(modeFile), BlobID: types.StringValue("1"),
		SeedOnly: types.BoolValue(false), OnDestroy: types.StringValue(onDestroyDelete), Size: types.Int64Value(1),
	}
	for name, tc := range map[string]struct {
		change func(*fileModel)
		want   bool
	}{
		"nothing":                  {func(*fileModel) {}, false},
		"the path":                 {func(m *fileModel) { m.Path = types.StringValue("b") }, true},
		"a path not known yet":     {func(m *fileModel) { m.Path = types.StringUnknown() }, true},
		"the blob":                 {func(m *fileModel) { m.BlobID = types.StringValue("2") }, true},
		"a blob not known yet":     {func(m *fileModel) { m.BlobID = types.StringUnknown() }, true},
		"the mode":                 {func(m *fileModel) { m.Mode = types.StringValue(modeExec) }, true},
		"what happens on destroy":  {func(m *fileModel) { m.OnDestroy = types.StringValue(onDestroyKeep) }, false},
		"the message":              {func(m *fileModel) { m.CommitMessage = types.StringValue("m") }, false},
		"that it is a seed":        {func(m *fileModel) { m.SeedOnly = types.BoolValue(true) }, false},
		"the content of a seed":    {func(m *fileModel) { m.SeedOnly, m.BlobID = types.BoolValue(true), types.StringValue("2") }, false},
		"the path of a seed":       {func(m *fileModel) { m.SeedOnly, m.Path = types.BoolValue(true), types.StringValue("b") }, true},
		"whether it is, not known": {func(m *fileModel) { m.SeedOnly, m.BlobID = types.BoolUnknown(), types.StringValue("2") }, true},
	} {
		prior, plan := base, base
		tc.change(&plan)
		if got := writes(&prior, &plan); got != tc.want {
			t.Errorf("%s: %t, want %t", name, got, tc.want)
		}
		if !writes(nil, &plan) {
			t.Errorf("%s: a creation is no write", name)
		}
	}
}
