package remote

import (
	"errors"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Answer gathers what a store answers to one Get. It belongs to one goroutine.
type Answer struct {
	Objects []objstore.Object // as Store.Get returns them

	at      map[gitobj.ID][]int // where each id stands in Objects
	unique  []gitobj.ID
	limit   int64
	damaged int
	first   error // of the first damaged value
}

// NewAnswer returns an answer in which everything is missing. Contents over limit bytes are misses.
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

// IDs are the ids to ask for: each once, the zero id not at all.
func (a *Answer) IDs() []gitobj.ID { return a.unique }

// Add takes the record found under id. It keeps the record's memory, which nobody may change any more.
func (a *Answer) Add(id gitobj.ID, record []byte) {
	kind, data, err := Content(record, a.limit)
	if errors.Is(err, ErrTooLarge) {
		return // put by somebody with a higher limit
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
