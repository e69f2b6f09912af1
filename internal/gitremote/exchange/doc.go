// Package exchange holds a request to a Git service and its response, independently of the
// transport that carries them, and the errors with which an exchange can end.
//
//	gitremote ──► Request, Advertisement ──► httpwire or pipewire
//	                                              │ Open: a context that Limits.Stall ends
//	                                              │ Attach: a Body of the transport
//	gitremote ◄──────── Response ◄────────────────┘
//	              Read     at most Request.Limit bytes
//	              Linger   reads for a moment longer once a push is reported
//	              Failure ──► *Error: operation, repository, the server's words, a hint
//
// A [Target] is the repository that the requests of a remote are for. A transport adds to a
// Response only its Body: the bytes, and the explanation of errors that only this transport knows.
package exchange
