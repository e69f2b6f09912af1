// Package provider implements the provider block. It checks the settings, and makes from them the
// session that resources use.
//
//	provider "nanogit" { … }     environment
//	            │                     │
//	            └────────► settings ◄─┘        values checked, defaults filled in (settings.go, auth.go, cache.go)
//	                          │
//	                     repositories          one gitremote.Remote and one gitqueue.Repo per URL, one connection
//	                          │                pool and one object cache for all
//	                          ▼
//	                  session.Session
package provider
