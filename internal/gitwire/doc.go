// Package gitwire speaks the messages of the Git protocol over plain readers and byte slices. It
// knows no transport: what it appends is posted by package gitremote, what it reads comes from
// there.
//
//	LsRefs ─┐                                ┌─ Refs                "<id> <name> symref-target:<name>"
//	Fetch  ─┼─ Append ─► bytes ─► server ─►  ├─ OpenPack ─ Sideband  the pack, as one stream
//	Push   ─┘                                ├─ ReadReport           what became of each reference
//	                                         └─ ReadCapabilities     what the server can do
//	                                              │
//	                                           Reader               pkt-line: 4 hex digits of length, payload
//
// Protocol version 2 is spoken to git-upload-pack (gitprotocol-v2), and version 0 to one that knows
// no other (ReadAdvertisement, FetchV0) and to git-receive-pack, which has no other
// (gitprotocol-pack). Whatever a server sends is a claim: lengths are checked before anything is
// allocated, text is cut and cleaned before it is kept, and a stream that ends early is
// [io.ErrUnexpectedEOF], never a short answer.
package gitwire
