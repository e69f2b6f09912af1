// Package filecontent holds the contents that a configuration gives: text, base64, a local file, or
// the files of a local directory, with their line endings as they are asked for.
//
//	text, base64 ──► FromBytes, FromBase64 ─┐
//	local file   ──► FromFile               ├─► Content: its size is known, it is read as often as needed
//	directory    ──► Dir.Walk ─► File ──────┘     │
//	                                              └─► blob id, bytes for the stage
//
// Nothing here knows Terraform or a remote. A local file is measured when its Content is made, and
// streamed each time that it is read; a file that changed in between is an error.
package filecontent
