// Package pipewire makes the requests to a Git repository through the standard streams of git's
// services: of commands over SSH, or of processes on this machine.
//
//	             Transport                    conversation                   pipe
//	gitremote ──► Advertise ─┐  open: starts a service, reads its advertisement ──► ssh host git-upload-pack 'path'
//	          ──► Exchange ──┤  ask:  writes the request, waits for a byte      ──► git upload-pack directory
//	                         │  park: git-upload-pack of version 2 waits for the next request
//	gitremote ◄── Response ◄─┘  message: ends at its flush line, where an HTTP body ends
//	          ◄── *Error ◄───── the words that the service printed as errors, and its exit status
//
// A service begins each conversation with its advertisement, so that a push knows what the server
// offers before its body is made.
package pipewire
