package remote

import (
	"bytes"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Entry is an object's record, ready to be sent.
type Entry struct {
	ID     gitobj.ID
	Record []byte
}

// Batches encodes objects and hands them to send in calls of at most count entries and about size
// bytes, so that only that much is held at a time. Objects over limit bytes are left out, and an
// object comes once. Entries come in the order of their ids, so that writers that lock rows do not
// wait for each other in circles. The first error of send ends it.
func Batches(objects []objstore.Object, limit int64, count, size int, send func([]Entry) error) error {
	sorted := slices.DeleteFunc(slices.Clone(objects), func(o objstore.Object) bool { return int64(len(o.Data)) > limit })
	slices.SortFunc(sorted, func(a, b objstore.Object) int { return bytes.Compare(a.ID.Append(nil), b.ID.Append(nil)) })
	sorted = slices.CompactFunc(sorted, func(a, b objstore.Object) bool { return a.ID == b.ID })
	var batch []Entry
	held := 0
	for i, o := range sorted {
		e := Entry{ID: o.ID, Record: Record(o)}
		batch = append(batch, e)
		held += len(e.Record)
		if len(batch) == count || held >= size || i == len(sorted)-1 {
			if err := send(batch); err != nil {
				return err
			}
			batch, held = nil, 0
		}
	}
	return nil
}
