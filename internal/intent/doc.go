// Package intent is the notice board of one run: the resources of a configuration say there which
// paths they have, give up or take, so that others can know before they act.
//
//	ModifyPlan of a configured resource ──► Claim, Leave ─┐
//	ModifyPlan of a nanogit_commit ───────► Take, End ────┼─► Board ──► Await, At ──► plan and deletion of a resource
//	ModifyPlan of a removed resource ─────► Remove ───────┘
//
// Terraform plans and applies resources in an order of its own, several at a time, and tells none
// of them of the others. A resource that has to know whether somebody else says something about its
// path waits until that is said, or until nothing has been under way for a while. It holds one of
// the engine's few places meanwhile, so that only some may wait.
//
// The processes that validate, plan and apply follow each other, and each leaves Records for the
// next:
//
//	validation ── which contents are secrets ──► import
//	plan ──────── who has which path, and ─────► Create, Update and Delete
//	              which ones its commits take
package intent
