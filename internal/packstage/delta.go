package packstage

import (
	"context"
	"fmt"
	"io"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// PutDelta stages a delta that makes the object id from base, an object that the receiver of the
// pack has. ThinPack sends the delta instead of the whole object, which may be staged as well. The
// delta has a reference count of its own, which this call raises by 1. Nothing checks that the
// delta makes the object.
func (s *Stage) PutDelta(ctx context.Context, id, base gitobj.ID, delta []byte) error {
	_, err := s.putEntry(ctx, func(e *encoder, w io.Writer) (gitobj.ID, int64, error) {
		n, err := e.EncodeDelta(w, base, delta)
		return id, n, err
	}, entry{delta: true, size: int64(len(delta))})
	if err != nil {
		return fmt.Errorf("stage delta of %d bytes: %w", len(delta), err)
	}
	return nil
}

// ReleaseDeltas is Release for deltas.
func (s *Stage) ReleaseDeltas(ids ...gitobj.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if e := s.deltas[id]; e != nil && e.refs > 0 {
			e.refs--
			s.dropLocked(id, e)
		}
	}
}
