// Package gitobj holds Git's objects as values: ids, kinds, modes, trees, commits, tags and the
// paths that lead through them. It parses and encodes bytes and does no I/O.
//
//	   bytes from a pack or a store                        bytes to hash, stage and push
//	            │                                                       ▲
//	            ▼                                                       │
//	ParseTree  FindEntry  Entries ──► TreeEntry ──► AppendTree   EditTree (splice: unedited
//	ParseCommit ────────────────────► Commit ─────► Append                 entries stay as they are)
//	ParseTag ───────────────────────► Tag ────────► Append
//	                                     │
//	path from a configuration ──► ValidatePath, ValidateEntry ──► safe to write
//
// Parsing is lenient, since repositories hold objects that old and foreign programs wrote; writing
// is strict, since new objects have to pass `git fsck --strict` everywhere. No function keeps or
// changes the bytes it is given, none panics on any input, and everything may be called
// concurrently on distinct values.
package gitobj
