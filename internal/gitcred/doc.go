// Package gitcred finds and makes credentials that no configuration holds in the form in which
// they are sent: entries of .netrc and of git's credential helpers, the installation tokens of a
// GitHub App, and signatures for AWS CodeCommit.
//
//	                ┌─ Found ── .netrc, with the first request
//	gitremote ──►   │      └─── git credential fill, once a server asked (401); approve, reject
//	Authorize,      │
//	Refused,        ├─ App ──── private key ► JWT ► POST …/access_tokens ► token, for an hour, shared by all
//	Accepted        └─ CodeCommit ── access key ► signature of each request
//
// httpwire uses them by the methods of its Renewer. Everything here is safe for concurrent use,
// and everything that could be secret prints as "[redacted]".
package gitcred
