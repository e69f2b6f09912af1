package gitwriter

import (
	"cmp"
	"context"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// firstMessage is the message of an empty first commit, unless Meta has another.
const firstMessage = "Initial commit"

// Initialize makes an empty first commit on a branch of a repository without branches. made is
// false if the repository has a branch: two branches with first commits of their own would have
// nothing in common.
func (r *Repo) Initialize(ctx context.Context, branch string, m Meta) (commit gitobj.ID, made bool, err error) {
	r.first.Lock()
	defer r.first.Unlock()
	empty, format, err := r.IsEmpty(ctx)
	if err != nil || !empty {
		return commit, false, err
	}
	m.Message = cmp.Or(m.Message, firstMessage)
	tree := objstore.Object{ID: gitobj.Hash(format, gitobj.KindTree, nil), Kind: gitobj.KindTree, Data: []byte{}}
	c := r.newCommit(m)
	c.Tree, c.Message = tree.ID, newAccount(branch, nil).message(r.credited(m))
	raw, err := r.signed(ctx, &c)
	if err != nil {
		return commit, false, fmt.Errorf("commit to branch %q: %w", branch, err)
	}
	ob := objstore.Object{ID: gitobj.Hash(format, gitobj.KindCommit, raw), Kind: gitobj.KindCommit, Data: raw}
	if r.opts.Host != nil {
		commit, err = r.initialize(ctx, branch, &c, []objstore.Object{ob, tree})
		return commit, err == nil, err
	}
	err = r.SetRef(ctx, RefChange{Ref: heads + branch, New: ob.ID, Objects: []objstore.Object{ob, tree}})
	return ob.ID, err == nil, err
}

// newCommit is a commit of now, with the people of m.
func (r *Repo) newCommit(m Meta) gitobj.Commit {
	now := r.opts.Now()
	return gitobj.Commit{
		Author:    gitobj.Signature{Name: m.Author.Name, Email: m.Author.Email, When: now},
		Committer: gitobj.Signature{Name: m.Committer.Name, Email: m.Committer.Email, When: now},
	}
}

// signed checks and signs a commit, and returns its bytes. A commit that the host is going to make
// stays unsigned.
func (r *Repo) signed(ctx context.Context, c *gitobj.Commit) ([]byte, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	raw := c.Append(nil)
	sign := r.opts.Sign
	if sign == nil || r.opts.Host != nil {
		return raw, nil
	}
	signature, err := sign(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	c.Sign(signature)
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c.Append(raw[:0]), nil
}
