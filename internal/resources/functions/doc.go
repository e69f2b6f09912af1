// Package functions holds the functions of the provider. They are pure: they need neither a
// configured provider nor a network, and the same arguments give the same result.
//
//	provider::nanogit::blob_id("hello\n")  ──► gitobj.Hash      ──► "ce013625…"
//	provider::nanogit::parse_url("git@…")  ──► giturl.Read      ──► { scheme, host, owner, name }
//	provider::nanogit::glob("**/*.md", […]) ─► filecontent globs ──► the paths that match
//
// An error is about the argument at fault. No error quotes a text that may hold a password.
package functions

import "github.com/hashicorp/terraform-plugin-framework/function"

// All lists the functions of the provider.
func All() []func() function.Function {
	return []func() function.Function{NewBlobID, NewBlobIDBase64, NewParseURL, NewGlob}
}
