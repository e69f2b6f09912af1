package resources_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/provider"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// The engines that know resource identity (1.12 and later) are not the only ones that tests run
// under: so these tests speak the protocol themselves.

type engine struct {
	t        *testing.T
	server   tfprotov6.ProviderServer
	schema   tftypes.Object
	identity tftypes.Object
}

// connect configures a provider for a repository, as an engine would.
func connect(t *testing.T, repo *gittest.Repo) *engine {
	t.Helper()
	p := provider.New("test")
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	server := providerserver.NewProtocol6(p)()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{
		t: t, server: server,
		schema:   schemas.ResourceSchemas["nanogit_file"].ValueType().(tftypes.Object),
		identity: identities.IdentitySchemas["nanogit_file"].ValueType().(tftypes.Object),
	}
	block := schemas.Provider.ValueType().(tftypes.Object)
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.14.0", Config: e.value(block, map[string]any{"url": repo.URL()}),
	})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatal(err, resp.Diagnostics)
	}
	return e
}

// value makes an object of which the other attributes are null.
func (e *engine) value(of tftypes.Object, given map[string]any) *tfprotov6.DynamicValue {
	e.t.Helper()
	values := map[string]tftypes.Value{}
	for name, kind := range of.AttributeTypes {
		values[name] = tftypes.NewValue(kind, given[name])
	}
	v, err := tfprotov6.NewDynamicValue(of, tftypes.NewValue(of, values))
	if err != nil {
		e.t.Fatal(err)
	}
	return &v
}

// text reads the strings of an object.
func (e *engine) text(of tftypes.Object, v *tfprotov6.DynamicValue) map[string]string {
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
	out := map[string]string{}
	for name, a := range attributes {
		var s string
		if a.Type().Is(tftypes.String) && a.IsKnown() && !a.IsNull() && a.As(&s) == nil {
			out[name] = s
		}
	}
	return out
}

// importFile imports by identity and reads the imported state.
func (e *engine) importFile(identity map[string]any) (state, id map[string]string, raw *tfprotov6.ReadResourceResponse) {
	e.t.Helper()
	imported, err := e.server.ImportResourceState(e.t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: "nanogit_file", Identity: &tfprotov6.ResourceIdentityData{IdentityData: e.value(e.identity, identity)},
	})
	if err != nil || len(imported.Diagnostics) > 0 {
		e.t.Fatal(err, imported.Diagnostics)
	}
	one := imported.ImportedResources[0]
	read, err := e.server.ReadResource(e.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: "nanogit_file", CurrentState: one.State, CurrentIdentity: one.Identity, Private: one.Private,
	})
	if err != nil || len(read.Diagnostics) > 0 {
		e.t.Fatal(err, read.Diagnostics)
	}
	return e.text(e.schema, read.NewState), e.text(e.identity, read.NewIdentity.IdentityData), read
}

func TestAFileIsImportedByItsIdentity(t *testing.T) {
	t.Parallel()
	for _, f := range []gitobj.Format{gitobj.SHA1, gitobj.SHA256} {
		repo := newRepoOf(t, f)
		repo.SeedText(t, map[string]string{"docs/a.md": "hello\n"})
		for name, identity := range map[string]map[string]any{
			"the path alone": {"path": "docs/a.md"},
			"all of it":      {"path": "docs/a.md", "branch": "main", "repository": repo.URL()},
		} {
			t.Run(name+", "+f.String(), func(t *testing.T) {
				t.Parallel()
				state, id, _ := connect(t, repo).importFile(identity)
				if blob := gitobj.Hash(f, gitobj.KindBlob, []byte("hello\n")).String(); state["blob_id"] != blob || state["content"] != "hello\n" || state["id"] != "main:docs/a.md" {
					t.Errorf("state %v", state)
				}
				if id["path"] != "docs/a.md" || id["branch"] != "main" || id["repository"] != repo.URL() || len(id) != 3 {
					t.Errorf("identity %v", id)
				}
			})
		}
	}
}

// A file is imported by its identity; plan and apply of a rename give the identity the new path.
func TestTheIdentityFollowsARename(t *testing.T) {
	t.Parallel()
	repo := newRepo(t)
	repo.SeedText(t, map[string]string{"a.md": "hello\n"})
	e := connect(t, repo)
	state, _, read := e.importFile(map[string]any{"path": "a.md"})
	config := e.value(e.schema, map[string]any{"path": "b.md", "content": "hello\n"})
	proposed := map[string]any{"path": "b.md", "overwrite_on_create": false, "allow_lfs_overwrite": false, "seed_only": false, "size": int64(6)}
	for name, v := range state {
		if _, ok := proposed[name]; !ok {
			proposed[name] = v
		}
	}
	plan, err := e.server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: "nanogit_file", PriorState: read.NewState, ProposedNewState: e.value(e.schema, proposed), Config: config,
		PriorPrivate: read.Private, PriorIdentity: read.NewIdentity,
	})
	if err != nil || len(plan.Diagnostics) > 0 || len(plan.RequiresReplace) > 0 {
		t.Fatal(err, plan.Diagnostics, plan.RequiresReplace)
	}
	if id := e.text(e.identity, plan.PlannedIdentity.IdentityData); id["path"] != "b.md" {
		t.Errorf("the planned identity is %v", id)
	}
	applied, err := e.server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: "nanogit_file", PriorState: read.NewState, PlannedState: plan.PlannedState, Config: config,
		PlannedPrivate: plan.PlannedPrivate, PlannedIdentity: plan.PlannedIdentity,
	})
	if err != nil || len(applied.Diagnostics) > 0 {
		t.Fatal(err, applied.Diagnostics)
	}
	if id := e.text(e.identity, applied.NewIdentity.IdentityData); id["path"] != "b.md" || id["branch"] != "main" {
		t.Errorf("the identity is %v", id)
	}
	if files := repo.Tree(t, "main"); files["b.md"].ID != helloBlob || len(files) != 2 {
		t.Errorf("the branch has %v", files)
	}
}
