package provider

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"net/url"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitcred"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// repositories holds the remotes and writers of a configured provider: one of each per URL, over a
// shared pool of connections and a shared object cache. It is safe for concurrent use.
type repositories struct {
	settings  settings
	userAgent string
	pool      *gitremote.Pool
	cache     *cache

	// yields is gitwriter.Options.Yields for any of the repositories.
	yields func(repository, branch string, have gitread.Entry) bool

	mu   sync.Mutex // guards the fields below
	open map[string]*opened
}

type opened struct {
	remote *gitremote.Remote
	repo   *gitqueue.Repo
	err    error
}

func newRepositories(ctx context.Context, s settings, version string) (*repositories, error) {
	cache, err := cacheTypes.open(ctx, s.cache)
	if err != nil {
		return nil, err
	}
	return &repositories{
		settings:  s,
		userAgent: gitremote.DefaultUserAgent + " nanogit/" + version,
		pool:      gitremote.NewPool(),
		cache:     cache,
		open:      make(map[string]*opened),
	}, nil
}

// get returns the writer of a repository, opening it when it is asked for the first time. Nothing
// is sent.
func (r *repositories) get(ctx context.Context, raw string) (*gitqueue.Repo, error) {
	key := giturl.Canonical(raw)
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.open[key]
	if o == nil {
		o = new(opened)
		o.remote, o.repo, o.err = r.connect(ctx, key)
		r.open[key] = o
	}
	return o.repo, o.err
}

func (r *repositories) connect(ctx context.Context, key string) (*gitremote.Remote, *gitqueue.Repo, error) {
	a, err := giturl.Read(key)
	if err != nil {
		return nil, nil, err
	}
	u := a.Origin()
	found := r.settings.access.find(u)
	auth, err := r.auth(u, found)
	if err != nil {
		return nil, nil, err
	}
	remote, err := gitremote.Open(gitremote.Options{
		URL: key, Auth: auth, TLS: found.tls, SSH: r.settings.access.ssh(u), Limits: r.settings.remote, Pool: r.pool,
		AllowInsecureHTTP: r.settings.allowInsecureHTTP, UserAgent: r.userAgent, Logf: debugf,
	})
	if err != nil {
		return nil, nil, err
	}
	reading := r.settings.reader
	reading.Logf = debugf
	writing := r.settings.writer
	writing.Yields = func(branch string, have gitread.Entry) bool {
		return r.yields != nil && r.yields(key, branch, have)
	}
	if r.settings.signing.byHost() {
		if writing.Host, err = r.host(a, auth, found); err != nil {
			return nil, nil, errors.Join(err, remote.Close())
		}
	}
	reader := gitread.Open(objstore.NewContext(ctx, r.cache.store), gitread.Remote{Refs: remote, Packs: remote, Server: remote}, reading)
	writer, err := gitwriter.Open(reader, remote, writing)
	if err != nil {
		return nil, nil, errors.Join(err, remote.Close())
	}
	return remote, gitqueue.Open(writer, r.settings.queue), nil
}

// auth returns the credentials for requests to a repository: the configured ones, or else a finder
// of credentials.
func (r *repositories) auth(u *url.URL, found access) (gitremote.Auth, error) {
	if _, ok := found.auth.(*gitcred.CodeCommit); ok {
		return found.auth, nil // it knows its source, and how to follow a refusal
	}
	switch app, ok := found.auth.(*gitcred.App); {
	case ok:
		t, err := r.pool.Transport(found.tls) // its API is trusted as the repository's host is
		if err != nil {
			return nil, fmt.Errorf("%w: %w", gitremote.ErrTLS, err)
		}
		app.Use(t)
		return app, nil
	case found.auth == nil && r.settings.finder != nil && (u.Scheme == "https" || u.Scheme == "http"):
		return r.settings.finder.For(u, found.user).WithUnused(found.unused, found.missing), nil
	case found.auth != nil && found.source != "":
		return sourced{Auth: found.auth, source: found.source}, nil
	}
	return found.auth, nil
}

// debugf writes a line to Terraform's log (TF_LOG=DEBUG).
func debugf(ctx context.Context, format string, args ...any) {
	tflog.Debug(ctx, fmt.Sprintf(format, args...))
}

// flush pushes the removals that were reported done and still wait for a commit: no commit will
// come any more.
func (r *repositories) flush(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := slices.Sorted(maps.Keys(r.open))
	errs := make([]error, len(keys)) // by repository; all are reported
	var wg sync.WaitGroup
	for i, key := range keys {
		o := r.open[key]
		if o.repo == nil {
			continue
		}
		wg.Go(func() { // concurrently: each has all of the time that is left
			n, err := o.repo.FlushStaged(ctx)
			if n > 0 {
				log.Printf("[INFO] %s: pushed %d changes that no nanogit_commit took", key, n)
			}
			if err != nil {
				errs[i] = fmt.Errorf("%s: %w", key, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// close gives everything back. It may be called twice.
func (r *repositories) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, o := range r.open {
		if o.repo != nil {
			errs = append(errs, o.repo.Close(), o.remote.Close())
		}
	}
	clear(r.open)
	return errors.Join(append(errs, r.cache.close(), r.pool.Close())...)
}
