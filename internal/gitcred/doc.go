// Package gitcred finds and makes credentials that no configuration holds as they are sent: entries
// of .netrc, what git's credential helpers keep, and the installation tokens of a GitHub App.
//
//	                ┌─ Found ── .netrc, with the first request
//	gitremote ──►   │      └─── git credential fill, once a server asked (401); approve, reject
//	Authorize,      │
//	Refused,        └─ App ──── private key ► JWT ► POST …/access_tokens ► token, for an hour, shared by all
//	Accepted
//
// gitremote knows these by the methods of its Renewer. Everything here is safe for concurrent use,
// and what could be secret prints as "[redacted]".
package gitcred
