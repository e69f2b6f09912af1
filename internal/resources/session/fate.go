package session

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
)

// Fate is the decision of a plan about the removal of a resource, for the deletion: by then nobody
// is left to ask, as resources without a change are not part of an apply.
type Fate struct {
	// Left are the paths that another resource has, with the content that is there: they are its
	// own from now on.
	Left []string `json:"left,omitempty"`
	// Alone: no other resource of the run has the paths.
	Alone bool `json:"alone,omitempty"`
	// Known are paths of other removals that another resource was found to have only after these
	// were planned.
	Known []string `json:"known,omitempty"`
	// Taker tells whether a nanogit_commit of the same plan takes the removal.
	Taker Taker `json:"taker,omitempty"`
	// Committed: a nanogit_commit has taken changes of the resource before.
	Committed bool `json:"committed,omitempty"`
	// Plan is by which name the records know the plan: they know the later plans, too.
	Plan string `json:"plan,omitempty"`
	// Replaced: it is the plan of a creation. Terraform hands its private state to the deletion
	// which is the first half of a replacement, and which no plan announces.
	Replaced bool `json:"replaced,omitempty"`
}

// Taker tells whether a nanogit_commit of a plan takes a change.
type Taker string

// Whether a nanogit_commit takes a change.
const (
	TakerUnknown Taker = ""
	TakerCommit  Taker = "commit"
	TakerNone    Taker = "none"
)

// Encode is the decision for private state.
func (f Fate) Encode() []byte {
	b, err := json.Marshal(f)
	if err != nil {
		panic("session: strings cannot be encoded: " + err.Error())
	}
	return b
}

// DecodeFate reads the result of Encode. planned is false for a deletion that no plan announced: it
// is the first half of a replacement.
func DecodeFate(b []byte) (f Fate, planned bool) {
	ok := b != nil && json.Unmarshal(b, &f) == nil
	return f, ok && !f.Replaced
}

// FateOfReplaced is the decision of a creation's plan for the resource that it may replace.
func (o Owners) FateOfReplaced() []byte {
	return Fate{Plan: o.Records.Entrust(), Replaced: true}.Encode()
}

// Removal is a removal that is being planned.
type Removal struct {
	Location Location
	Blobs    map[string]gitobj.ID // that the branch holds, by path
	Others   map[string]gitobj.ID // that other resources are to have, as of the last refresh
	// Staging: the removal is left for a nanogit_commit, if any takes it. Committed: changes of the
	// resource were taken before.
	Staging, Committed bool
}

// Decide finds out who has the paths of a resource that is to be removed, and who removes them.
func (o Owners) Decide(ctx context.Context, r Removal) Fate {
	var f Fate
	at, paths := r.Location.OnBoard(), slices.Sorted(maps.Keys(r.Blobs))
	board := o.Board
	for path, id := range r.Blobs {
		board.Leave(at, path, id.String())
		if !id.IsZero() && r.Others[path] == id {
			f.Left = append(f.Left, path)
		}
	}
	board.Remove(at, paths...)
	rest := func() []string {
		return slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return slices.Contains(f.Left, path) })
	}
	verdict := board.Await(ctx, board.Patience(), at, rest(), func(_ string, n intent.Notice) bool {
		return n.Claims.Any() || r.Staging && (n.Taken || n.Ended)
	})
	f.Alone, f.Committed = verdict == intent.Silent, r.Committed
	f.Left = append(f.Left, board.Some(at, rest(), func(_ string, n intent.Notice) bool { return n.HandedOver() })...)
	if verdict == intent.Unknown {
		board.Doubt(at, rest()...)
	}
	f.Known = board.Settled(at)
	if left := rest(); r.Staging && len(left) > 0 {
		// A put of another resource at the path takes the place of the removal, and goes with the
		// commit that names it.
		taken := board.Some(at, left, func(_ string, n intent.Notice) bool { return n.Taken || n.Claims.Any() })
		ended := board.Some(at, left, func(_ string, n intent.Notice) bool { return n.Ended && !n.Taken })
		switch {
		case len(taken) == len(left):
			f.Taker = TakerCommit
		case len(ended) > 0, f.Alone && !r.Committed:
			// Of an instance of for_each the commit is planned only afterwards: silence says
			// nothing then.
			f.Taker = TakerNone
		}
	}
	f.Plan = o.Records.Entrust()
	return f
}

// Taker tells who takes the removal of a path, by the plan's decision or by news after it.
func (o Owners) Taker(f Fate, l Location, path string) Taker {
	if f.Taker != TakerUnknown || f.Plan == "" {
		return f.Taker
	}
	return o.takerIn(f.Plan, l, path)
}

// TakerHere tells who takes a change of a path, by the plans of this run.
func (o Owners) TakerHere(l Location, path string) Taker { return o.takerIn("", l, path) }

// takerIn is TakerHere by a plan of the records and those after it.
func (o Owners) takerIn(plan string, l Location, path string) Taker {
	commits, known := o.Records.Commits(plan, l.OnBoard(), path)
	switch {
	case !known:
		return TakerUnknown
	case commits:
		return TakerCommit
	}
	return TakerNone
}

// learn makes known in this process the other removals that the plan knew of.
func (o Owners) learn(l Location, f Fate) {
	if len(f.Known) == 0 {
		return
	}
	at, board := l.OnBoard(), o.Board
	for _, path := range f.Known {
		board.Confirm(at, path)
	}
}

// LeftToOthers returns those of the paths of a deletion that another resource has by now, with the
// same content. It waits for others to say so only where the plan could not.
func (o Owners) LeftToOthers(ctx context.Context, l Location, blobs map[string]gitobj.ID, f Fate, planned bool) map[string]bool {
	if !planned {
		return nil // the next call puts the path back, if the replacement has it
	}
	o.learn(l, f)
	at, paths := l.OnBoard(), slices.Sorted(maps.Keys(blobs))
	board := o.Board
	for path, id := range blobs {
		board.Leave(at, path, id.String())
	}
	left := make(map[string]bool)
	for _, path := range f.Left {
		// A plan may be made without the hints of the refresh before it: the resource that had the
		// path then may be gone.
		has, known := o.Records.Has(f.Plan, at, path)
		left[path] = has || !known
	}
	paths = slices.DeleteFunc(paths, func(path string) bool {
		claimed, known := o.Records.Claims(f.Plan, at, path, blobs[path].String())
		left[path] = left[path] || claimed
		return left[path] || known && o.Records.Alone()
	})
	if len(paths) > 0 && !f.Alone && f.Taker != TakerCommit {
		board.Await(ctx, board.Patience(), at, paths, func(_ string, n intent.Notice) bool { return n.Confirmed || n.Claims.Any() })
	}
	for _, path := range board.Some(at, paths, func(_ string, n intent.Notice) bool { return n.Confirmed || n.HandedOver() }) {
		left[path] = true
	}
	return left
}

// KeptByOthers reports whether another resource has the path of a deletion, in state and by the
// plan. The file on the branch is that resource's then.
func (o Owners) KeptByOthers(l Location, path string, f Fate, planned bool) bool {
	return planned && o.Records.Keeps(f.Plan, l.OnBoard(), path)
}
