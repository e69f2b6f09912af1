// Package gitwire reads and writes the messages of the Git protocol over plain readers and byte
// slices. It knows no transport: package gitremote sends the requests that it appends, and passes
// it the responses.
//
//	LsRefs ─┐                                ┌─ Refs                "<id> <name> symref-target:<name>"
//	Fetch  ─┼─ Append ─► bytes ─► server ─►  ├─ Open ─ Sideband      the pack, as a stream
//	Push   ─┘                                ├─ ReadReport           the outcome for each reference
//	                                         └─ ReadCapabilities     the abilities of the server
//	                                              │
//	                                           Reader               pkt-line: 4 hex digits of length, payload
//
// It speaks protocol version 2 to git-upload-pack (gitprotocol-v2). It speaks version 0 to an
// upload-pack that knows no other (ReadAdvertisement, FetchV0), and to git-receive-pack, which has
// no other (gitprotocol-pack). It trusts no data of a server: it checks lengths before it
// allocates, cuts and cleans text before it keeps it, and reports a stream that ends early as
// [io.ErrUnexpectedEOF], never as a short response.
package gitwire
