package resources_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// move asks for the state of a nanogit_file in place of a github_repository_file's.
func (e *engine) move(attributes map[string]any) *tfprotov6.MoveResourceStateResponse {
	e.t.Helper()
	state, err := json.Marshal(attributes)
	if err != nil {
		e.t.Fatal(err)
	}
	moved, err := e.server.MoveResourceState(e.t.Context(), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: "registry.terraform.io/integrations/github", SourceTypeName: "github_repository_file",
		SourceState: &tfprotov6.RawState{JSON: state}, SourcePrivate: []byte(`{"schema_version":"1"}`), TargetTypeName: "nanogit_file",
	})
	if err != nil || len(moved.Diagnostics) > 0 {
		e.t.Fatal(err, moved.Diagnostics)
	}
	return moved
}

// refresh reads a moved state.
func (e *engine) refresh(moved *tfprotov6.MoveResourceStateResponse) *tfprotov6.ReadResourceResponse {
	e.t.Helper()
	read, err := e.server.ReadResource(e.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: "nanogit_file", CurrentState: moved.TargetState, Private: moved.TargetPrivate, CurrentIdentity: moved.TargetIdentity,
	})
	if err != nil || len(read.Diagnostics) > 0 {
		e.t.Fatal(err, read.Diagnostics)
	}
	return read
}

// plan plans a configuration with a path and a content.
func (e *engine) plan(path, content string, prior *tfprotov6.DynamicValue, private []byte) *tfprotov6.PlanResourceChangeResponse {
	e.t.Helper()
	proposed := map[string]any{
		"path": path, "content": content, "mode": "100644", "line_endings": "as_is", "on_destroy": "delete",
		"overwrite_on_create": false, "allow_lfs_overwrite": false, "seed_only": false,
	}
	for name, v := range e.text(e.schema, prior) {
		if _, ok := proposed[name]; !ok {
			proposed[name] = v
		}
	}
	plan, err := e.server.PlanResourceChange(e.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: "nanogit_file", PriorState: prior, ProposedNewState: e.value(e.schema, proposed), PriorPrivate: private,
		Config: e.value(e.schema, map[string]any{"path": path, "content": content}),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return plan
}

// same reports whether a plan leaves the state as it is.
func (e *engine) same(a, b *tfprotov6.DynamicValue) bool {
	e.t.Helper()
	x, err := a.Unmarshal(e.schema)
	if err != nil {
		e.t.Fatal(err)
	}
	y, err := b.Unmarshal(e.schema)
	if err != nil {
		e.t.Fatal(err)
	}
	return x.Equal(y)
}

func TestTheIdentityOfAMovedFileIsKnownAfterItsRefresh(t *testing.T) {
	t.Parallel()
	for _, f := range []gitobj.Format{gitobj.SHA1, gitobj.SHA256} {
		repo := newRepoOf(t, f)
		repo.SeedText(t, map[string]string{"docs/a.md": "hello\n"})
		e := connect(t, repo)
		name := repo.URL()[strings.LastIndexByte(repo.URL(), '/')+1:]
		moved := e.move(map[string]any{"repository": strings.TrimSuffix(name, ".git"), "branch": nil, "file": "docs/a.md", "content": "hello\n"})
		before := e.text(e.schema, moved.TargetState)
		if before["path"] != "docs/a.md" || before["repository"] != "" || before["branch"] != "" || moved.TargetIdentity != nil {
			t.Errorf("%s: the moved state is %v", f, before)
		}
		read := e.refresh(moved)
		state, id := e.text(e.schema, read.NewState), e.text(e.identity, read.NewIdentity.IdentityData)
		if blob := gitobj.Hash(f, gitobj.KindBlob, []byte("hello\n")).String(); state["blob_id"] != blob || state["content"] != "hello\n" || state["branch"] != "main" {
			t.Errorf("%s: the state is %v", f, state)
		}
		if id["repository"] != repo.URL() || id["branch"] != "main" || id["path"] != "docs/a.md" {
			t.Errorf("%s: the identity is %v", f, id)
		}
		if strings.Contains(string(read.Private), "moved_from") {
			t.Errorf("%s: private state still has the origin", f)
		}
		plan := e.plan("docs/a.md", "hello\n", read.NewState, read.Private)
		if len(plan.Diagnostics) > 0 || !e.same(plan.PlannedState, read.NewState) {
			t.Errorf("%s: the plan changes something: %v", f, plan.Diagnostics)
		}
	}
}

// An engine that drops the private state of a move, as the first with moves between providers did,
// has lost the name of the repository: the move works all the same.
func TestAMoveWithoutItsPrivateStateTakesTheProvidersRepository(t *testing.T) {
	t.Parallel()
	repo := newRepo(t)
	repo.SeedText(t, map[string]string{"a.md": "hello\n"})
	e := connect(t, repo)
	moved := e.move(map[string]any{"repository": "whatever", "branch": "main", "file": "a.md", "content": "hello\n"})
	moved.TargetPrivate = []byte(`{"schema_version":"1"}`)
	if state := e.text(e.schema, e.refresh(moved).NewState); state["repository"] != repo.URL() || state["blob_id"] != helloBlob {
		t.Errorf("the state is %v", state)
	}
}

// Without a refresh the plan finds the repository, and looks at the branch.
func TestAMoveWithoutARefreshSeesTheBranch(t *testing.T) {
	t.Parallel()
	repo := newRepo(t)
	repo.SeedText(t, map[string]string{"a.md": "hello\n", "b.md": "edited\n"})
	e := connect(t, repo)
	for path, changes := range map[string]bool{"a.md": false, "b.md": true, "c.md": true} {
		moved := e.move(map[string]any{"repository": "r", "branch": "main", "file": path, "content": "hello\n"})
		plan := e.plan(path, "hello\n", moved.TargetState, moved.TargetPrivate)
		warned := len(plan.Diagnostics) == 1 && plan.Diagnostics[0].Summary == "The branch differs from the moved state"
		if warned != changes || len(plan.Diagnostics) > 1 || len(plan.RequiresReplace) > 0 {
			t.Fatalf("%s: %v %v", path, plan.Diagnostics, plan.RequiresReplace)
		}
		value, err := plan.PlannedState.Unmarshal(e.schema)
		if err != nil {
			t.Fatal(err)
		}
		var attributes map[string]tftypes.Value
		if err := value.As(&attributes); err != nil {
			t.Fatal(err)
		}
		if got := !attributes["commit_id"].IsKnown(); got != changes {
			t.Errorf("%s: the plan makes a commit: %t, want %t", path, got, changes)
		}
	}
}

func TestAThousandMovesNeedFewRequests(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "example/infrastructure.git", gittest.RepoOptions{})
	texts := make(map[string]string, 1000)
	for i := range 1000 {
		texts[fmt.Sprintf("deploy/%02d/values-%04d.yaml", i%40, i)] = fmt.Sprintf("replicas: %d\n", i)
	}
	head := repo.SeedText(t, texts)
	e := connect(t, repo)
	server.ResetStats()
	start := time.Now()
	moved := make(map[string]*tfprotov6.MoveResourceStateResponse, len(texts)) // one after the other, as Terraform does
	for path, content := range texts {
		moved[path] = e.move(map[string]any{"repository": "infrastructure", "branch": "main", "file": path, "content": content})
	}
	paths := make(chan string)
	var wg sync.WaitGroup
	for range 10 { // Terraform's parallelism
		wg.Go(func() {
			for path := range paths {
				read := e.refresh(moved[path])
				plan := e.plan(path, texts[path], read.NewState, read.Private)
				if len(plan.Diagnostics) > 0 || !e.same(plan.PlannedState, read.NewState) {
					t.Errorf("%s: the plan changes something: %v", path, plan.Diagnostics)
				}
			}
		})
	}
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		paths <- path
	}
	close(paths)
	wg.Wait()
	took := time.Since(start)
	requests := server.Stats().Requests
	t.Logf("moves, refreshes and plans of %d files took %v and %d requests", len(texts), took, requests)
	if requests > 4 {
		t.Errorf("%d requests, want at most 4", requests)
	}
	if now := repo.Head(t); now != head {
		t.Error("a commit was made")
	}
}
