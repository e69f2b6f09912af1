// Package gitobj holds Git's objects as values: ids, kinds, modes, trees, commits, tags and the
// paths that lead through them. It parses and encodes bytes and does no I/O.
//
//	   bytes from a pack or a store                        bytes to hash, stage and push
//	            │                                                       ▲
//	            ▼                                                       │
//	ParseTree  FindEntry  Entries ──► TreeEntry ──► AppendTree   EditTree (splice: what is not
//	ParseCommit ────────────────────► Commit ─────► Append                 touched stays as it is)
//	ParseTag ───────────────────────► Tag ────────► Append
//	                                     │
//	path from a configuration ──► ValidatePath, ValidateEntry ──► safe to write
//
// Parsing is lenient, for repositories hold what old and foreign programs wrote; writing is strict,
// for what we write has to pass `git fsck --strict` everywhere. No function keeps or changes the
// bytes it is given, none panics on any input, and everything may be called concurrently on
// distinct values.
package gitobj
