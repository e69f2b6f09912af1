package packstage

import (
	"context"
	"fmt"
	"io"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// PutDelta stages the object id as a delta upon base, an object that whoever takes the pack has. It
// is there for ThinPack, beside the object as it is or instead of it, and has references of its
// own, of which one is taken. Nothing checks that it makes the object.
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
