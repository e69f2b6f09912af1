// Package acctest runs a real terraform (or tofu) against a real Git server.
//
//	           ┌─ Factories: the provider in the test's own process (terraform-plugin-testing)
//	test ──────┤
//	           └─ Workspace: the built binary, started by the CLI (dev_overrides) ──► gittest.Server
//
// Neither needs a registry. A test fails, and does not skip, when there is no terraform and no
// tofu.
package acctest
