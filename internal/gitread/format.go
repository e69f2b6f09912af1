package gitread

import (
	"context"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Every object name is a hash, so that nothing can be read or staged before the repository's object
// format is known. The first answer that lists references tells it:
//
//	Branch ─┐
//	Lookup ─┼─► locator: the branch's commit ──► learnFormat
//	Format ─┘     └─ kept for the first snapshot, which then needs no request of its own
//
// The format never changes afterwards. If a server lists names of another format later, the
// repository was made anew.

// Format is the object format of the branch's repository. The first call may take the request that
// finds the branch.
func (b *Branch) Format(ctx context.Context) (gitobj.Format, error) {
	if f := b.repo.objects.format(); f != 0 {
		return f, nil
	}
	_, _, err := b.locator.locate(ctx)
	if f := b.repo.objects.format(); f != 0 { // a missing branch tells it, too
		return f, nil
	}
	return 0, err
}

// learnFormat takes the object format from the ids of references. If there are none, the remote
// knows it from the server's capabilities.
func (r *Repo) learnFormat(ctx context.Context, refs []gitwire.Ref) error {
	var told gitobj.Format
	for _, ref := range refs {
		if !ref.ID.IsZero() {
			told = ref.ID.Format()
			break // all ids of an answer have the same format: see gitwire.Refs
		}
	}
	if told == 0 {
		if r.objects.format() != 0 {
			return nil
		}
		var err error
		if told, err = r.remote.Refs.Format(ctx); err != nil {
			return err
		}
	}
	return r.objects.setFormat(told)
}

// CheckFormat refuses the name of an object that cannot be in the repository.
func (b *Branch) CheckFormat(ctx context.Context, ids ...gitobj.ID) error {
	f, err := b.Format(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if id.Format() != f {
			return fmt.Errorf("%w: %s is a %s name, and the repository names objects by %s", ErrFormat, id, id.Format(), f)
		}
	}
	return nil
}
