package gitpack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Object is the object of an entry of a pack, after deltas are applied.
type Object struct {
	ID   gitobj.ID
	Kind gitobj.Kind
	Size int64
	Data []byte // neither the Reader nor the caller, who may keep it, changes it

	// Large says that Data is missing, because it would take more than MaxInFlight. Everything else
	// is set.
	Large bool
	// Unresolved says that the entry is a delta that was not applied: its base was dropped for
	// MaxRetained or MaxInFlight, comes later in the pack, or is elsewhere. Nothing else about the
	// object is known, except that Large says that it would take more than MaxInFlight. A caller
	// that needs it asks for it in a smaller request, to which a server sends the object itself.
	Unresolved bool
}

// Reader reads a pack from a stream, an object at a time, in the order of the stream. It holds at
// most MaxInFlight bytes, of which MaxRetained may be former objects. It is for a single goroutine.
// There is nothing to close: a caller may stop calling Next at any time.
type Reader struct {
	// SkipBlobs says that blobs are skipped: not returned, kept or hashed, and not checked against
	// MaxObjectSize. A REF_DELTA against a skipped blob is Unresolved. It is set before the first
	// Next.
	SkipBlobs bool

	src      *source
	inflate  inflater
	format   gitobj.Format
	limits   Limits
	external func(gitobj.ID) (gitobj.Kind, []byte, bool)
	hasher   *gitobj.Hasher
	bases    bases
	delta    []byte // of the entry being read
	total    int64  // bytes of objects so far
	size     int64  // of the object being read
	large    bool   // it does not fit
	count    uint32 // entries in the pack
	read     uint32 // entries so far
	started  bool
	err      error
}

// NewReader reads a pack of ids of format f from r, which ends where the pack ends. external
// returns the bases of REF_DELTA entries that are not in the pack; it may be nil. The bases are not
// changed.
func NewReader(r io.Reader, f gitobj.Format, limits Limits, external func(gitobj.ID) (gitobj.Kind, []byte, bool)) *Reader {
	limits = limits.withDefaults()
	src := newSource(r, f)
	return &Reader{
		src:      src,
		inflate:  inflater{src: src},
		format:   f,
		limits:   limits,
		external: external,
		hasher:   gitobj.NewHasher(f),
		bases:    bases{limit: limits.MaxRetained},
	}
}

// Next returns the next object, or io.EOF after the last object, once the trailer is found to be
// the hash of everything before it and the stream ends there. Until then, the objects returned are
// only known to match their ids. After an error every call returns that error. Errors wrap
// ErrCorrupt, ErrTooLarge, io.ErrUnexpectedEOF or the error of the stream.
func (r *Reader) Next() (Object, error) {
	if r.err != nil {
		return Object{}, r.err
	}
	o, err := r.next()
	if err != nil {
		r.err = err
		r.delta, r.bases = nil, bases{}
		return Object{}, err
	}
	return o, nil
}

// Count returns the number of entries by the pack's header; 0 before the first Next.
func (r *Reader) Count() uint32 { return r.count }

// Progress returns the number of entries read, and the number of bytes of them and the pack's
// header.
func (r *Reader) Progress() (entries uint32, size int64) { return r.read, r.src.offset() }

func (r *Reader) next() (Object, error) {
	if !r.started {
		if err := r.header(); err != nil {
			return Object{}, fmt.Errorf("pack header: %w", err)
		}
		r.started = true
	}
	for r.read < r.count {
		offset := r.src.offset()
		r.size, r.large = 0, false
		e, err := r.entry(offset)
		if err != nil {
			return Object{}, fmt.Errorf("pack entry %d of %d at byte %d: %w", r.read+1, r.count, offset, err)
		}
		r.read++
		r.bases.add(e)
		if e.state != skipped {
			return Object{ID: e.id, Kind: e.kind, Size: r.size, Data: e.data, Large: r.large, Unresolved: e.id.IsZero()}, nil
		}
	}
	if err := r.src.finish(); err != nil {
		return Object{}, fmt.Errorf("pack trailer: %w", err)
	}
	return Object{}, io.EOF
}

// header reads the twelve bytes at the beginning.
func (r *Reader) header() error {
	var h [packHeaderSize]byte
	if _, err := io.ReadFull(r.src, h[:]); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	if string(h[:4]) != packSignature {
		return fmt.Errorf("%w: it begins with %q, not with %q", ErrCorrupt, h[:4], packSignature)
	}
	if v := binary.BigEndian.Uint32(h[4:]); v != packVersion && v != 3 {
		return fmt.Errorf("%w: version %d is neither 2 nor 3", ErrCorrupt, v)
	}
	r.count = binary.BigEndian.Uint32(h[8:])
	if r.count > r.limits.MaxObjects {
		return fmt.Errorf("%w: %d objects, and %d are allowed", ErrTooLarge, r.count, r.limits.MaxObjects)
	}
	return nil
}

// entry reads an entry.
func (r *Reader) entry(offset int64) (base, error) {
	typ, size, ok, err := readEntryHeader(r.src)
	switch {
	case err != nil:
		return base{}, r.src.fault(err)
	case !ok:
		return base{}, fmt.Errorf("%w: its size has more than 63 bits", ErrCorrupt)
	}
	switch typ {
	case typeOfsDelta:
		return r.offsetDelta(offset, size)
	case typeRefDelta:
		return r.refDelta(offset, size)
	}
	k := gitobj.Kind(typ)
	if !k.Valid() {
		return base{}, fmt.Errorf("%w: its type is %d", ErrCorrupt, typ)
	}
	if k == gitobj.KindBlob && r.SkipBlobs {
		return r.skip(base{offset: offset, state: skipped}, size)
	}
	if err := r.admit(size); err != nil {
		return base{}, err
	}
	if size > r.limits.MaxInFlight {
		return r.hashOnly(base{offset: offset, kind: k, state: unresolved}, size)
	}
	r.bases.makeRoom(r.limits.MaxInFlight - size)
	data, err := r.inflate.inflate([]byte{}, size)
	if err != nil {
		return base{}, err
	}
	return r.object(base{offset: offset, kind: k, data: data}), nil
}

// hashOnly hashes a whole object that is too large to be held.
func (r *Reader) hashOnly(b base, size int64) (base, error) {
	r.hasher.Reset(b.kind, size)
	if err := r.inflate.copyTo(r.hasher, size, r.scratch()); err != nil {
		return base{}, err
	}
	b.id = r.hasher.Sum()
	r.size, r.large = size, true
	return b, nil
}

// offsetDelta reads a delta whose base is named by its offset.
func (r *Reader) offsetDelta(offset, size int64) (base, error) {
	distance, ok, err := readBaseDistance(r.src)
	switch {
	case err != nil:
		return base{}, r.src.fault(err)
	case !ok || distance == 0 || distance > offset-packHeaderSize:
		return base{}, fmt.Errorf("%w: its base is outside of the pack", ErrCorrupt)
	}
	b, forgotten := r.bases.at(offset - distance)
	if b == nil && !forgotten {
		return base{}, fmt.Errorf("%w: no entry begins where its base should", ErrCorrupt)
	}
	return r.resolve(offset, size, b)
}

// refDelta reads a delta whose base is named by its id.
func (r *Reader) refDelta(offset, size int64) (base, error) {
	var raw [32]byte
	if _, err := io.ReadFull(r.src, raw[:r.format.Size()]); err != nil {
		return base{}, r.src.fault(err)
	}
	id, err := gitobj.IDFromBytes(raw[:r.format.Size()])
	if err != nil {
		return base{}, err
	}
	b := r.bases.named(id)
	if b == nil && r.external != nil {
		if k, data, ok := r.external(id); ok && k.Valid() {
			b = &base{id: id, kind: k, data: data}
		}
	}
	return r.resolve(offset, size, b)
}

// resolve reads a delta of that many bytes and applies it to b, which is nil when it is not known.
func (r *Reader) resolve(offset, size int64, b *base) (base, error) {
	switch {
	case b == nil || b.state == unresolved:
		return r.skip(base{offset: offset, state: unresolved}, size)
	case b.state == skipped || b.kind == gitobj.KindBlob && r.SkipBlobs:
		return r.skip(base{offset: offset, state: skipped}, size)
	case int(b.depth) >= r.limits.MaxDepth:
		return base{}, fmt.Errorf("%w: a chain of more than %d deltas", ErrTooLarge, r.limits.MaxDepth)
	}
	from := *b // which makeRoom may drop
	if err := r.admit(size); err != nil {
		return base{}, err
	}
	if !r.fits(int64(len(from.data)), size) {
		return r.skip(base{offset: offset, state: unresolved}, size)
	}
	var err error
	if r.delta, err = r.inflate.inflate(r.delta[:0], size); err != nil {
		return base{}, err
	}
	data, err := r.apply(from.data, r.delta)
	if cap(r.delta) > firstAllocation {
		r.delta = nil // do not hold a large delta until the end of the pack
	}
	switch {
	case err != nil:
		return base{}, err
	case data == nil:
		return base{offset: offset, state: unresolved}, nil
	}
	return r.object(base{offset: offset, kind: from.kind, data: data, depth: from.depth + 1}), nil
}

// fits drops bases until there is room for so many bytes more. It reports whether there is.
func (r *Reader) fits(sizes ...int64) bool {
	room := r.limits.MaxInFlight
	for _, n := range sizes { // each is at most MaxObjectSize
		room -= n
	}
	if room < 0 {
		r.large = true
		return false
	}
	r.bases.makeRoom(room)
	return true
}

// apply makes the object that a delta describes, or returns nil (an object is never nil) if there
// is no room for it.
func (r *Reader) apply(from, delta []byte) ([]byte, error) {
	baseSize, size, instructions, err := deltaSizes(delta)
	if err != nil {
		return nil, err
	}
	if baseSize != int64(len(from)) {
		return nil, fmt.Errorf("%w: the delta is for a base of %d bytes, and its base has %d", ErrCorrupt, baseSize, len(from))
	}
	if err := r.admit(size); err != nil {
		return nil, err
	}
	if err := checkDelta(instructions, baseSize, size); err != nil {
		return nil, err
	}
	if !r.fits(baseSize, int64(len(delta)), size) {
		return nil, nil
	}
	return applyDelta(make([]byte, 0, size), from, instructions), nil
}

// object computes the id.
func (r *Reader) object(b base) base {
	r.hasher.Reset(b.kind, int64(len(b.data)))
	_, _ = r.hasher.Write(b.data) // never fails
	b.id = r.hasher.Sum()
	r.size = int64(len(b.data))
	return b
}

// admit compares a size with the limits, before anything is allocated for it.
func (r *Reader) admit(size int64) error {
	if size > r.limits.MaxObjectSize {
		return fmt.Errorf("%w: an object of %d bytes, and %d are allowed", ErrTooLarge, size, r.limits.MaxObjectSize)
	}
	return r.account(size)
}

// account adds a size to the total of the pack.
func (r *Reader) account(size int64) error {
	if size > r.limits.MaxTotal-r.total {
		return fmt.Errorf("%w: objects of more than %d bytes together", ErrTooLarge, r.limits.MaxTotal)
	}
	r.total += size
	return nil
}

// skip skips the content of an entry that is not wanted or cannot be made.
func (r *Reader) skip(b base, size int64) (base, error) {
	if err := r.account(size); err != nil {
		return base{}, err
	}
	return b, r.inflate.copyTo(io.Discard, size, r.scratch())
}

// scratch returns a buffer for content that is only passed on.
func (r *Reader) scratch() []byte {
	if cap(r.delta) == 0 {
		r.delta = make([]byte, 0, bufferSize)
	}
	return r.delta[:cap(r.delta)]
}
