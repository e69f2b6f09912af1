package gitwriter

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

const (
	// helpers is the directory of the helper refs: outside of refs/heads, so that rules for
	// branches do not reach them.
	helpers = "refs/nanogit/"
	// helperTime is the time in the name of a helper ref, in UTC, before a dash and random letters:
	// refs/nanogit/20260131T235959Z-k3m…
	helperTime = "20060102T150405Z"
	// helperAge is the age from which a helper ref counts as left behind by a process that crashed.
	// A clock that is wrong by less does no harm.
	helperAge = 24 * time.Hour
	// maxSwept bounds the helper refs that a process deletes.
	maxSwept = 100
)

// helper is a ref at which objects wait on the server for the host to make a commit of them. It is
// created with the first commit of a race, and moved with each further.
type helper struct {
	repo *Repo
	ref  string
	at   gitobj.ID // zero: there is no such ref
	lost bool      // a push of it failed, so that at may be wrong
}

// newHelper chooses a name. Nothing is sent.
func (r *Repo) newHelper() *helper {
	return &helper{repo: r, ref: helpers + r.opts.Now().UTC().Format(helperTime) + "-" + strings.ToLower(rand.Text())}
}

// sweep deletes the helper refs that are older than helperAge, by the time in their names.
func (r *Repo) sweep(ctx context.Context) error {
	refs, err := r.RefsBelow(ctx, helpers)
	if err != nil {
		return err
	}
	var req gitwire.Push
	for _, ref := range refs {
		stamp, _, _ := strings.Cut(strings.TrimPrefix(ref.Name, helpers), "-")
		made, err := time.Parse(helperTime, stamp)
		if err != nil || r.opts.Now().Sub(made) < helperAge || len(req.Commands) == maxSwept {
			continue
		}
		req.Commands = append(req.Commands, gitwire.Command{Ref: ref.Name, Old: ref.ID})
		req.Format = ref.ID.Format()
	}
	if len(req.Commands) == 0 {
		return nil
	}
	r.logf(ctx, "%s: deleting %d helper refs that were left behind", r.URL(), len(req.Commands))
	_, err = r.pusher.Push(ctx, req, nil)
	return err
}

// put moves the helper ref to a commit of the writer, with the pack of p.
func (h *helper) put(ctx context.Context, commit gitobj.ID, p *pending) error {
	push := h.push(commit)
	push.req.Thin, push.source = len(p.deltas) > 0, p
	return h.run(ctx, push)
}

// putObjects moves the helper ref to the first of some objects, a commit.
func (h *helper) putObjects(ctx context.Context, objects []objstore.Object) error {
	push := h.push(objects[0].ID)
	push.change.Objects = objects
	defer push.close()
	if err := push.stage(ctx); err != nil {
		return fmt.Errorf("push to %s: %w", h.ref, err)
	}
	return h.run(ctx, push)
}

// push is a push that moves the helper ref; to zero: deletes it.
func (h *helper) push(to gitobj.ID) *refPush {
	return newRefPush(h.repo, RefChange{Ref: h.ref, Old: h.at, New: to}, nil)
}

// run pushes until the outcome is known.
func (h *helper) run(ctx context.Context, push *refPush) error {
	if err := push.run(ctx); err != nil {
		h.lost = true
		return &HelperError{Ref: h.ref, Err: err}
	}
	h.at, h.lost = push.change.New, false
	return nil
}

// deletion is the command that deletes the helper ref.
func (h *helper) deletion() gitwire.Command { return gitwire.Command{Ref: h.ref, Old: h.at} }

// gone records that the helper ref was deleted with another push.
func (h *helper) gone() { h.at, h.lost = gitobj.ID{}, false }

// end deletes the helper ref, unless it is gone. If that fails, a later process does it. The first
// time it also deletes those that others left behind. It may be called on nil.
func (h *helper) end(ctx context.Context) {
	if h == nil {
		return
	}
	r := h.repo
	if err := h.remove(ctx); err != nil {
		r.logf(ctx, "%s stays on %s for a later run to delete: %v", h.ref, r.URL(), err)
	}
	r.swept.Do(func() {
		if err := r.sweep(ctx); err != nil {
			r.logf(ctx, "%s: helper refs that were left behind are not deleted: %v", r.URL(), err)
		}
	})
}

// remove deletes the helper ref, also when the caller has given up.
func (h *helper) remove(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.repo.opts.OutcomeLimit)
	defer cancel()
	if h.lost {
		if h.at, err = h.repo.RefObject(ctx, h.ref); err != nil {
			return err
		}
	}
	if h.at.IsZero() {
		return nil
	}
	return h.run(ctx, h.push(gitobj.ID{}))
}

// HelperError says that the objects of a commit that the host is to make could not be pushed to
// their helper ref.
type HelperError struct {
	Ref string // full name
	Err error
}

func (e *HelperError) Error() string {
	return fmt.Sprintf("the objects for a commit that the host signs wait at a ref of their own, %s: %v", e.Ref, e.Err)
}

// Unwrap returns the failure of the push.
func (e *HelperError) Unwrap() error { return e.Err }
