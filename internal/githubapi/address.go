package githubapi

import (
	"net/url"
	"strings"
)

// URL returns the address of a GitHub host's API: for github.com, for data residency (*.ghe.com)
// and for GitHub Enterprise Server.
func URL(repository *url.URL) string {
	host := strings.ToLower(repository.Host)
	name := strings.ToLower(repository.Hostname())
	switch {
	case name == "github.com" || name == "www.github.com":
		return "https://api.github.com"
	case strings.HasSuffix(name, ".ghe.com"):
		return "https://api." + host
	}
	return repository.Scheme + "://" + host + "/api/v3"
}

// Repository finds the name of a repository in the API, OWNER/NAME, in the escaped path of its
// address. The owner is in lower case: its case does not count.
func Repository(path string) (owner, repository string, ok bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 2 {
		return "", "", false
	}
	owner, name := parts[len(parts)-2], strings.TrimSuffix(parts[len(parts)-1], ".git")
	return strings.ToLower(owner), owner + "/" + name, owner != "" && name != ""
}
