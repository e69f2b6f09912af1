package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// list lists resources as `terraform query` does. It returns the results until an error.
func (e *engine) list(kind string, config map[string]any, limit int64, resource bool) (results []tfprotov6.ListResourceResult, diags []*tfprotov6.Diagnostic) {
	e.t.Helper()
	server := e.server.(tfprotov6.ListResourceServer)
	block := e.object(e.schemas.ListResourceSchemas[kind].ValueType(), config)
	valid, err := server.ValidateListResourceConfig(e.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{TypeName: kind, Config: block})
	if err != nil {
		e.t.Fatal(err)
	}
	if len(valid.Diagnostics) > 0 {
		return nil, valid.Diagnostics
	}
	stream, err := server.ListResource(e.t.Context(), &tfprotov6.ListResourceRequest{TypeName: kind, Config: block, Limit: limit, IncludeResource: resource})
	if err != nil {
		e.t.Fatal(err)
	}
	for r := range stream.Results {
		diags = append(diags, r.Diagnostics...)
		if r.Identity != nil {
			results = append(results, r)
		}
	}
	return results, diags
}

// named lists resources, without any diagnostic, and returns their names.
func (e *engine) named(kind string, config map[string]any, limit int64) (names []string) {
	e.t.Helper()
	results, diags := e.list(kind, config, limit, false)
	e.ok(nil, diags)
	for _, r := range results {
		if r.Resource != nil {
			e.t.Errorf("%s comes with its resource, which nobody asked for", r.DisplayName)
		}
		names = append(names, r.DisplayName)
	}
	return names
}

// listed has files of each kind, branches and tags.
func listed(t *testing.T, o gittest.RepoOptions) *gittest.Repo {
	t.Helper()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", o)
	repo.Seed(t, map[string]gittest.File{
		"docs/a.md": {Content: "hello\n"}, "docs/run.sh": {Content: "#!/bin/sh\n", Mode: "100755"}, "docs/link": {Content: "a.md", Mode: "120000"},
		"docs/empty": {Content: ""}, "docs/bytes": {Content: "\xff\x00\x01"}, "src/b.go": {Content: "b"},
	})
	repo.Git(t, "branch", "release/1.x", "main")
	repo.Git(t, "branch", "topic", "main")
	repo.Git(t, "tag", "light", "main")
	repo.Git(t, "-c", "user.name=Some One", "-c", "user.email=one@example.com", "tag", "-a", "-m", "Release\n\nThe first.", "v1.0", "main")
	repo.Git(t, "-c", "user.name=Some One", "-c", "user.email=one@example.com", "tag", "-a", "-m", "of a tag", "nested", "v1.0")
	return repo
}

func TestAListHasTheResourcesThatTheBlockChooses(t *testing.T) {
	t.Parallel()
	e := connect(t, listed(t, gittest.RepoOptions{}))
	for _, c := range []struct {
		kind   string
		config map[string]any
		limit  int64
		want   []string
	}{
		{"nanogit_file", nil, 0, []string{"README.md", "docs/a.md", "docs/bytes", "docs/empty", "docs/link", "docs/run.sh", "src/b.go"}},
		{"nanogit_file", map[string]any{"prefix": "docs"}, 2, []string{"docs/a.md", "docs/bytes"}},
		{"nanogit_file", map[string]any{"prefix": "docs", "include": []string{"*.md", "*.sh"}, "exclude": []string{"a*"}, "ref": "topic"}, 100, []string{"docs/run.sh"}},
		{"nanogit_file", map[string]any{"include": []string{"**/b.go"}, "ref": "refs/heads/release/1.x"}, 0, []string{"src/b.go"}},
		{"nanogit_file", map[string]any{"prefix": "nothing"}, 0, nil},
		{"nanogit_branch", nil, 0, []string{"main", "release/1.x", "topic"}},
		{"nanogit_branch", nil, 1, []string{"main"}},
		{"nanogit_branch", map[string]any{"include": []string{"release/*"}}, 0, []string{"release/1.x"}},
		{"nanogit_tag", nil, 0, []string{"light", "nested", "v1.0"}},
		{"nanogit_tag", map[string]any{"exclude": []string{"v*"}}, 0, []string{"light", "nested"}},
	} {
		if got := e.named(c.kind, c.config, c.limit); !slices.Equal(got, c.want) {
			t.Errorf("%s %v, limit %d: %q, want %q", c.kind, c.config, c.limit, got, c.want)
		}
	}
}

// Each listed resource is the one that an import by its identity gives, and the configuration that
// is generated from it is valid with a clean plan.
func TestAListedResourceIsTheImportedOne(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			connect(t, listed(t, gittest.RepoOptions{Format: format})).listsAsImported()
		})
	}
}

func (e *engine) listsAsImported() {
	t := e.t
	t.Helper()
	for kind, want := range map[string]int{"nanogit_file": 7, "nanogit_branch": 3, "nanogit_tag": 3} {
		results, diags := e.list(kind, nil, 0, true)
		e.ok(nil, diags)
		if len(results) != want {
			t.Errorf("%d of %s, want %d", len(results), kind, want)
		}
		for _, r := range results {
			imported, err := e.server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: kind, Identity: r.Identity})
			e.ok(err, imported.Diagnostics)
			one := imported.ImportedResources[0]
			read, err := e.server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
				TypeName: kind, CurrentState: one.State, CurrentIdentity: one.Identity, Private: one.Private,
			})
			e.ok(err, read.Diagnostics)
			of := e.schema(kind)
			want, got := e.attributes(of, read.NewState), e.attributes(of, r.Resource)
			for name := range want {
				if !want[name].Equal(got[name]) {
					t.Errorf("%s %s: %s is listed as %s, and imported as %s", kind, r.DisplayName, name, got[name], want[name])
				}
			}
			identity := e.identity(kind)
			if id, other := e.texts(identity, r.Identity.IdentityData), e.texts(identity, read.NewIdentity.IdentityData); fmt.Sprint(id) != fmt.Sprint(other) {
				t.Errorf("%s %s: identity %v, and imported %v", kind, r.DisplayName, id, other)
			}
			e.clean(kind, read)
		}
	}
}

// Files come as the engine takes them, with contents in shared requests.
func TestAListOfManyFilesTakesFewRequests(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	files := map[string]string{}
	for i := range 300 {
		files[fmt.Sprintf("many/%03d.txt", i)] = fmt.Sprint(i)
	}
	repo.SeedText(t, files)
	e := connect(t, repo)
	before := server.Stats().Requests
	results, diags := e.list("nanogit_file", map[string]any{"prefix": "many"}, 0, true)
	e.ok(nil, diags)
	if n := server.Stats().Requests - before; len(results) != 300 || n > 12 {
		t.Errorf("%d files, %d requests", len(results), n)
	}
	of := e.schema("nanogit_file")
	for i, r := range results {
		if got := e.texts(of, r.Resource); got["content"] != fmt.Sprint(i) || got["path"] != fmt.Sprintf("many/%03d.txt", i) {
			t.Fatalf("file %d is %v", i, got)
		}
	}
	stream, err := e.server.(tfprotov6.ListResourceServer).ListResource(t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: "nanogit_file", Config: e.object(e.schemas.ListResourceSchemas["nanogit_file"].ValueType(), nil), IncludeResource: true,
	})
	e.ok(err, nil)
	for range stream.Results {
		break // an engine that has enough
	}
}

func TestAListSaysWhyThereIsNone(t *testing.T) {
	t.Parallel()
	e := connect(t, listed(t, gittest.RepoOptions{}))
	for _, c := range []struct {
		kind   string
		config map[string]any
		want   string
	}{
		{"nanogit_file", map[string]any{"ref": "gone"}, `Branch "gone" does not exist`},
		{"nanogit_file", map[string]any{"ref": "refs/tags/v1.0"}, "full ref"},
		{"nanogit_file", map[string]any{"include": []string{"[a"}}, "malformed"},
		{"nanogit_tag", map[string]any{"repository": "nonsense"}, "not the URL of a repository"},
	} {
		results, diags := e.list(c.kind, c.config, 0, true)
		if len(results) > 0 || len(diags) != 1 || !strings.Contains(diags[0].Summary+diags[0].Detail, c.want) {
			t.Errorf("%s %v: %d results and %d diagnostics, want %q", c.kind, c.config, len(results), len(diags), c.want)
			for _, d := range diags {
				t.Log(d.Summary, d.Detail)
			}
		}
	}
}

// A tag of a file cannot be managed, and neither can a file whose name is not composed Unicode.
func TestAListWarnsOfWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	repo := listed(t, gittest.RepoOptions{})
	repo.Git(t, "tag", "blob", "main:docs/a.md")
	repo.SeedText(t, map[string]string{"e\u0301.md": "x"})
	e := connect(t, repo)
	for kind, want := range map[string]int{"nanogit_file": 7, "nanogit_tag": 3} {
		results, diags := e.list(kind, nil, 0, true)
		if len(results) != want || len(diags) != 1 || diags[0].Severity != tfprotov6.DiagnosticSeverityWarning || !strings.Contains(diags[0].Summary, "left out") {
			t.Errorf("%s: %d results, want %d, diagnostics %v", kind, len(results), want, diags)
		}
	}
}

// Engines before 1.14 ask for schemas and metadata, and for nothing of lists.
func TestEachListedTypeIsAResourceWithIdentity(t *testing.T) {
	t.Parallel()
	e := connect(t, listed(t, gittest.RepoOptions{}))
	e.ok(nil, e.schemas.Diagnostics)
	for kind := range e.schemas.ListResourceSchemas {
		if _, ok := e.identities.IdentitySchemas[kind]; !ok {
			t.Errorf("%s has no identity", kind)
		}
		if _, ok := e.schema(kind).(tftypes.Object); !ok {
			t.Errorf("%s is no resource", kind)
		}
	}
	if n := len(e.schemas.ListResourceSchemas); n != 3 {
		t.Errorf("%d list resources", n)
	}
}
