package gitwriter

import (
	"context"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Every name is a hash, so that nothing can be read, and nothing staged, before the repository's
// object format is known. The first answer that lists references tells it:
//
//	Branch ─┐
//	Lookup ─┼─► located: the branch's commit ──► recognise: format of the stage and of all that is read
//	Stage  ─┘     └─ kept for the first snapshot, which so takes no request of its own
//
// It stays what it is. A server that names objects otherwise later is one whose repository was made
// anew.

// Format is the object format of the branch's repository. It may take the request that finds the
// branch, once.
func (b *Branch) Format(ctx context.Context) (gitobj.Format, error) {
	if f := b.repo.known(); f != 0 {
		return f, nil
	}
	_, _, err := b.locate(ctx).wait(ctx)
	if f := b.repo.known(); f != 0 { // a branch that is missing tells it, too
		return f, nil
	}
	return 0, err
}

// known is the object format; 0 until it was recognised.
func (r *Repo) known() gitobj.Format {
	r.naming.Lock()
	defer r.naming.Unlock()
	return r.objects.format
}

// recognise takes the object format from the ids of references. If there are none, the remote knows
// it from the server's capabilities. Reading and staging begin after this call.
func (r *Repo) recognise(ctx context.Context, refs []gitwire.Ref) error {
	var told gitobj.Format
	for _, ref := range refs {
		if !ref.ID.IsZero() {
			told = ref.ID.Format()
			break // those of one answer are of one format: see gitwire.Refs
		}
	}
	if told == 0 {
		if r.known() != 0 {
			return nil
		}
		var err error
		if told, err = r.remote.Format(ctx); err != nil {
			return err
		}
	}
	r.naming.Lock()
	defer r.naming.Unlock()
	switch was := r.objects.format; {
	case was == told:
		return nil
	case was != 0:
		return fmt.Errorf("%w: the server names objects by %s, and named them by %s before", ErrFormat, told, was)
	}
	if err := r.stage.SetFormat(told); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	r.objects.format = told
	r.objects.emptyTree = gitobj.Hash(told, gitobj.KindTree, nil)
	return nil
}

// checkFormat refuses the name of an object that cannot be in the repository.
func (b *Branch) checkFormat(ctx context.Context, ids ...gitobj.ID) error {
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

// located is where a branch stands, or the search for it.
type located struct {
	done      chan struct{} // closed when what follows is set
	ref, base gitobj.ID     // as resolve returns them
	err       error
}

// standsAt is a branch whose commit is known.
func standsAt(id gitobj.ID) *located {
	l := &located{done: make(chan struct{}), ref: id, base: id}
	close(l.done)
	return l
}

func (l *located) wait(ctx context.Context) (ref, base gitobj.ID, err error) {
	select {
	case <-l.done:
		return l.ref, l.base, l.err
	case <-ctx.Done():
		return ref, base, context.Cause(ctx)
	}
}

// locate finds the branch once for everyone who asks until its first snapshot is read. A failure is
// not kept here.
func (b *Branch) locate(ctx context.Context) *located {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed != nil {
		l := standsAt(gitobj.ID{})
		l.err = b.failed
		return l
	}
	if b.where == nil {
		l := &located{done: make(chan struct{})}
		b.where = l
		go func() {
			l.ref, l.base, l.err = b.resolve(context.WithoutCancel(ctx))
			if l.err != nil {
				b.mu.Lock()
				b.where = nil
				b.failedLocked(l.err)
				b.mu.Unlock()
			}
			close(l.done)
		}()
	}
	return b.where
}
