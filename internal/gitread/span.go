package gitread

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Two commits and the history between them:
//
//	base ◄── a ◄── b ◄── head      Ahead: b, a      Behind: none      head descends from base
//
//	     ┌── a ◄── head            Ahead: head, a
//	o ◄──┴── x ◄── base            Behind: base, x

// mostSpanned bounds the commits of each side that are read.
const mostSpanned = 1_000

// spanBudget bounds the pack of commits of each side, in bytes: about 100,000 commits.
const spanBudget = 16 << 20

// Spanned is a commit of a span, with the first line of its message.
type Spanned struct {
	ID      gitobj.ID
	Subject string
}

// String is the commit as `git log --oneline` shows it.
func (l Spanned) String() string { return fmt.Sprintf("%.10s %s", l.ID, l.Subject) }

// Span is the history between two commits.
type Span struct {
	Descends bool      // the head is the base, or the base is an ancestor of the head
	Ahead    []Spanned // commits that the head leads to and the base does not, from the head on
	Behind   []Spanned // commits that the base leads to and the head does not; none if Descends
	More     bool      // there are more than were read
}

// Between reads the commits between two commits: one request, and another if the head does not
// descend from the base. It reads no directories and no files.
func (r *Repo) Between(ctx context.Context, base, head gitobj.ID) (Span, error) {
	if base == head {
		return Span{Descends: true}, nil
	}
	ahead, found, cut, err := r.without(ctx, head, base)
	if err == nil && cut && !found {
		err = fmt.Errorf("read the commits between %s and %s: they are too many to tell whether one leads to the other", base, head)
	}
	if err != nil || found {
		return Span{Descends: found, Ahead: ahead, More: cut}, err
	}
	behind, _, more, err := r.without(ctx, base, head)
	return Span{Ahead: ahead, Behind: behind, More: cut || more}, err
}

// without are the commits that tip leads to and other does not, from tip on. met reports whether
// other is an ancestor of tip.
func (r *Repo) without(ctx context.Context, tip, other gitobj.ID) (commits []Spanned, met, cut bool, err error) {
	parents, subjects := make(map[gitobj.ID][]gitobj.ID), make(map[gitobj.ID]string)
	cut, err = r.objects.receive(ctx, reading{
		req:    gitwire.Fetch{Wants: []gitobj.ID{tip}, Haves: []gitobj.ID{other}, Filter: lone, Format: r.objects.format()},
		budget: spanBudget, noBlobs: true,
		keep: func(objstore.Object) bool { return false },
		visit: func(ob objstore.Object) {
			if ob.Kind != gitobj.KindCommit || len(parents) > mostVisited {
				return
			}
			if c, err := gitobj.ParseCommit(ob.ID.Format(), ob.Data); err == nil {
				parents[ob.ID] = c.Parents
				subjects[ob.ID], _, _ = strings.Cut(strings.TrimLeft(c.Message, "\n"), "\n")
			}
		},
	})
	if err != nil {
		return nil, false, false, fmt.Errorf("read the commits between %s and %s: %w", other, tip, err)
	}
	for _, id := range lineage(tip, parents, history([]gitobj.ID{other}, parents, nil)) {
		met = met || slices.Contains(parents[id], other)
		if len(commits) < mostSpanned {
			commits = append(commits, Spanned{id, subjects[id]})
		} else {
			cut = true
		}
	}
	return commits, met, cut, nil
}

// lineage are the commits with known parents that lead from tip backwards, without those of a set:
// the nearest first.
func lineage(tip gitobj.ID, parents map[gitobj.ID][]gitobj.ID, without map[gitobj.ID]bool) []gitobj.ID {
	var order []gitobj.ID
	seen := map[gitobj.ID]bool{}
	for queue := []gitobj.ID{tip}; len(queue) > 0; queue = queue[1:] {
		id := queue[0]
		of, known := parents[id]
		if !known || seen[id] || without[id] {
			continue
		}
		seen[id] = true
		order = append(order, id)
		queue = append(queue, of...)
	}
	return order
}
