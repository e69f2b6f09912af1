// Package packstage is the spool of outgoing objects: it holds them from the moment a change is
// staged until the push that carries them succeeded, in the form in which a pack holds them, so
// that each is hashed and deflated once.
//
//	       Put(kind, size, reader)                         Pack(ids) ──► header │ entries as they lie │ trailer
//	              │                                             ▲            a reader of known size, replayable,
//	encoders, GOMAXPROCS at once: hash + deflate                │            while Puts go on
//	              │ chunks of at most 256 KiB                   │
//	              ▼                                             │
//	index: id → kind, size, references, where ──────────────────┤
//	              │                                             │
//	    ┌─────────┴──────────┐                                  │
//	    ▼                    ▼                                  │
//	auto: chunks          spool: extents ───────────────────────┘
//	    └───── once, past ──►│  disk and auto: of a nameless file
//	     AutoObjects or      │  memory: of slabs that the system maps
//	     AutoBytes, for the rest of the stage's life
//
// The modes differ only in where they keep the bytes; a pack of the same ids has the same bytes in
// each.
//
// Space in the spool is reserved in extents before it is written, so that writers of different
// objects do not wait for each other. An object larger than a chunk is written chunk by chunk: in
// addition to the objects that its mode keeps in memory, a stage never holds more than a chunk for
// each object in flight. Freed extents are reserved again, cut up as needed, so the spool is never
// longer than the most bytes that were held at the same time. Its free end is cut off, and when
// nothing is left in it, it is closed. That is the end of the file: it has no name (on Windows, the
// system deletes it at that moment). Slabs go back to the system.
package packstage
