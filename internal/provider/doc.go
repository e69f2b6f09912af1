// Package provider is the provider block: what it means, and what resources get of it.
//
//	provider "nanogit" { … }     environment
//	            │                     │
//	            └────────► settings ◄─┘        values checked, defaults filled in (settings.go, auth.go, cache.go)
//	                          │
//	                     repositories          one gitremote.Remote and one gitwriter.Repo per URL, one connection
//	                          │                pool and one object cache for all
//	                          ▼
//	                  resources.Session
package provider
