// Package gitpack reads and writes packs, the form in which objects travel (gitformat-pack). It
// does no I/O but through the io.Reader and io.Writer that it is given.
//
//	bytes 0–3   "PACK"
//	bytes 4–7   version, 2                                          big endian
//	bytes 8–11  number of entries
//	entries     each: kind and inflated size   1sssSSSS…            see appendEntryHeader
//	                  location of the base     only of deltas: distance (OFS_DELTA), or id (REF_DELTA)
//	                  content or delta         a zlib stream
//	trailer     the hash of all before it      20 or 32 bytes
//
//	body of a fetch ──► Reader.Next ──► Object, Object, …           deltas applied, ids computed, trailer checked
//
//	content ──► Encoder.Encode ──► an entry and its id              hashed and deflated together
//	two contents ──► Deltifier.Append ──► Encoder.EncodeDelta       an entry, for a reader that has the other content
//	AppendPackHeader + entries + hash ──► body of a push
//
// The numbers in a pack come from a server that is not trusted: each is compared with Limits before
// anything is allocated.
package gitpack
