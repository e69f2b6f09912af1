package gitcred

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/sync/singleflight"

	"github.com/nanogit/terraform-provider-nanogit/internal/githubapi"
)

// installation is an installation of an App: in the account that owns some repositories.
type installation struct {
	app     *App
	minting singleflight.Group

	// Guarded by app.mu.
	id    string // empty until it is known
	token token
	once  bool // a token was refused, and none was accepted since
}

// errNoRepository: the App's installation is that of a repository, which the URL does not tell.
var errNoRepository = errors.New("the URL is not that of a repository at GitHub, https://HOST/OWNER/NAME: set installation_id")

// installation returns the installation of the repository that a Git request is for, and the
// repository as OWNER/NAME, by which the API can be asked for it; empty for a configured number.
func (a *App) installation(r *http.Request) (i *installation, repository string, err error) {
	owner := ""
	if a.options.InstallationID == "" {
		var ok bool
		if owner, repository, ok = githubapi.Repository(repositoryPath(r.URL)); !ok {
			return nil, "", fmt.Errorf("GitHub App %s: %w", a.options.AppID, errNoRepository)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if i = a.installations[owner]; i == nil {
		i = &installation{app: a, id: a.options.InstallationID}
		a.installations[owner] = i
	}
	return i, repository, nil
}

// services are the ends of the URLs of Git requests (gitprotocol-http).
var services = []string{"/info/refs", "/git-upload-pack", "/git-receive-pack"}

// repositoryPath is the path of the repository that a Git request is for.
func repositoryPath(u *url.URL) string {
	path := u.EscapedPath()
	for _, s := range services {
		path = strings.TrimSuffix(path, s)
	}
	return path
}

// name is the installation in messages.
func (i *installation) name(repository string) string {
	if repository == "" {
		return fmt.Sprintf("GitHub App %s, installation %s", i.app.options.AppID, i.app.options.InstallationID)
	}
	return fmt.Sprintf("GitHub App %s, installation for %s", i.app.options.AppID, repository)
}

// current returns a token that is valid for a while. Concurrent callers wait for the same minting.
func (i *installation) current(ctx context.Context, repository string) (string, error) {
	a := i.app
	a.mu.Lock()
	t, minting := i.token, ""
	if i.id == "" {
		minting = repository // the App may be installed for another repository of the owner, and not for this
	}
	a.mu.Unlock()
	if t.value != "" && a.now().Add(renewBefore).Before(t.expires) {
		return t.value, nil
	}
	c := i.minting.DoChan(minting, func() (any, error) {
		// A waiting caller may give up: the token is for all callers.
		ctx, cancel := context.WithTimeout(context.Background(), mintLimit)
		defer cancel()
		t, err := i.mint(ctx, repository)
		if err != nil {
			return "", fmt.Errorf("%s: %w", i.name(repository), err)
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		i.token = t
		a.secrets = append(a.secrets, t.value, strings.TrimPrefix(appHeader(t.value), "Basic "))
		return t.value, nil
	})
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case r := <-c:
		if r.Err != nil {
			return "", r.Err
		}
		return r.Val.(string), nil //nolint:forcetypeassert // the function above returns nothing else
	}
}

// number returns the installation's number. If need be, it asks the API for it.
func (i *installation) number(ctx context.Context, repository string) (string, answer, error) {
	i.app.mu.Lock()
	id := i.id
	i.app.mu.Unlock()
	if id != "" {
		return id, answer{}, nil
	}
	got, err := i.app.ask(ctx, http.MethodGet, "/repos/"+repository+"/installation", http.StatusOK)
	if err != nil {
		if api, ok := errors.AsType[*githubapi.Refusal](err); ok && api.Status == http.StatusNotFound && api.Message != "" && !noApp(api) {
			api.Hint = fmt.Sprintf("the App is not installed for %s, or there is no such repository: install the App in the account, with access to the repository, or set installation_id", repository)
		}
		return "", got, err
	}
	var found struct {
		ID int64 `json:"id"`
	}
	if json.Unmarshal(got.body, &found) != nil || found.ID <= 0 {
		return "", got, errAnswer
	}
	id = strconv.FormatInt(found.ID, 10)
	i.set(id)
	return id, got, nil
}

// set sets the installation's number. With an empty one the API is asked for it again.
func (i *installation) set(id string) {
	i.app.mu.Lock()
	defer i.app.mu.Unlock()
	i.id = id
}
