package giturl

import (
	"path"
	"path/filepath"
	"strings"
)

// Parts are an address taken apart, in the words of hosts. None of them has credentials in it, and
// no user name.
type Parts struct {
	Scheme string // "https", "http", "ssh" (for user@host:path as well), "file"
	Host   string // host, or host:port where the port is not the scheme's own; "" for a directory
	Owner  string // the path before the name, without slashes at its ends: "org", "group/sub", "~"; perhaps ""
	Name   string // of the repository: the last part of the path, without .git
}

// Parts takes the address apart. The zero Address has no parts.
func (a Address) Parts() Parts {
	var p Parts
	var whole string
	switch {
	case a.URL != nil:
		p.Scheme, p.Host, whole = a.URL.Scheme, a.URL.Host, a.URL.Path
	case a.SSH != nil:
		server := *a.SSH
		if server.Port == "22" {
			server.Port = ""
		}
		p.Scheme, p.Host, whole = "ssh", server.hostPort(), server.Path
	case a.Directory != "":
		p.Scheme, whole = "file", filepath.ToSlash(a.Directory)
	default:
		return p
	}
	owner, name := path.Split(repositoryPath(whole))
	p.Owner, p.Name = strings.Trim(owner, "/"), name
	return p
}
