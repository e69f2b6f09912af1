package resources_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// importRef imports a resource by identity and reads the imported state.
func importRef(t *testing.T, repo *gittest.Repo, kind string, identity map[string]any) (state, id map[string]string) {
	t.Helper()
	e := connect(t, repo)
	schemas, err := e.server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	identities, err := e.server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	e.schema = schemas.ResourceSchemas[kind].ValueType().(tftypes.Object)
	e.identity = identities.IdentitySchemas[kind].ValueType().(tftypes.Object)
	imported, err := e.server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: kind, Identity: &tfprotov6.ResourceIdentityData{IdentityData: e.value(e.identity, identity)},
	})
	if err != nil || len(imported.Diagnostics) > 0 {
		t.Fatal(err, imported.Diagnostics)
	}
	one := imported.ImportedResources[0]
	read, err := e.server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: kind, CurrentState: one.State, CurrentIdentity: one.Identity, Private: one.Private,
	})
	if err != nil || len(read.Diagnostics) > 0 {
		t.Fatal(err, read.Diagnostics)
	}
	return e.text(e.schema, read.NewState), e.text(e.identity, read.NewIdentity.IdentityData)
}

func TestABranchIsImportedByItsIdentity(t *testing.T) {
	t.Parallel()
	repo := newRepo(t)
	repo.Git(t, "branch", "release/1.x", "main")
	for name, identity := range map[string]map[string]any{
		"the name alone": {"branch": "release/1.x"},
		"all of it":      {"branch": "release/1.x", "repository": repo.URL()},
	} {
		state, id := importRef(t, repo, "nanogit_branch", identity)
		if state["commit_id"] != repo.Head(t) || state["name"] != "release/1.x" || state["id"] != "release/1.x" || state["on_destroy"] != "delete" {
			t.Errorf("%s: state %v", name, state)
		}
		if id["branch"] != "release/1.x" || id["repository"] != repo.URL() || len(id) != 2 {
			t.Errorf("%s: identity %v", name, id)
		}
	}
}

func TestFilesAreImportedByTheirIdentity(t *testing.T) {
	t.Parallel()
	repo := newRepo(t)
	repo.SeedText(t, map[string]string{"docs/a.md": "hello\n"})
	for name, c := range map[string]struct {
		identity map[string]any
		prefix   string
	}{
		"the prefix alone": {map[string]any{"prefix": "docs"}, "docs"},
		"all of it":        {map[string]any{"prefix": "docs", "branch": "main", "repository": repo.URL()}, "docs"},
		"the root":         {map[string]any{"prefix": ""}, ""},
	} {
		state, id := importRef(t, repo, "nanogit_files", c.identity)
		if state["prefix"] != c.prefix || state["id"] != "main:"+c.prefix || state["tree_id"] != repo.Git(t, "rev-parse", "main:"+c.prefix) {
			t.Errorf("%s: state %v", name, state)
		}
		if id["prefix"] != c.prefix || id["branch"] != "main" || id["repository"] != repo.URL() || len(id) != 3 {
			t.Errorf("%s: identity %v", name, id)
		}
	}
}

func TestACommitIsImportedByItsIdentity(t *testing.T) {
	t.Parallel()
	repo := newRepo(t)
	repo.SeedText(t, map[string]string{"a.md": "hello\n"})
	for name, identity := range map[string]map[string]any{
		"the branch alone": {"branch": "main"},
		"all of it":        {"branch": "main", "repository": repo.URL()},
	} {
		state, id := importRef(t, repo, "nanogit_commit", identity)
		if state["commit_id"] != repo.Head(t) || state["parent_id"] != repo.Git(t, "rev-parse", "main^") || state["tree_id"] != repo.Git(t, "rev-parse", "main^{tree}") {
			t.Errorf("%s: state %v", name, state)
		}
		if id["branch"] != "main" || id["repository"] != repo.URL() || len(id) != 2 {
			t.Errorf("%s: identity %v", name, id)
		}
	}
}

func TestATagIsImportedByItsIdentity(t *testing.T) {
	t.Parallel()
	repo := newRepo(t)
	repo.Git(t, "-c", "user.name=Some One", "-c", "user.email=one@example.com", "tag", "-a", "-m", "Release\n\nThe first.", "v1.0", "main")
	for name, identity := range map[string]map[string]any{
		"the name alone": {"tag": "v1.0"},
		"all of it":      {"tag": "v1.0", "repository": repo.URL()},
	} {
		state, id := importRef(t, repo, "nanogit_tag", identity)
		if state["object_id"] != repo.Git(t, "rev-parse", "v1.0") || state["commit_id"] != repo.Head(t) || state["target"] != repo.Head(t) ||
			state["message"] != "Release\n\nThe first." || state["id"] != "v1.0" {
			t.Errorf("%s: state %v", name, state)
		}
		if id["tag"] != "v1.0" || id["repository"] != repo.URL() || len(id) != 2 {
			t.Errorf("%s: identity %v", name, id)
		}
	}
}
