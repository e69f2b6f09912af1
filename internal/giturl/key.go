package giturl

import (
	"path"
	"path/filepath"
	"strings"
)

// Key returns the same text for all spellings of a repository's address that hosts take for the
// same: with and without .git, over HTTPS and over SSH, with any user, in any case of the host's
// name. Two addresses with the same key may still be different repositories, on a server that tells
// them apart; a directory of this machine has no spellings.
func Key(raw string) string {
	a, err := Read(raw)
	switch {
	case err != nil:
		return Unreadable
	case a.SSH != nil:
		host := a.SSH.Host
		if a.SSH.Port != "" && a.SSH.Port != "22" {
			host += ":" + a.SSH.Port
		}
		return host + "/" + repositoryPath(a.SSH.Path)
	case a.URL != nil:
		return a.URL.Host + "/" + repositoryPath(a.URL.Path)
	}
	return "file:" + filepath.ToSlash(a.Directory)
}

func repositoryPath(p string) string {
	return strings.TrimSuffix(strings.Trim(path.Clean("/"+p), "/"), ".git")
}
