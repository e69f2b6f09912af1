package gitwriter

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// This file has commits made by the host, which signs them with a key of its own:
//
//	pack ──► helper ref, with an unsigned commit of the same tree     push
//	tree, parents, message ──► Host ──► the host's commit             a request of the host's API
//	branch ──► the host's commit; the helper ref goes                 push, with an empty pack
//
// The branch moves by compare-and-swap as ever, so that land settles lost races and unknown
// outcomes here as well. A lost race moves the helper ref to the next commit. If an answer of the
// host is lost, it makes a second commit; the first stays unreachable.

// Host makes and signs commits.
type Host interface {
	// MakeCommit makes a signed commit of a tree and of parents that the repository has, and moves
	// no branch. raw are the bytes of the commit object; nil if the host does not tell them.
	MakeCommit(ctx context.Context, tree gitobj.ID, parents []gitobj.ID, message string) (id gitobj.ID, raw []byte, err error)
}

// coAuthor is the key of the trailer that names the author of a commit which the host makes, and of
// which the host's own account is the author.
const coAuthor = "Co-authored-by"

// credited returns m with the author as a trailer if the host makes the commits.
func (r *Repo) credited(m Meta) Meta {
	if r.opts.Host == nil || m.Author == (Identity{}) || m.Author == r.opts.Nobody {
		return m
	}
	t := Trailer{Key: coAuthor, Value: fmt.Sprintf("%s <%s>", m.Author.Name, m.Author.Email)}
	if !slices.ContainsFunc(m.Trailers, func(o Trailer) bool { return strings.EqualFold(o.Key, t.Key) && o.Value == t.Value }) {
		m.Trailers = append(slices.Clip(m.Trailers), t)
	}
	return m
}

// ask has the host make the commit c, which waits on the server at the helper ref.
func (h *helper) ask(ctx context.Context, c *gitobj.Commit) (id gitobj.ID, raw []byte, err error) {
	id, raw, err = h.repo.opts.Host.MakeCommit(ctx, c.Tree, c.Parents, c.Message)
	if err != nil {
		return id, nil, fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	if id.Format() != c.Tree.Format() {
		return id, nil, fmt.Errorf("%w: the host answers with the commit %s, which is no %s object id", ErrUnsigned, id, c.Tree.Format())
	}
	if raw == nil {
		return id, nil, nil
	}
	made, err := gitobj.ParseCommit(id.Format(), raw)
	if err != nil || gitobj.Hash(id.Format(), gitobj.KindCommit, raw) != id || made.Tree != c.Tree || !slices.Equal(made.Parents, c.Parents) {
		return id, nil, fmt.Errorf("%w: the host made commit %s, and it is not the one that was asked for", ErrUnsigned, id)
	}
	return id, raw, nil
}

// exchange replaces the pending commit, which the writer made, by a commit of the host. From then
// on the server has all objects.
func (p *pending) exchange(ctx context.Context, h *helper) error {
	b := p.branch
	if err := h.put(ctx, p.id, p); err != nil {
		return err
	}
	// An atomic push needs the server's capabilities: they come while the host works.
	known := make(chan struct{})
	go func() {
		defer close(known)
		_, _ = b.repo.PushCapabilities(ctx) // the push meets the error, if it lasts
	}()
	id, raw, err := h.ask(ctx, &p.commit)
	<-known
	if err != nil {
		return fmt.Errorf("commit to branch %q: %w", b.Name(), err)
	}
	b.repo.logf(ctx, "the host made commit %s of tree %s for %s", id, p.root, b.Name())
	p.close()
	p.id, p.helper, p.objs = id, h, p.objs[1:]
	if raw != nil {
		p.objs = append([]objstore.Object{{ID: id, Kind: gitobj.KindCommit, Data: raw}}, p.objs...)
	}
	if p.pack, err = b.repo.stage.Pack(nil); err != nil {
		return fmt.Errorf("build pack for branch %q: %w", b.Name(), err)
	}
	return nil
}

// initialize has the host make the first commit of a repository and makes it the branch. c is
// the writer's own version of it, the first of the objects.
func (r *Repo) initialize(ctx context.Context, branch string, c *gitobj.Commit, objects []objstore.Object) (gitobj.ID, error) {
	h := r.newHelper()
	defer h.end(ctx)
	if err := h.putObjects(ctx, objects); err != nil {
		return gitobj.ID{}, err
	}
	id, _, err := h.ask(ctx, c)
	if err != nil {
		return id, fmt.Errorf("commit to branch %q: %w", branch, err)
	}
	return id, r.SetRef(ctx, RefChange{Ref: heads + branch, New: id})
}
