package gitread

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// The way from a name, as people write it, to a snapshot:
//
//	"", HEAD            ─► Branch ─► its snapshot, which writers and readers of the branch share
//	main, refs/heads/…  ─┘   │
//	v1                  ─────┴► refs/tags/v1 ─► object ─┐
//	refs/pull/1/head    ─────────────────────► object ──┼─► Repo.open: one snapshot per commit
//	1f7a7a47…           ────────────────────────────────┘
//
// A name is asked for once in a process. Branches follow the pushes of this process, and Moved
// forgets other refs.

const tagsPrefix = "refs/tags/"

// Revision is the commit that a name stands for, with the snapshot of it.
type Revision struct {
	Named
	// Snapshot is shared with all other revisions of the commit, and with the branches that are at
	// it.
	Snapshot *Snapshot
}

// Revision finds the commit of a name and opens it: a commit's id of 40 or 64 digits, as in git
// the first choice, then a branch, a tag (through tags of tags), or the full name of a ref. An
// empty name and HEAD stand for the remote's HEAD. paths are about to be looked up, as in
// [Branch.Anticipate].
//
// All calls for a name have the same revision, until this process moves the ref. A name of nothing
// is a *NameError, a ref of a directory or file an ErrNotCommit.
func (r *Repo) Revision(ctx context.Context, name string, paths ...string) (Revision, error) {
	if r.Closed() {
		return Revision{}, ErrClosed
	}
	found, err := r.revision(ctx, name, paths)
	if err != nil {
		return found, fmt.Errorf("find %s: %w", quoteName(name), err)
	}
	return found, nil
}

func (r *Repo) revision(ctx context.Context, name string, paths []string) (Revision, error) {
	if id, err := gitobj.ParseID(strings.ToLower(name)); err == nil {
		return r.atID(ctx, id, paths)
	}
	short, full := shortName(name)
	switch {
	case name == "" || name == "HEAD":
		return r.atHead(ctx, paths)
	case full:
		return r.atBranch(ctx, short, false, paths)
	case strings.HasPrefix(name, "refs/"):
		return r.atRef(ctx, name, name, paths)
	}
	return r.atBranch(ctx, name, true, paths)
}

// atHead is the revision of the remote's HEAD, which may be no branch.
func (r *Repo) atHead(ctx context.Context, paths []string) (Revision, error) {
	b, err := r.Branch(ctx, "")
	if errors.Is(err, errDetached) {
		return r.atRef(ctx, "HEAD", "", paths)
	}
	if err != nil {
		return Revision{}, err
	}
	return r.atBranch(ctx, b.Name(), false, paths)
}

// atBranch is the revision of a branch or, with tags, of the tag of its name if there is no such
// branch.
func (r *Repo) atBranch(ctx context.Context, name string, tags bool, paths []string) (Revision, error) {
	b, err := r.Branch(ctx, name)
	if err != nil {
		return Revision{}, err
	}
	b.Anticipate(paths...)
	if s := b.view(); s != nil && !s.Ref.IsZero() {
		return b.revision(s), nil
	}
	if err := r.awaitHead(ctx); err != nil { // which probably tells the branch's commit
		return Revision{}, err
	}
	if s := b.view(); s != nil && !s.Ref.IsZero() { // others read it meanwhile
		return b.revision(s), nil
	}
	n, err := b.locator.list(ctx, tags)
	if err != nil {
		return Revision{}, err
	}
	tag, tagged := n.find(tagsPrefix + name)
	switch {
	case !n.branch.IsZero():
		s, err := b.Snapshot(ctx)
		if err != nil || !s.Ref.IsZero() {
			return b.revision(s), err
		}
	case tagged:
		from := tag.ID
		if !tag.Peeled.IsZero() {
			from = tag.Peeled
		}
		return r.atObject(ctx, Named{Ref: tag.Name, Object: tag.ID}, from, paths)
	case tags && !n.tags: // it was asked for on behalf of others
		return r.atRef(ctx, tagsPrefix+name, name, paths)
	}
	return Revision{}, r.nothing(ctx, name)
}

// view is the snapshot of the branch, if it was read before.
func (b *Branch) view() *Snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.snap
}

// revision is the branch as a revision. Its snapshot may be nil.
func (b *Branch) revision(s *Snapshot) Revision {
	if s == nil {
		return Revision{}
	}
	return Revision{Named: Named{Ref: b.Ref(), Object: s.Ref, Commit: s.Base}, Snapshot: s}
}

// atRef is the revision of a ref by its full name; name is the ref as it was asked for.
func (r *Repo) atRef(ctx context.Context, ref, name string, paths []string) (Revision, error) {
	found, err := share(ctx, &r.mu, r.refs, ref, true, func(ctx context.Context) (Named, error) {
		found, peeled, err := r.listRef(ctx, ref)
		if found.Commit = found.Object; !peeled.IsZero() {
			found.Commit = peeled
		}
		return found, err
	})
	switch {
	case err != nil:
		return Revision{}, err
	case found.Object.IsZero():
		return Revision{}, r.nothing(ctx, name)
	}
	return r.atObject(ctx, found, found.Commit, paths)
}

// atObject is the revision of a ref. from is the ref's object or, where the server says so, the
// object that its tag leads to.
func (r *Repo) atObject(ctx context.Context, named Named, from gitobj.ID, paths []string) (Revision, error) {
	s, err := r.open(ctx, opening{ref: from, base: from, levels: deepest(paths)})
	if err != nil {
		return Revision{}, err
	}
	named.Commit = s.Base
	return Revision{Named: named, Snapshot: s.Snapshot}, nil
}

// atID is the revision of an object's id.
func (r *Repo) atID(ctx context.Context, id gitobj.ID, paths []string) (Revision, error) {
	if r.objects.format() == 0 {
		_, err := r.Branch(ctx, "") // the first list of refs tells the format
		if r.objects.format() == 0 {
			empty, _, formatErr := r.IsEmpty(ctx)
			if formatErr != nil {
				return Revision{}, errors.Join(err, formatErr)
			}
			if empty {
				return Revision{}, &NameError{Name: id.String(), Empty: true}
			}
		}
	}
	if f := r.objects.format(); id.Format() != f {
		return Revision{}, fmt.Errorf("%w: %s is a %s name, and the repository names objects by %s", ErrFormat, id, id.Format(), f)
	}
	s, err := r.open(ctx, opening{ref: id, base: id, levels: deepest(paths), unnamed: true})
	if err == nil {
		return Revision{Named: Named{Object: id, Commit: s.Base}, Snapshot: s.Snapshot}, nil
	}
	if !r.remote.Packs.RefusesWants(err, []gitobj.ID{id}) && !errors.Is(err, ErrMissing) {
		return Revision{}, err
	}
	byID, _ := r.remote.Packs.Selective()
	return Revision{}, &NameError{Name: id.String(), TipsOnly: !byID}
}

// nothing is the error of a name that the repository has nothing of.
func (r *Repo) nothing(ctx context.Context, name string) error {
	has, err := r.remote.Refs.HasBranches(ctx)
	if err != nil {
		return err
	}
	return &NameError{Name: name, Empty: !has}
}

// open opens a snapshot that this process has not read before. Concurrent and later openings of a
// commit share it.
func (r *Repo) open(ctx context.Context, want opening) (opened, error) {
	if want.ref.IsZero() || want.ref != want.base {
		return openSnapshot(ctx, r.objects, want)
	}
	s, err := share(ctx, &r.mu, r.commits, want.base, false, func(ctx context.Context) (opened, error) {
		return openSnapshot(ctx, r.objects, want)
	})
	if err != nil || s.Base == want.base {
		return s, err
	}
	// The commit that a tag leads to may have been opened before.
	return share(ctx, &r.mu, r.commits, s.Base, false, func(context.Context) (opened, error) { return s, nil })
}

// Moved forgets a ref that this process changed, unless it is a branch: its next revision is found
// anew.
func (r *Repo) Moved(ref string) {
	r.mu.Lock()
	delete(r.refs, ref)
	name, tag := strings.CutPrefix(ref, tagsPrefix)
	b := r.branches[name]
	r.mu.Unlock()
	if tag && b != nil {
		b.locator.unlist()
	}
}

// deepest is the number of levels of directories that lead to the deepest of some paths.
func deepest(paths []string) (levels int) {
	for _, p := range paths {
		levels = max(levels, levelsOf(p))
	}
	return levels
}
