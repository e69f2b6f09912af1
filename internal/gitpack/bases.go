package gitpack

import (
	"sort"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// base is an entry that was read and that a later delta may build upon.
type base struct {
	offset int64 // of the entry in the pack
	id     gitobj.ID
	data   []byte // nil when the content is not held
	kind   gitobj.Kind
	depth  int32 // deltas on the way to a whole object
	state  baseState
}

type baseState uint8

const (
	held       baseState = iota // kind, id and data are there
	unresolved                  // the content is not held
	skipped                     // a blob that the caller does not want
)

// baseOverhead is about what the bookkeeping of one base takes, in bytes.
const baseOverhead = 160

// bases are the latest entries of a pack, in the order of their offsets. The oldest go first when
// their content takes more than the limit: pack-objects writes a base shortly before what is built
// upon it.
type bases struct {
	limit int64
	size  int64
	queue []base // queue[gone:] are held
	gone  int
	first int64               // offset below which entries are forgotten
	byID  map[gitobj.ID]int64 // offsets; only once a REF_DELTA asked for one
}

// add takes the entry that was just read. An object that is larger than the limit is not worth all
// others.
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

// at returns the entry at an offset. forgotten says that there may have been one.
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
