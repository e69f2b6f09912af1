package gitread

import (
	"context"
	"errors"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// MaxContents bounds the contents that are read together, in bytes.
const MaxContents = mostGathered

// ReadBlob returns the content of a blob that a look-up named, if it has at most so many bytes. A
// larger blob is a *LargeError, which mostly has its size. Concurrent calls share requests.
func (b *Branch) ReadBlob(ctx context.Context, id gitobj.ID, most int64) ([]byte, error) {
	if err := b.readable(ctx, id); err != nil {
		return nil, fmt.Errorf("read blob %s: %w", id, err)
	}
	return b.repo.objects.content(ctx, id, most, b.needCommit)
}

// ReadBlobs is ReadBlob for many blobs, in their order. All of them together may have MaxContents
// bytes.
func (b *Branch) ReadBlobs(ctx context.Context, ids []gitobj.ID) ([][]byte, error) {
	if err := b.readable(ctx, ids...); err != nil {
		return nil, fmt.Errorf("read %d blobs: %w", len(ids), err)
	}
	return b.repo.objects.contents(ctx, ids, b.needCommit)
}

// readable prepares the reading of blobs, of which a state may have named the ids in a process that
// has read nothing yet. A server that sends whole commits only has to be asked for a commit: if
// none is known, the branch is read first.
func (b *Branch) readable(ctx context.Context, ids ...gitobj.ID) error {
	err := b.CheckFormat(ctx, ids...)
	if err == nil && !b.repo.objects.selective(false) {
		err = b.needCommit(ctx)
	}
	return err
}

// needCommit reads the branch, if it was not read before.
func (b *Branch) needCommit(ctx context.Context) error {
	_, err := b.Snapshot(ctx)
	return err
}

// ReadBlob is [Branch.ReadBlob] for a blob of the snapshot.
func (s *Snapshot) ReadBlob(ctx context.Context, id gitobj.ID, most int64) ([]byte, error) {
	s.objects.rememberTip(s.Base)
	return s.objects.content(ctx, id, most, nil)
}

// ReadBlobs is [Branch.ReadBlobs] for blobs of the snapshot.
func (s *Snapshot) ReadBlobs(ctx context.Context, ids []gitobj.ID) ([][]byte, error) {
	s.objects.rememberTip(s.Base)
	return s.objects.contents(ctx, ids, nil)
}

// content reads a blob of at most so many bytes.
func (o *objects) content(ctx context.Context, id gitobj.ID, most int64, needCommit func(context.Context) error) ([]byte, error) {
	got, err := o.blobs(ctx, []gitobj.ID{id}, min(most, inFlight), needCommit)
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", id, err)
	}
	return got[0].Data, nil
}

// contents reads blobs of at most MaxContents bytes together.
func (o *objects) contents(ctx context.Context, ids []gitobj.ID, needCommit func(context.Context) error) ([][]byte, error) {
	obs, err := o.blobs(ctx, ids, inFlight, needCommit)
	if errors.Is(err, errTogether) {
		err = fmt.Errorf("%w: more than %d bytes together", ErrTooLarge, MaxContents)
	}
	if err != nil {
		return nil, fmt.Errorf("read %d blobs: %w", len(ids), err)
	}
	out := make([][]byte, len(obs))
	for i, ob := range obs {
		out[i] = ob.Data
	}
	return out, nil
}

// blobs reads blobs, each of at most so many bytes. needCommit, unless it is nil, reads a commit
// for servers that send nothing but whole ones.
func (o *objects) blobs(ctx context.Context, ids []gitobj.ID, most int64, needCommit func(context.Context) error) ([]objstore.Object, error) {
	obs, err := o.get(ctx, ids, nil, most)
	if errors.Is(err, errNoCommit) && needCommit != nil {
		if err = needCommit(ctx); err == nil {
			obs, err = o.get(ctx, ids, nil, most)
		}
	}
	if err != nil {
		return nil, err
	}
	for _, ob := range obs {
		if ob.Kind != gitobj.KindBlob {
			return nil, fmt.Errorf("object %s is a %s, not a blob", ob.ID, ob.Kind)
		}
	}
	return obs, nil
}
