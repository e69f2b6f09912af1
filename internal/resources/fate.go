package resources

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
)

// fateKey is the key, in private state, of the decision of a plan about a removal.
const fateKey = "fate"

// fate is the decision of a plan about the removal of a resource, for the deletion: by then nobody
// is left to ask, as resources without a change are not part of an apply.
type fate struct {
	// Left are the paths that another resource has, with the content that is there: they are its
	// own from now on.
	Left []string `json:"left,omitempty"`
	// Alone: no other resource of the run has the paths.
	Alone bool `json:"alone,omitempty"`
	// Known are paths of other removals that another resource was found to have only after these
	// were planned.
	Known []string `json:"known,omitempty"`
	// Taker tells whether a nanogit_commit of the same plan takes the removal.
	Taker taker `json:"taker,omitempty"`
	// Committed: a nanogit_commit has taken changes of the resource before.
	Committed bool `json:"committed,omitempty"`
	// Plan is by which name the records know the plan: they know the later plans, too.
	Plan string `json:"plan,omitempty"`
	// Replaced: it is the plan of a creation. Terraform hands its private state to the deletion
	// which is the first half of a replacement, and which no plan announces.
	Replaced bool `json:"replaced,omitempty"`
}

type taker string

const (
	takerUnknown taker = ""
	takerCommit  taker = "commit"
	takerNone    taker = "none"
)

func (f fate) encode() []byte {
	b, err := json.Marshal(f)
	if err != nil {
		panic("resources: strings cannot be encoded: " + err.Error())
	}
	return b
}

// decodeFate reads the result of encode. planned is false for a deletion that no plan announced: it
// is the first half of a replacement.
func decodeFate(b []byte) (f fate, planned bool) {
	ok := b != nil && json.Unmarshal(b, &f) == nil
	return f, ok && !f.Replaced
}

// fateOfReplaced is the decision of a creation's plan for the resource that it may replace.
func (s *Session) fateOfReplaced() []byte {
	return fate{Plan: s.records().Entrust(), Replaced: true}.encode()
}

// planned is a removal that is being planned.
type plannedRemoval struct {
	place  place
	blobs  map[string]gitobj.ID // that the branch holds, by path
	rivals map[string]gitobj.ID // of other resources, as of the last refresh
	// staging: the removal is left for a nanogit_commit, if any takes it. committed: one has taken
	// changes of the resource before.
	staging, committed bool
}

// decideFate finds out who has the paths of a resource that is to be removed, and who removes
// them.
func (s *Session) decideFate(ctx context.Context, r plannedRemoval) fate {
	var f fate
	at, paths := r.place.spot(), slices.Sorted(maps.Keys(r.blobs))
	board := s.board()
	for path, id := range r.blobs {
		board.Leave(at, path, id.String())
		if !id.IsZero() && r.rivals[path] == id {
			f.Left = append(f.Left, path)
		}
	}
	board.Remove(at, paths...)
	rest := func() []string {
		return slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return slices.Contains(f.Left, path) })
	}
	verdict := board.Await(ctx, board.Patience(), at, rest(), func(_ string, n intent.Notice) bool {
		return n.Claims.Any() || r.staging && (n.Taken || n.Ended)
	})
	f.Alone, f.Committed = verdict == intent.Silent, r.committed
	f.Left = append(f.Left, board.Some(at, rest(), func(_ string, n intent.Notice) bool { return n.HandedOver() })...)
	if verdict == intent.Unknown {
		board.Doubt(at, rest()...)
	}
	f.Known = board.Settled(at)
	if left := rest(); r.staging && len(left) > 0 {
		// A put of another resource at the path takes the place of the removal, and goes with the
		// commit that names it.
		taken := board.Some(at, left, func(_ string, n intent.Notice) bool { return n.Taken || n.Claims.Any() })
		ended := board.Some(at, left, func(_ string, n intent.Notice) bool { return n.Ended && !n.Taken })
		switch {
		case len(taken) == len(left):
			f.Taker = takerCommit
		case len(ended) > 0, f.Alone && !r.committed:
			// Of an instance of for_each the plan of its commit comes only after this one: silence
			// says nothing then.
			f.Taker = takerNone
		}
	}
	f.Plan = s.records().Entrust()
	return f
}

// taker is who takes the removal of a path, by the plan's decision or by news after
// it.
func (s *Session) taker(f fate, p place, path string) taker {
	if f.Taker != takerUnknown || f.Plan == "" {
		return f.Taker
	}
	return takerOf(s.records().Commits(f.Plan, p.spot(), path))
}

func takerOf(commits, known bool) taker {
	switch {
	case !known:
		return takerUnknown
	case commits:
		return takerCommit
	}
	return takerNone
}

// learn makes known in this process the other removals that the plan knew of.
func (s *Session) learn(p place, f fate) {
	if len(f.Known) == 0 {
		return
	}
	at, board := p.spot(), s.board()
	for _, path := range f.Known {
		board.Confirm(at, path)
	}
}

// leftToOthers returns those of the paths of a deletion that another resource has by now, with the
// same content. It waits for others to say so only where the plan could not.
func (s *Session) leftToOthers(ctx context.Context, p place, blobs map[string]gitobj.ID, f fate, planned bool) map[string]bool {
	if !planned {
		return nil // the next call puts the path back, if the replacement has it
	}
	s.learn(p, f)
	at, paths := p.spot(), slices.Sorted(maps.Keys(blobs))
	board := s.board()
	for path, id := range blobs {
		board.Leave(at, path, id.String())
	}
	left := make(map[string]bool)
	for _, path := range f.Left {
		// A plan may be made without the hints of the refresh before it: the resource that had the
		// path then may be gone.
		has, known := s.records().Has(f.Plan, at, path)
		left[path] = has || !known
	}
	paths = slices.DeleteFunc(paths, func(path string) bool {
		claimed, known := s.records().Claims(f.Plan, at, path, blobs[path].String())
		left[path] = left[path] || claimed
		return left[path] || known && s.records().Alone()
	})
	if len(paths) > 0 && !f.Alone && f.Taker != takerCommit {
		board.Await(ctx, board.Patience(), at, paths, func(_ string, n intent.Notice) bool { return n.Confirmed || n.Claims.Any() })
	}
	for _, path := range board.Some(at, paths, func(_ string, n intent.Notice) bool { return n.Confirmed || n.HandedOver() }) {
		left[path] = true
	}
	return left
}

// keptByOthers reports whether another resource has the path of a deletion, in state and by the
// plan. The file on the branch is that resource's then.
func (s *Session) keptByOthers(p place, path string, f fate, planned bool) bool {
	return planned && s.records().Keeps(f.Plan, p.spot(), path)
}
