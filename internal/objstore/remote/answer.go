package remote

import (
	"errors"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Answer gathers the answer of a store to a Get. It belongs to a single goroutine.
type Answer struct {
	Objects []objstore.Object // as Store.Get returns them

	at      map[gitobj.ID][]int // where each id stands in Objects
	unique  []gitobj.ID
	limit   int64
	room    objstore.Room
	damaged int
	first   error // of the first damaged value
}

// NewAnswer returns an answer in which everything is missing. Contents over limit bytes are misses,
// and so are those for which there is no room.
func NewAnswer(ids []gitobj.ID, limit int64) *Answer {
	a := &Answer{Objects: objstore.Missing(ids), at: make(map[gitobj.ID][]int, len(ids)), limit: limit}
	for i, id := range ids {
		if id.IsZero() || id.Format() == 0 {
			continue
		}
		if a.at[id] == nil {
			a.unique = append(a.unique, id)
		}
		a.at[id] = append(a.at[id], i)
	}
	return a
}

// IDs returns the ids to ask for: each once, and no zero id.
func (a *Answer) IDs() []gitobj.ID { return a.unique }

// Room counts the bytes of the answer, and those read for it.
func (a *Answer) Room() *objstore.Room { return &a.room }

// Full reports whether there is no room for anything more.
func (a *Answer) Full() bool { return a.room.Left() <= 0 }

// Add takes the record found under id. It keeps the record's memory, which must not be changed any
// more.
func (a *Answer) Add(id gitobj.ID, record []byte) {
	kind, data, err := Content(record, min(a.limit, a.room.Left()))
	if errors.Is(err, ErrTooLarge) || err == nil && !a.room.Take(int64(len(data))) {
		return // put by a store with a higher limit, or too much at once
	}
	if err != nil {
		if a.damaged++; a.damaged == 1 {
			a.first = fmt.Errorf("object %s: %w", id, err)
		}
		return
	}
	for _, i := range a.at[id] {
		a.Objects[i].Kind, a.Objects[i].Data = kind, data
	}
}

// Damage returns an error, which is objstore.ErrCorrupt, if a value that was added is no record.
func (a *Answer) Damage() error {
	switch a.damaged {
	case 0:
		return nil
	case 1:
		return a.first
	}
	return fmt.Errorf("%d of %d objects, the first being %w", a.damaged, len(a.unique), a.first)
}
