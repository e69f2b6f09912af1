package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/provider"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// engine speaks the protocol of engines that are newer than those that tests run under.
type engine struct {
	t          *testing.T
	server     tfprotov6.ProviderServer
	schemas    *tfprotov6.GetProviderSchemaResponse
	identities *tfprotov6.GetResourceIdentitySchemasResponse
}

// connect configures a provider for a repository.
func connect(t *testing.T, repo *gittest.Repo) *engine {
	t.Helper()
	p := provider.New("test")
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	e := &engine{t: t, server: provider.NewServer(p)()}
	var err error
	if e.schemas, err = e.server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	if e.identities, err = e.server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{}); err != nil {
		t.Fatal(err)
	}
	resp, err := e.server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.14.0", Config: e.object(e.schemas.Provider.ValueType(), map[string]any{"url": repo.URL()}),
	})
	e.ok(err, resp.Diagnostics)
	return e
}

func (e *engine) ok(err error, diags []*tfprotov6.Diagnostic) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
	for _, d := range diags {
		e.t.Fatalf("%s: %s\n%s", d.Attribute, d.Summary, d.Detail)
	}
}

// object makes an object of which the other attributes are null. A list of strings may be given.
func (e *engine) object(of tftypes.Type, given map[string]any) *tfprotov6.DynamicValue {
	e.t.Helper()
	values := map[string]tftypes.Value{}
	for name, kind := range of.(tftypes.Object).AttributeTypes {
		v := given[name]
		if texts, ok := v.([]string); ok {
			var elements []tftypes.Value
			for _, text := range texts {
				elements = append(elements, tftypes.NewValue(tftypes.String, text))
			}
			v = elements
		}
		values[name] = tftypes.NewValue(kind, v)
	}
	return e.dynamic(of, tftypes.NewValue(of, values))
}

func (e *engine) dynamic(of tftypes.Type, v tftypes.Value) *tfprotov6.DynamicValue {
	e.t.Helper()
	d, err := tfprotov6.NewDynamicValue(of, v)
	if err != nil {
		e.t.Fatal(err)
	}
	return &d
}

// attributes are those of an object.
func (e *engine) attributes(of tftypes.Type, v *tfprotov6.DynamicValue) map[string]tftypes.Value {
	e.t.Helper()
	if v == nil {
		e.t.Fatal("no value")
	}
	object, err := v.Unmarshal(of)
	if err != nil {
		e.t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := object.As(&attributes); err != nil {
		e.t.Fatal(err)
	}
	return attributes
}

// texts are the known strings of an object.
func (e *engine) texts(of tftypes.Type, v *tfprotov6.DynamicValue) map[string]string {
	e.t.Helper()
	out := map[string]string{}
	for name, a := range e.attributes(of, v) {
		var s string
		if a.Type().Is(tftypes.String) && a.IsKnown() && !a.IsNull() && a.As(&s) == nil {
			out[name] = s
		}
	}
	return out
}

func (e *engine) schema(kind string) tftypes.Type { return e.schemas.ResourceSchemas[kind].ValueType() }

func (e *engine) identity(kind string) tftypes.Type {
	return e.identities.IdentitySchemas[kind].ValueType()
}

// imported imports by id and reads, as an engine does.
func (e *engine) imported(kind, id string) *tfprotov6.ReadResourceResponse {
	e.t.Helper()
	imported, err := e.server.ImportResourceState(e.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: kind, ID: id})
	e.ok(err, imported.Diagnostics)
	one := imported.ImportedResources[0]
	read, err := e.server.ReadResource(e.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: kind, CurrentState: one.State, CurrentIdentity: one.Identity, Private: one.Private,
	})
	e.ok(err, read.Diagnostics)
	return read
}

// proposed is the proposal of an engine: the configuration, and state where a computed attribute is
// not configured.
func (e *engine) proposed(kind string, config, prior *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	e.t.Helper()
	of := e.schema(kind)
	values, before := e.attributes(of, config), e.attributes(of, prior)
	for _, a := range e.schemas.ResourceSchemas[kind].Block.Attributes {
		if a.Computed && values[a.Name].IsNull() {
			values[a.Name] = before[a.Name]
		}
	}
	return e.dynamic(of, tftypes.NewValue(of, values))
}

// clean generates the configuration of an imported resource, and fails the test unless it is valid
// and its plan is the state. change may edit the configuration.
func (e *engine) clean(kind string, read *tfprotov6.ReadResourceResponse) {
	e.t.Helper()
	of := e.schema(kind)
	generated, err := e.server.GenerateResourceConfig(e.t.Context(), &tfprotov6.GenerateResourceConfigRequest{TypeName: kind, State: read.NewState})
	e.ok(err, generated.Diagnostics)
	config := generated.Config
	valid, err := e.server.ValidateResourceConfig(e.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: kind, Config: config, ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	e.ok(err, valid.Diagnostics)
	plan, err := e.server.PlanResourceChange(e.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: kind, PriorState: read.NewState, Config: config, ProposedNewState: e.proposed(kind, config, read.NewState),
		PriorPrivate: read.Private, PriorIdentity: read.NewIdentity,
	})
	e.ok(err, plan.Diagnostics)
	before, after := e.attributes(of, read.NewState), e.attributes(of, plan.PlannedState)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if !before[name].Equal(after[name]) {
			e.t.Errorf("%s.%s is planned as %s, and is %s", kind, name, after[name], before[name])
		}
	}
	if len(plan.RequiresReplace) > 0 {
		e.t.Errorf("%s is replaced: %v", kind, plan.RequiresReplace)
	}
}

func TestTheGeneratedConfigurationOfAnImportIsValidAndItsPlanClean(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.Seed(t, map[string]gittest.File{
		"docs/a.md": {Content: "hello\n"}, "docs/run.sh": {Content: "#!/bin/sh\n", Mode: "100755"}, "docs/link": {Content: "a.md", Mode: "120000"},
		"docs/empty": {Content: ""}, "docs/bytes": {Content: "\xff\x00\x01"}, "docs/crlf": {Content: "a\r\nb\r\n"},
	})
	repo.Git(t, "branch", "release/1.x", "main")
	repo.Git(t, "tag", "light", "main")
	repo.Git(t, "-c", "user.name=Some One", "-c", "user.email=one@example.com", "tag", "-a", "-m", "Release\n\nThe first.", "v1.0", "main")
	repo.Git(t, "-c", "user.name=Some One", "-c", "user.email=one@example.com", "tag", "-a", "-m", "of a tag", "nested", "v1.0")
	for _, c := range [][2]string{
		{"nanogit_file", "docs/a.md"},
		{"nanogit_file", "docs/run.sh"},
		{"nanogit_file", "docs/link"},
		{"nanogit_file", "docs/empty"},
		{"nanogit_file", "main:docs/bytes"},
		{"nanogit_file", "docs/crlf"},
		{"nanogit_files", "docs"},
		{"nanogit_files", "main:"},
		{"nanogit_branch", "release/1.x"},
		{"nanogit_branch", "main"},
		{"nanogit_tag", "light"},
		{"nanogit_tag", "v1.0"},
		{"nanogit_tag", "nested"},
	} {
		t.Run(strings.Join(c[:], " "), func(t *testing.T) {
			t.Parallel()
			e := connect(t, repo)
			e.clean(c[0], e.imported(c[0], c[1]))
		})
	}
}

// The configuration of more files than an import shows is the user's to write: the error says how.
func TestAnImportOfManyFilesHasNoContents(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	files := map[string]string{}
	for i := range 1_001 {
		files[fmt.Sprintf("many/%d", i)] = "x"
	}
	files["large/a"], files["large/b"] = strings.Repeat("x", 1<<20+1), "b"
	repo.SeedText(t, files)
	e := connect(t, repo)
	for _, prefix := range []string{"many", "large"} {
		state := e.attributes(e.schema("nanogit_files"), e.imported("nanogit_files", prefix).NewState)
		if !state["files"].IsNull() {
			t.Errorf("%s: state has files", prefix)
		}
	}
}
