// Package intent is the notice board of a run: resources announce there which paths they are to
// have, give up or take, so that other resources know it before they act.
//
//	ModifyPlan of a configured resource ──► Claim, Leave ─┐
//	ModifyPlan of a nanogit_commit ───────► Take, End ────┼─► Board ──► Await, At ──► plan and deletion of a resource
//	ModifyPlan of a removed resource ─────► Remove ───────┘
//
// Terraform plans and applies resources in an order of its own, several at a time, and tells none
// of them of the others. A resource may have to know whether another says something about its path.
// It waits until that is said, or until nothing has been under way for a while. Meanwhile it uses
// up part of the engine's parallelism, so the number of waits is bounded.
//
// The processes that validate, plan and apply follow each other, and each leaves Records for the
// next:
//
//	validation ── the paths of secret contents ─────► import
//	plan ──────── the resource of each path, and ───► Create, Update and Delete
//	              the paths that commits take
package intent
