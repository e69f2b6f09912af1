package foreign

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
)

// Repository is a repository, as far as a foreign state tells which it is. It has no credentials.
// It is kept in private state, as JSON.
type Repository struct {
	Type string `json:"type"`           // of the foreign resource
	Host string `json:"host,omitempty"` // as messages name it; "" where any host is possible
	// URL is the canonical address; else Path is the end of its path, without .git: "name",
	// "owner/name", "group/sub/name".
	URL  string `json:"url,omitempty"`
	Path string `json:"path,omitempty"`
	// ID is a number or UUID of the host's, where there is neither.
	ID string `json:"id,omitempty"`
}

// Matches reports whether the address may be that of the repository. The name decides, with the
// owner where the state has it: hosts do not tell the cases of letters apart. A repository that is
// known by its ID alone, or not at all, matches any address.
func (r Repository) Matches(address string) bool {
	switch {
	case r.URL != "":
		return giturl.Key(r.URL) == giturl.Key(address)
	case r.Path == "":
		return true
	}
	a, err := giturl.Read(address)
	if err != nil {
		return false
	}
	p := a.Parts()
	whole, end := strings.ToLower("/"+p.Owner+"/"+p.Name), strings.ToLower("/"+r.Path)
	return strings.HasSuffix(whole, end)
}

// String is the repository as messages name it.
func (r Repository) String() string {
	at := ""
	if r.Host != "" {
		at = " on " + r.Host
	}
	switch {
	case r.URL != "":
		return r.URL
	case r.Path != "":
		return strconv.Quote(r.Path) + at
	case r.ID != "":
		return "the repository with the id " + r.ID + at
	}
	return "a repository that the provider's configuration names"
}

// named sets the name of a repository, which a host may have instead as a number. GitLab takes the
// path of a project in the form of a URL, too: group%2Fproject.
func (r *Repository) named(owner, name string) {
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	name = strings.TrimSuffix(strings.Trim(name, "/"), ".git")
	if _, err := strconv.ParseUint(name, 10, 64); err == nil && owner == "" && r.Host == "GitLab" {
		r.ID = name
		return
	}
	r.Path = strings.TrimPrefix(strings.Trim(owner, "/")+"/"+name, "/")
}
