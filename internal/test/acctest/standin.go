package acctest

import (
	"context"
	"log"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// pluginPrefix begins the names of the executables that engines take for providers.
const pluginPrefix = "terraform-provider-"

// standIns are the types of resources that play those of other providers: by the type part of the
// provider's address, the attributes of each. A stand-in has the names and kinds of the real
// attributes, takes every value from the configuration, and writes to no repository.
var standIns = map[string]map[string][]string{
	"github": {"github_repository_file": {"repository", "branch", "ref", "file", "content", "sha", "commit_sha", "commit_message", "commit_author", "commit_email", "overwrite_on_create?"}},
	"gitlab": {"gitlab_repository_file": {
		"project", "branch", "ref", "file_path", "content", "encoding", "blob_id", "commit_id", "commit_message", "author_name", "author_email", "execute_filemode?", "overwrite_on_create?",
	}},
	"azuredevops": {"azuredevops_git_repository_file": {"repository_id", "branch", "file", "content", "commit_message", "overwrite_on_create?"}},
	"bitbucket":   {"bitbucket_commit_file": {"workspace", "repo_slug", "branch", "filename", "content", "commit_author", "commit_message", "commit_sha"}},
	"gitea":       {"gitea_repository_file": {"username", "name", "branch", "file_path", "content", "encoding", "file_sha", "commit_message", "overwrite?"}},
	"git": {
		"git_file":            {"repository_url", "branch", "path", "content", "commit_message", "author_name", "author_email", "commit_sha", "blob_sha"},
		"git_repository_file": {"path", "content", "message", "author_name", "author_email", "override_on_create?"},
	},
	"gitlabcommits": {"gitlabcommits_files": {"project_id", "branch", "files*", "commit_message", "commit_sha", "adopt_existing?"}},
}

// StandIns makes the engine know stand-ins of other providers, by their addresses
// (namespace/type): the test binary itself, under the names of their executables.
func (w *Workspace) StandIns(t testing.TB, addresses ...string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dirs := map[string]string{"nanogit/nanogit": bin}
	w.sources = make(map[string]string)
	for _, address := range addresses {
		name, dir := path.Base(address), filepath.Join(filepath.Dir(w.Dir), "standin-"+path.Base(address))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(self, filepath.Join(dir, pluginPrefix+name)); err != nil {
			t.Fatal(err)
		}
		dirs[address], w.sources[name] = dir, address
	}
	override(t, filepath.Join(filepath.Dir(w.Dir), "cli.tfrc"), dirs)
}

// serveStandIn serves a stand-in until the engine ends it, and returns the exit code.
func serveStandIn(name string) int {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return standIn(name) },
		providerserver.ServeOpts{Address: "registry.terraform.io/stand-in/" + name})
	if err != nil {
		log.Print(err)
		return 1
	}
	return 0
}

// standIn is a provider without settings, by the type part of its address.
type standIn string

// Metadata names the provider.
func (p standIn) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = string(p)
}

// Schema describes the provider.
func (p standIn) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

// Configure does nothing.
func (p standIn) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

// DataSources are none.
func (p standIn) DataSources(context.Context) []func() datasource.DataSource { return nil }

// Resources are those of the table.
func (p standIn) Resources(context.Context) []func() resource.Resource {
	var makers []func() resource.Resource
	for name, attributes := range standIns[string(p)] {
		makers = append(makers, func() resource.Resource { return &played{name, attributes} })
	}
	return makers
}

// played is a resource whose state is its configuration.
type played struct {
	name       string
	attributes []string // "?" ends the name of a boolean, "*" that of a map of files
}

// Metadata names the resource.
func (r *played) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.name
}

// Schema describes the resource.
func (r *played) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema.Attributes = make(map[string]schema.Attribute)
	for _, name := range r.attributes {
		switch end := len(name) - 1; name[end] {
		case '?':
			resp.Schema.Attributes[name[:end]] = schema.BoolAttribute{Optional: true}
		case '*':
			resp.Schema.Attributes[name[:end]] = schema.MapNestedAttribute{Optional: true, NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"content": schema.StringAttribute{Optional: true}, "content_base64": schema.StringAttribute{Optional: true},
				"execute_filemode": schema.BoolAttribute{Optional: true}, "blob_id": schema.StringAttribute{Optional: true},
			}}}
		default:
			resp.Schema.Attributes[name] = schema.StringAttribute{Optional: true}
		}
	}
}

// Create keeps the configuration.
func (r *played) Create(_ context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
}

// Read finds everything as it was.
func (r *played) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Update keeps the configuration.
func (r *played) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

// Delete forgets.
func (r *played) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
