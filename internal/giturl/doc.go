// Package giturl reads the addresses of repositories on servers that are reached over SSH, in the
// two forms that git takes (git-clone(1), "GIT URLS"), and writes each of them in one form.
//
//	ssh://git@example.com:22/srv/r.git ─┐                                     ┌─► String: one form for state, maps, messages
//	git@example.com:org/r.git ──────────┼─► SSH{User, Host, Port, Path} ──────┼─► Origin: scheme, host and port, for credentials
//	[git@example.com:2222]:org/r.git ───┘                                     └─► Path: what git-upload-pack is started with
package giturl
