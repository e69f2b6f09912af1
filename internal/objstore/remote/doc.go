// Package remote holds the common parts of the stores that keep objects on a server.
//
//	Put ──► Batches ──► Record (kind + content, deflated) ──►  redis │ postgres │ s3
//	Get ◄── Answer  ◄── Content (bounded, never trusted)  ◄──  a value for each object id
//	  └──── Site.Fail: operation, location, cause, next step; no secret
//
// Answers of a server are not trusted: a value that is no record is a miss and is reported as
// objstore.ErrCorrupt, and a length in a value is compared with a limit before it is used.
package remote
