package provider

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitcred"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/functions"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/listing"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/promote"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/reading"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// Provider is the provider nanogit. It may be configured several times, by a test or by aliases
// that share a process; Close releases the resources of those sessions.
type Provider struct {
	version string
	getenv  func(string) string
	environ func() []string // the environment of git processes
	run     intent.Run

	mu       sync.Mutex // guards the fields below
	sessions []*repositories
}

var (
	_ provider.ProviderWithEphemeralResources = (*Provider)(nil)
	_ provider.ProviderWithFunctions          = (*Provider)(nil)
	_ provider.ProviderWithListResources      = (*Provider)(nil)
	_ provider.ProviderWithActions            = (*Provider)(nil)
)

// New returns the provider. version goes to Terraform and to servers; it is "dev" for a build that
// is no release.
func New(version string) *Provider {
	return &Provider{version: version, getenv: os.Getenv, environ: os.Environ}
}

// Join makes the provider part of a run with other providers. It is called before Configure.
func (p *Provider) Join(r intent.Run) { p.run = r }

// Metadata names the provider.
func (p *Provider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "nanogit", p.version
}

// Resources lists the resources of the provider.
func (p *Provider) Resources(context.Context) []func() resource.Resource {
	file := func() resource.Resource { return resources.NewFile(p.run.Records) }
	files := func() resource.Resource { return resources.NewFiles(p.run.Records) }
	return []func() resource.Resource{file, files, resources.NewCommit, resources.NewBranch, resources.NewTag}
}

// DataSources lists the data sources of the provider.
func (p *Provider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{reading.NewCommit, reading.NewCommits, reading.NewDiff, reading.NewFile, reading.NewFiles, reading.NewRefs, reading.NewRepository, reading.NewTree}
}

// EphemeralResources lists the ephemeral resources of the provider.
func (p *Provider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{reading.NewEphemeralFile}
}

// Functions lists the functions of the provider.
func (p *Provider) Functions(context.Context) []func() function.Function { return functions.All() }

// ListResources lists the types that `terraform query` can list.
func (p *Provider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{listing.NewFile, listing.NewBranch, listing.NewTag}
}

// Actions lists the actions of the provider.
func (p *Provider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{promote.New}
}

// remoteAttributes are the attributes that a request to a remote depends on: while one of them is
// unknown, no request is made.
var remoteAttributes = []string{"url", "auth", "hosts", "tls", "allow_insecure_http", "create_branch_from"}

// Configure makes the session that all resources of this provider block share. Nothing is sent.
func (p *Provider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	s := readSettings(ctx, m, p.getenv, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	s.finder = &gitcred.Finder{Netrc: gitcred.NetrcPaths(p.getenv), Helper: &gitcred.Helper{Environ: p.environ}}
	repos, err := newRepositories(ctx, s, p.version)
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("object_cache"), "The object cache cannot be used", err.Error())
		return
	}
	p.mu.Lock()
	p.sessions = append(p.sessions, repos)
	p.mu.Unlock()
	partial := !allKnown(req.Config, remoteAttributes)
	if known(s.url) && !partial {
		if _, err := repos.get(ctx, s.url.ValueString()); err != nil {
			resp.Diagnostics.AddAttributeError(attributeOf(err), "The repository cannot be used", err.Error())
			return
		}
	}
	p.run.Records.Load()
	configured := &session.Session{
		URL: s.url, Branch: s.branch,
		Partial:       partial,
		Overwrite:     s.overwrite,
		Explicit:      s.explicit,
		Meta:          s.queue.Meta,
		Stated:        s.stated,
		Signs:         s.signing.byKey(),
		HostSigns:     s.signing.byHost(),
		MaxObjectSize: s.reader.MaxObjectSize,
		WriteOnly:     knowsWriteOnly(req.TerraformVersion),
		Repository:    repos.get,
		Warnings:      func() diag.Diagnostics { return append(repos.cache.warnings(), s.signing.warnings()...) },
		Intents:       intent.New(p.run),
		Records:       p.run.Records,
	}
	repos.yields = configured.HasPut
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData = configured, configured, configured
	resp.ListResourceData, resp.ActionData = configured, configured
}

// knowsWriteOnly reports whether an engine of this version knows write-only attributes: Terraform
// and OpenTofu do from 1.11 on.
func knowsWriteOnly(version string) bool {
	var major, minor int
	n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor) // another format: an unknown engine
	return n < 2 || major > 1 || major == 1 && minor >= 11
}

// attributeOf returns the attribute of the provider block that is to blame if a repository cannot
// be opened.
func attributeOf(err error) path.Path {
	if errors.Is(err, gitremote.ErrTLS) {
		return path.Root("tls")
	}
	return path.Root("url")
}

// flushLimit is how long Close waits for the last push: a plugin is killed about two seconds after
// its last call.
const flushLimit = 1500 * time.Millisecond

// AbandonLimit is the time that Abandon waits for pushes: no engine is left that would end the
// process sooner.
const AbandonLimit = time.Minute

// Abandon is Close for a provider whose engine was killed: it gives pushes that are under way more
// time, and keeps their changes. It returns the exit code of the process.
func (p *Provider) Abandon() int {
	if err := p.close(AbandonLimit); err != nil {
		log.Print(err)
		return 1
	}
	return 0
}

// Close pushes the removals that were reported done and that no nanogit_commit took, drops other
// staged changes, and closes the connections of every session. It may be called twice.
func (p *Provider) Close() error { return p.close(flushLimit) }

func (p *Provider) close(limit time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for _, s := range p.sessions {
		errs = append(errs, s.flush(ctx))
	}
	// Before the connections, which may take their time: a process that is killed meanwhile must
	// not leave a file behind.
	errs = append(errs, p.run.Records.Close())
	for _, s := range p.sessions {
		s.cache.drain(ctx)
		errs = append(errs, s.close())
	}
	p.sessions = nil
	return errors.Join(errs...)
}

// allKnown reports whether these attributes have no unknown value in them.
func allKnown(config tfsdk.Config, names []string) bool {
	var attributes map[string]tftypes.Value
	if config.Raw.As(&attributes) != nil {
		return false
	}
	for _, name := range names {
		if v, ok := attributes[name]; ok && !v.IsFullyKnown() {
			return false
		}
	}
	return true
}
