// Package foreign reads the states of other providers' resources, for `moved` blocks from them.
//
//	the state of a github_repository_file, as JSON ──► Read ──► Resource{Repository, Branch, Files}
//	                                                    │
//	                                                    └── the table of attribute names (sources.go)
//
// It is pure: a move is made before any provider is configured, and knows neither a server nor a
// URL. Messages, authors and everything else that describes a commit are left behind.
package foreign
