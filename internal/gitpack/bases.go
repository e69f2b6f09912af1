package gitpack

import (
	"sort"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// base is an entry that was read and that a later delta may use.
type base struct {
	offset int64 // offset of the entry in the pack
	id     gitobj.ID
	data   []byte // nil when the content is not held
	kind   gitobj.Kind
	depth  int32 // deltas on the way to a whole object
	state  baseState
}

type baseState uint8

const (
	held       baseState = iota // kind, id and data are set
	unresolved                  // the content is not held
	skipped                     // a blob that the caller does not want
)

// baseOverhead is about the number of bytes of a base's bookkeeping.
const baseOverhead = 160

// bases are the latest entries of a pack, in the order of their offsets. When their content takes
// more than the limit, the oldest are dropped: pack-objects writes a base shortly before the deltas
// against it.
type bases struct {
	limit int64
	size  int64
	queue []base // queue[gone:] are held
	gone  int
	first int64               // offset below which entries are forgotten
	byID  map[gitobj.ID]int64 // offsets; filled from the first REF_DELTA on
}

// add adds the entry that was just read, unless it is larger than the limit: it is not worth all
// the others.
func (b *bases) add(e base) {
	if int64(len(e.data)) > b.limit {
		e.data, e.state = nil, unresolved
	}
	b.size += int64(len(e.data)) + baseOverhead
	b.makeRoom(b.limit)
	if b.gone > len(b.queue)/2 {
		n := copy(b.queue, b.queue[b.gone:])
		clear(b.queue[n:])
		b.queue, b.gone = b.queue[:n], 0
	}
	b.queue = append(b.queue, e)
	if b.byID != nil && e.state == held {
		b.byID[e.id] = e.offset
	}
}

// makeRoom drops the oldest entries until the rest takes at most limit bytes.
func (b *bases) makeRoom(limit int64) {
	for b.size > limit && b.gone < len(b.queue) {
		b.forget()
	}
}

// forget drops the oldest entry.
func (b *bases) forget() {
	e := &b.queue[b.gone]
	b.size -= int64(len(e.data)) + baseOverhead
	if b.byID != nil && b.byID[e.id] == e.offset {
		delete(b.byID, e.id)
	}
	b.first = e.offset + 1
	*e = base{}
	b.gone++
}

// at returns the entry at an offset. forgotten says that a dropped entry may have been there.
func (b *bases) at(offset int64) (e *base, forgotten bool) {
	if offset < b.first {
		return nil, true
	}
	q := b.queue[b.gone:]
	i := sort.Search(len(q), func(i int) bool { return q[i].offset >= offset })
	if i < len(q) && q[i].offset == offset {
		return &q[i], false
	}
	return nil, false
}

// named returns the entry with an id, or nil.
func (b *bases) named(id gitobj.ID) *base {
	if b.byID == nil {
		b.byID = make(map[gitobj.ID]int64, len(b.queue))
		for _, e := range b.queue[b.gone:] {
			if e.state == held {
				b.byID[e.id] = e.offset
			}
		}
	}
	offset, ok := b.byID[id]
	if !ok {
		return nil
	}
	e, _ := b.at(offset)
	return e
}
