package gitread

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// A name of a commit, as people write it, leads there over at most three kinds of steps:
//
//	""            ─► HEAD ─────────┐
//	main, v1      ─► refs/heads/main, refs/tags/v1 ─► object ─► tag ─► … ─► commit
//	refs/notes/x  ─► refs/notes/x ─┘                    ▲
//	1f7a7a47…     ─────────────────────────────────────┘
//
// Nothing of it is remembered: each call asks the server. A [Revision] is remembered.

// Named is the object that a name stands for.
type Named struct {
	Ref    string    // the full name of the ref; "" if the name was an id
	Object gitobj.ID // that the ref points at; zero if there is no such ref
	Commit gitobj.ID // Object, or the commit to which annotated tags lead from there
}

// ErrNoName says that the repository has nothing of a name.
var ErrNoName = errors.New("no such branch, tag or commit")

// ErrNotCommit says that a name leads to a directory or a file.
var ErrNotCommit = errors.New("not a commit")

// NameError says that a name stands for nothing; it is an ErrNoName.
type NameError struct {
	Name  string // "" for the remote's HEAD
	Empty bool   // the repository has no branch
	// TipsOnly: the name is a commit's id, and the server hands out no commits by their ids but
	// those that a branch or a tag is at.
	TipsOnly bool
}

func (e *NameError) Error() string {
	switch {
	case e.Empty:
		return "the repository is empty: it has no commit yet"
	case e.TipsOnly:
		return fmt.Sprintf("no branch or tag is at commit %s, and the server hands out no other commits: name a branch or a tag", e.Name)
	case e.Name == "":
		return "the remote's HEAD names no commit: say from which branch, tag or commit to start"
	}
	return fmt.Sprintf("the repository has no branch, tag or commit %q", e.Name)
}

// Unwrap makes the error an ErrNoName.
func (e *NameError) Unwrap() error { return ErrNoName }

// Find finds the commit of a name: a branch, a tag, a full ref or an object id, in this order. An
// empty name stands for the remote's HEAD. A name of nothing is a *NameError.
func (r *Repo) Find(ctx context.Context, name string) (Named, error) {
	if r.Closed() {
		return Named{}, ErrClosed
	}
	found, err := r.find(ctx, name)
	if err != nil {
		return found, fmt.Errorf("find %s: %w", quoteName(name), err)
	}
	return found, nil
}

func quoteName(name string) string {
	if name == "" {
		return "the remote's HEAD"
	}
	return fmt.Sprintf("%q", name)
}

func (r *Repo) find(ctx context.Context, name string) (Named, error) {
	for _, ref := range fullNames(name) {
		found, err := r.ref(ctx, ref)
		if err != nil || !found.Object.IsZero() {
			return found, err
		}
	}
	if id, err := gitobj.ParseID(name); err == nil {
		return r.byID(ctx, id)
	}
	has, err := r.remote.Refs.HasBranches(ctx)
	if err != nil {
		return Named{}, err
	}
	return Named{}, &NameError{Name: name, Empty: !has}
}

// fullNames are the refs that a name may stand for.
func fullNames(name string) []string {
	switch {
	case name == "" || name == "HEAD":
		return []string{"HEAD"}
	case strings.HasPrefix(name, "refs/"):
		return []string{name}
	}
	return []string{"refs/heads/" + name, "refs/tags/" + name}
}

// Ref finds a ref by its full name. If there is no such ref, the Object is zero.
func (r *Repo) Ref(ctx context.Context, ref string) (Named, error) {
	if r.Closed() {
		return Named{}, ErrClosed
	}
	found, err := r.ref(ctx, ref)
	if err != nil {
		return found, fmt.Errorf("read %s: %w", ref, err)
	}
	return found, nil
}

func (r *Repo) ref(ctx context.Context, ref string) (Named, error) {
	found, peeled, err := r.listRef(ctx, ref)
	if err != nil || found.Object.IsZero() {
		return found, err
	}
	switch {
	case strings.HasPrefix(found.Ref, "refs/heads/"): // git keeps nothing but commits there
		found.Commit = found.Object
	case !peeled.IsZero():
		found.Commit, err = r.peel(ctx, peeled)
	default:
		found.Commit, err = r.peel(ctx, found.Object)
	}
	return found, err
}

// listRef asks for a ref. peeled is the object to which its tag leads, if the server tells it.
func (r *Repo) listRef(ctx context.Context, ref string) (found Named, peeled gitobj.ID, err error) {
	refs, err := r.remote.Refs.ListRefs(ctx, ref)
	if err == nil {
		err = r.learnFormat(ctx, refs)
	}
	if err != nil {
		return found, peeled, err
	}
	found.Ref = ref
	if i := slices.IndexFunc(refs, func(x gitwire.Ref) bool { return x.Name == ref }); i >= 0 {
		found.Object, peeled = refs[i].ID, refs[i].Peeled
		if refs[i].Target != "" {
			found.Ref = refs[i].Target
		}
	}
	return found, peeled, nil
}

// RefObject returns the object that a ref points at, zero if there is no such ref. It reads no
// object.
func (r *Repo) RefObject(ctx context.Context, ref string) (gitobj.ID, error) {
	if r.Closed() {
		return gitobj.ID{}, ErrClosed
	}
	found, _, err := r.listRef(ctx, ref)
	if err != nil {
		return gitobj.ID{}, fmt.Errorf("read %s: %w", ref, err)
	}
	return found.Object, nil
}

// RefsBelow lists the refs of a directory, "refs/notes/", by their full names.
func (r *Repo) RefsBelow(ctx context.Context, directory string) ([]gitwire.Ref, error) {
	if r.Closed() {
		return nil, ErrClosed
	}
	refs, err := r.remote.Refs.ListRefs(ctx, directory)
	if err == nil {
		err = r.learnFormat(ctx, refs)
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", directory, err)
	}
	return slices.DeleteFunc(refs, func(ref gitwire.Ref) bool { return !strings.HasPrefix(ref.Name, directory) }), nil
}

// PushCapabilities asks the server, once, for its capabilities for writing.
func (r *Repo) PushCapabilities(ctx context.Context) (gitwire.Capabilities, error) {
	if r.Closed() {
		return gitwire.Capabilities{}, ErrClosed
	}
	return r.remote.Server.PushCapabilities(ctx)
}

// IsHead reports whether the remote's HEAD names a branch.
func (r *Repo) IsHead(ctx context.Context, branch string) (bool, error) {
	name, err := r.remote.Refs.HeadBranch(ctx)
	return err == nil && name == branch, err
}

// IsEmpty reports whether the repository has no branch, and its object format.
func (r *Repo) IsEmpty(ctx context.Context) (bool, gitobj.Format, error) {
	has, err := r.remote.Refs.HasBranches(ctx)
	if err == nil {
		err = r.learnFormat(ctx, nil)
	}
	if err != nil {
		return false, 0, fmt.Errorf("look for branches: %w", err)
	}
	return !has, r.objects.format(), nil
}

// byID finds the commit of an id. A server that hands out nothing but tips is not able to tell
// whether it has another commit: such an id is taken at its word, and the server judges the push.
func (r *Repo) byID(ctx context.Context, id gitobj.ID) (Named, error) {
	if f := r.objects.format(); f != 0 && id.Format() != f {
		return Named{}, fmt.Errorf("%w: %s is a %s name, and the repository names objects by %s", ErrFormat, id, id.Format(), f)
	}
	commit, err := r.peel(ctx, id)
	if err == nil {
		return Named{Object: id, Commit: commit}, nil
	}
	if !r.remote.Packs.RefusesWants(err, []gitobj.ID{id}) && !errors.Is(err, ErrMissing) {
		return Named{}, err
	}
	if byID, _ := r.remote.Packs.Selective(); !byID {
		return Named{Object: id, Commit: id}, nil
	}
	return Named{}, &NameError{Name: id.String()}
}

// peel follows tags to a commit.
func (r *Repo) peel(ctx context.Context, id gitobj.ID) (gitobj.ID, error) {
	at := id
	for range maxTagDepth {
		ob, err := r.Object(ctx, at)
		if err != nil {
			return gitobj.ID{}, err
		}
		switch ob.Kind {
		case gitobj.KindCommit:
			return at, nil
		case gitobj.KindTag:
			tag, err := gitobj.ParseTag(at.Format(), ob.Data)
			if err != nil {
				return gitobj.ID{}, fmt.Errorf("tag %s: %w", at, err)
			}
			at = tag.Object
		default:
			return gitobj.ID{}, fmt.Errorf("object %s is a %s: %w", at, ob.Kind, ErrNotCommit)
		}
	}
	return gitobj.ID{}, fmt.Errorf("tag %s does not lead to a commit within %d steps", id, maxTagDepth)
}

// Object returns a commit or a tag by its id, which nothing but the server's own refs need to lead
// to. Of a directory or a file it returns the kind at least.
func (r *Repo) Object(ctx context.Context, id gitobj.ID) (objstore.Object, error) {
	if found, _ := r.objects.local(ctx, []gitobj.ID{id}); found[0].Kind != 0 {
		return found[0], nil
	}
	var got objstore.Object
	_, err := r.objects.receive(ctx, reading{
		req:     gitwire.Fetch{Wants: []gitobj.ID{id}, Filter: lone, Depth: 1, Format: r.objects.format()},
		noBlobs: true, budget: readAheadBudget,
		keep: func(ob objstore.Object) bool { return ob.Kind == gitobj.KindCommit || ob.Kind == gitobj.KindTag },
		visit: func(ob objstore.Object) {
			if ob.ID == id {
				got = ob
			}
		},
	})
	if err != nil {
		return got, fmt.Errorf("read object %s: %w", id, err)
	}
	if got.Kind == 0 {
		return got, fmt.Errorf("read object %s: %w", id, ErrMissing)
	}
	return got, nil
}
