// Package remote is what the stores that keep objects on a server have in common.
//
//	Put ──► Batches ──► Record (kind + content, deflated) ──►  redis │ postgres │ s3
//	Get ◄── Answer  ◄── Content (bounded, never trusted)  ◄──  one value for each object id
//	  └──── Site.Fail: operation, place, cause, next step; no secret
//
// Nothing that a server answers is believed: a value that is no record is a miss and is told of as
// objstore.ErrCorrupt, and no length is taken from a value before it is compared with a limit.
package remote
