package gitread

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// locator finds the commit of a branch. All callers share a list and a search until the first
// snapshot is read:
//
//	resources     ─► location: the commit, or the start of a branch that is to be created
//	                     │
//	data sources  ───────┴─► listing: the refs of the branch's name, a tag among them
type locator struct {
	repo *Repo
	name string // of the branch, short

	mu      sync.Mutex // guards the fields below
	listed  *listing   // nil before the first request and after the snapshot
	current *location  // of the first snapshot; nil before the first search and after the snapshot
	lasting error      // a failure that another request would only repeat
	// foreseen is the commit at which the branch is going to be created; nil if it is not.
	foreseen *gitobj.ID
}

// listing has the refs that the server lists for the name of a branch, or is the request for them.
type listing struct {
	tags   bool          // the tag of the name is asked for, too
	done   chan struct{} // closed when the fields below are set
	refs   []gitwire.Ref // HEAD, the branch and the tag, as far as they exist
	branch gitobj.ID     // the branch's commit; zero if there is no such branch
	err    error
}

// find is the ref of a full name; false if there is none.
func (n *listing) find(ref string) (gitwire.Ref, bool) {
	i := slices.IndexFunc(n.refs, func(r gitwire.Ref) bool { return r.Name == ref })
	if i < 0 {
		return gitwire.Ref{}, false
	}
	return n.refs[i], true
}

// hasHead reports whether HEAD names a branch that exists, which spares a list of all branches.
func (n *listing) hasHead() bool {
	head, _ := n.find("HEAD")
	_, ok := shortName(head.Target)
	return ok && !head.ID.IsZero()
}

// location is the commit of a branch, or the search for it.
type location struct {
	done      chan struct{} // closed when the fields below are set
	ref, base gitobj.ID     // as resolve returns them
	err       error
}

// foundAt is a finished search.
func foundAt(id gitobj.ID, err error) *location {
	l := &location{done: make(chan struct{}), ref: id, base: id, err: err}
	close(l.done)
	return l
}

// ref is the branch's full name.
func (l *locator) ref() string { return "refs/heads/" + l.name }

// seed sets the branch's commit, which a listing of HEAD told, unless the branch was located
// before.
func (l *locator) seed(id gitobj.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current == nil && l.listed == nil && !id.IsZero() {
		l.current = foundAt(id, nil)
		l.listed = &listing{done: l.current.done, branch: id}
	}
}

// list asks for the refs of the branch's name, or waits for the request that is under way. With
// tags, a request that begins now asks for the tag of the name, too.
func (l *locator) list(ctx context.Context, tags bool) (*listing, error) {
	l.mu.Lock()
	if err := l.lasting; err != nil {
		l.mu.Unlock()
		return nil, err
	}
	n := l.listLocked(ctx, tags)
	l.mu.Unlock()
	if err := await(ctx, n.done); err != nil {
		return nil, err
	}
	return n, n.err
}

// listLocked returns the listing that all callers share. A failure that may pass is not kept. A
// request for HEAD that is under way is waited for: it tells the commit of most branches.
func (l *locator) listLocked(ctx context.Context, tags bool) *listing {
	if l.listed != nil {
		return l.listed
	}
	n := &listing{tags: tags, done: make(chan struct{})}
	l.listed = n
	go func() {
		defer close(n.done)
		ctx := context.WithoutCancel(ctx)
		if n.branch = l.repo.toldByHead(ctx, l.name); !n.branch.IsZero() {
			return
		}
		if l.ask(ctx, n); n.err != nil {
			l.forget(n.err)
		}
	}()
	return n
}

// underWay is the listing that is under way or answered; nil if there is none.
func (l *locator) underWay() *listing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.listed
}

// unlist forgets a listing that has the tag of the branch's name: the tag has changed.
func (l *locator) unlist() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listed != nil && l.listed.tags {
		l.listed = nil // a search that began with it goes on with it
	}
}

// ask makes the request of a listing.
func (l *locator) ask(ctx context.Context, n *listing) {
	names := []string{"HEAD", l.ref()}
	if n.tags {
		names = append(names, tagsPrefix+l.name)
	}
	refs, err := l.repo.remote.Refs.ListRefs(ctx, names...)
	if err != nil {
		n.err = fmt.Errorf("find branch %q: %w", l.name, err)
		return
	}
	for _, r := range refs {
		if slices.Contains(names, r.Name) {
			n.refs = append(n.refs, r)
		}
	}
	if len(n.refs) > 0 { // else the remote may not know the format yet
		n.err = l.repo.learnFormat(ctx, n.refs)
	}
	if r, ok := n.find(l.ref()); ok {
		n.branch = r.ID
	}
	l.repo.sawHead(n)
}

// locate finds the branch, or waits for the search that is under way.
func (l *locator) locate(ctx context.Context) (ref, base gitobj.ID, err error) {
	at := l.begin(ctx)
	if err := await(ctx, at.done); err != nil {
		return ref, base, err
	}
	return at.ref, at.base, at.err
}

// begin returns the search that all callers share. A failure that may pass is not kept.
func (l *locator) begin(ctx context.Context) *location {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.lasting != nil:
		return foundAt(gitobj.ID{}, l.lasting)
	case l.current != nil:
		return l.current
	}
	at := &location{done: make(chan struct{})}
	l.current = at
	n := l.listLocked(ctx, false)
	go func() {
		defer close(at.done)
		<-n.done
		at.ref, at.base, at.err = l.decide(context.WithoutCancel(ctx), n)
		if at.err != nil {
			l.forget(at.err)
		}
	}()
	return at
}

// forget drops the location, once a snapshot was read, or could not be read because of err. It
// remembers an error that another request would only repeat.
func (l *locator) forget(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listed, l.current = nil, nil
	if err != nil && !errors.Is(err, gitwire.ErrTransient) && !isNoBranch(err) {
		l.lasting = err
	}
}

// foresee sets foreseen.
func (l *locator) foresee(base *gitobj.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.foreseen = base
}

// toCome returns foreseen.
func (l *locator) toCome() *gitobj.ID {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.foreseen
}

// renew forgets the location and every failure.
func (l *locator) renew() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listed, l.current, l.lasting = nil, nil, nil
}

// failure is the lasting failure of the branch, or nil.
func (l *locator) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lasting
}

// resolve asks the server for the branch's commit (ref) and the parent of the next commit (base):
// the same commit, or the start of a branch that is to be created. Both are zero in a repository
// without branches, whose first push creates this branch.
func (l *locator) resolve(ctx context.Context) (ref, base gitobj.ID, err error) {
	n := new(listing)
	l.ask(ctx, n)
	return l.decide(ctx, n)
}

// decide is resolve for a listing that has been answered.
func (l *locator) decide(ctx context.Context, n *listing) (ref, base gitobj.ID, err error) {
	if n.err != nil || !n.branch.IsZero() {
		return n.branch, n.branch, n.err
	}
	has := n.hasHead()
	if !has {
		has, err = l.repo.remote.Refs.HasBranches(ctx)
	}
	if err == nil {
		err = l.repo.learnFormat(ctx, n.refs)
	}
	if err != nil {
		return ref, base, fmt.Errorf("find branch %q: %w", l.name, err)
	}
	if !has {
		return ref, base, nil
	}
	if foreseen := l.toCome(); foreseen != nil {
		return ref, *foreseen, nil
	}
	from := l.repo.opts.CreateFrom
	if from == "" {
		return ref, base, &BranchError{Branch: l.name}
	}
	base, err = l.start(ctx, from)
	return ref, base, err
}

// start finds the start of a new branch: a branch, a tag or an object id, in this order.
func (l *locator) start(ctx context.Context, from string) (gitobj.ID, error) {
	names := []string{"refs/heads/" + from, "refs/tags/" + from}
	if strings.HasPrefix(from, "refs/") {
		names = []string{from}
	}
	for _, n := range names {
		// Separate requests: very many names may begin like this, and the remote stops to read a
		// list once the answer is clear.
		refs, err := l.repo.remote.Refs.ListRefs(ctx, n)
		if err != nil {
			return gitobj.ID{}, fmt.Errorf("find %q to create branch %q from: %w", from, l.name, err)
		}
		if err := l.repo.learnFormat(ctx, refs); err != nil {
			return gitobj.ID{}, err
		}
		for _, r := range refs {
			if r.Name == n {
				return r.ID, nil
			}
		}
	}
	id, err := gitobj.ParseID(from)
	if err != nil {
		return gitobj.ID{}, &BranchError{Branch: l.name, From: from}
	}
	// HasBranches was true, so that a listing has told the format.
	if f := l.repo.objects.format(); f != 0 && id.Format() != f {
		return gitobj.ID{}, fmt.Errorf("%w: %s is a %s name, and the repository names objects by %s", ErrFormat, id, id.Format(), f)
	}
	return id, nil
}
