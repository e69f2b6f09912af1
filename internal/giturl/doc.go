// Package giturl reads the addresses of repositories on servers and in directories of this machine:
// URLs, and the two forms of SSH addresses that git accepts (git-clone(1), "GIT URLS"). It writes
// each in its canonical form.
//
//	https://jo:secret@Example.com/r.git/ ─► Read ─► Address{URL, User} ─────────┐  ┌─► String: the canonical form for state, maps, messages
//	file:///srv/r.git, /srv/r.git ────────► Read ─► Address{Directory} ─────────┼──┤
//	ssh://git@example.com:22/srv/r.git ─┐                                       │  └─► Origin: scheme, host and port, for credentials
//	git@example.com:org/r.git ──────────┼─► Read ─► SSH{User, Host, Port, Path} ┘         (Path: the argument of git-upload-pack)
//	[git@example.com:2222]:org/r.git ───┘
package giturl
