package giturl

import (
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// Key is one form for the spellings of a repository's address that hosts take for the same: with
// and without .git, over HTTPS and over SSH, with whichever user, in whichever case of the host's
// name. Two addresses of one key may still lead to two repositories, on a server that tells them
// apart; a directory of this machine has no spellings.
func Key(raw string) string {
	if filepath.IsAbs(raw) {
		return "file:" + filepath.ToSlash(filepath.Clean(raw))
	}
	if a, ok, err := ParseSSH(raw); ok && err == nil {
		host := strings.ToLower(a.Host)
		if a.Port != "" && a.Port != "22" {
			host += ":" + a.Port
		}
		return host + "/" + repositoryPath(a.Path)
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Scheme == "":
		return raw
	case strings.EqualFold(u.Scheme, "file"):
		return "file:" + path.Clean(u.Path)
	}
	host := strings.ToLower(u.Hostname())
	if port := u.Port(); port != "" && port != map[string]string{"https": "443", "http": "80"}[strings.ToLower(u.Scheme)] {
		host += ":" + port
	}
	return host + "/" + repositoryPath(u.Path)
}

func repositoryPath(p string) string {
	return strings.TrimSuffix(strings.Trim(path.Clean("/"+p), "/"), ".git")
}
