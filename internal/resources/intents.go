package resources

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
)

// board is where the resources of this run tell each other what they do to which path.
func (s *Session) board() *intent.Board {
	if s == nil {
		return nil
	}
	return s.Intents
}

// begin notes a call that may tell others something.
func (s *Session) begin() (end func()) { return s.board().Begin() }

// apply is begin for a call that applies a plan.
func (s *Session) apply() (end func()) {
	s.records().Apply()
	return s.begin()
}

// spot is the branch of a place on the board.
func (p place) spot() intent.Location {
	return intent.Location{Repository: giturl.Key(p.repository), Branch: p.branch}
}

// fateKey is where private state keeps what a plan decided about a removal.
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

// fateOfReplaced is the note of a creation's plan for the resource that it may replace.
func (s *Session) fateOfReplaced() []byte {
	return fate{Plan: s.records().Entrust(), Replaced: true}.encode()
}

// planned is a removal that is being planned.
type plannedRemoval struct {
	place  place
	blobs  map[string]gitobj.ID // that the branch holds, by path
	rivals map[string]gitobj.ID // that another resource was seen to have at the last refresh
	// staging: the removal is left for a nanogit_commit, if one takes it. committed: one has taken
	// changes of the resource before.
	staging, committed bool
}

// decideFate finds out what becomes of the paths of a resource that is to be removed.
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

func (s *Session) records() *intent.Records {
	if s == nil {
		return nil
	}
	return s.Records
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

// learn makes known in this process what the plan knew of other removals.
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
		// A plan may be made without the notes of the refresh before it: who had the path then may
		// be gone.
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
// plan. Whatever the branch holds there is that resource's business.
func (s *Session) keptByOthers(p place, path string, f fate, planned bool) bool {
	return planned && s.records().Keeps(f.Plan, p.spot(), path)
}

// givenUp reports whether another resource of the run holds this entry and gives up its path, so
// that it may be written over. doubt is the answer where too many ask at a time to wait for one.
func (s *Session) givenUp(ctx context.Context, p place, have gitread.Entry, doubt bool) bool {
	if s.records().Leaves(p.spot(), have.Path, have.ID.String()) {
		return true
	}
	verdict := s.board().Await(ctx, s.board().Patience(), p.spot(), []string{have.Path}, func(_ string, n intent.Notice) bool {
		return n.Leaves == have.ID.String()
	})
	return verdict == intent.Said || verdict == intent.Unknown && doubt
}

// replaced reports whether a file that is to be created takes the place of this entry, which the
// same resource holds: Terraform replaces it. The entry is given up, then.
func (s *Session) replaced(p place, have gitread.Entry, blob gitobj.ID) bool {
	if blob.IsZero() || !s.board().At(p.spot(), have.Path).Replaced(blob.String()) {
		return false
	}
	s.board().Leave(p.spot(), have.Path, have.ID.String())
	return true
}

// rivals tells others that a resource in state has the paths, and returns the blobs of those that
// another resource is to have. It is for a refresh: of what a plan finds out, an object that is
// deposed keeps nothing until it is destroyed.
func (s *Session) rivals(p place, token string, paths ...string) map[string]gitobj.ID {
	at, board := p.spot(), s.board()
	board.Hold(at, token, paths...)
	blobs := make(map[string]gitobj.ID)
	board.Some(at, paths, func(path string, n intent.Notice) bool {
		if blob, ok := n.Rival(token); ok {
			if id, err := gitobj.ParseID(blob); err == nil {
				blobs[path] = id
			}
		}
		return false
	})
	return blobs
}

// threatened reports whether another resource that has one of the paths is to be removed. A
// resource without a change is not part of an apply, and an object that is deposed is planned anew
// there: so this one has to be part of it, to say that the path is its own.
func (s *Session) threatened(ctx context.Context, p place, paths []string) bool {
	at, board := p.spot(), s.board()
	suspects := board.Some(at, paths, func(_ string, n intent.Notice) bool { return n.Removed || n.Unclaimed() })
	if len(suspects) == 0 {
		return false
	}
	board.Await(ctx, board.Patience(), at, suspects, func(_ string, n intent.Notice) bool { return n.Removed || !n.Unclaimed() })
	return len(board.Some(at, suspects, func(_ string, n intent.Notice) bool { return n.Removed || n.Unclaimed() })) > 0
}

// HasPut reports whether an entry of a branch is the one that a configured resource is to have at
// its path.
func (s *Session) HasPut(repository, branch string, have gitread.Entry) bool {
	return s.wroteElsewhere(place{repository: repository, branch: branch}, have)
}

// wroteElsewhere reports whether an entry is the one that another resource of the run is to have at
// its path.
func (s *Session) wroteElsewhere(p place, have gitread.Entry) bool {
	if !have.Exists() {
		return false
	}
	n := s.board().At(p.spot(), have.Path)
	claimed, _ := s.records().Claims("", p.spot(), have.Path, have.ID.String())
	return claimed || n.Claims.Any() && n.Blob == have.ID.String()
}

// owners tells of paths with two owners, in the words of a resource that has just
// claimed them. Provider and resources do not know their addresses: Terraform names the one that
// the diagnostic is for.
func (s *Session) owners(sub subject, paths []string, creates bool) diag.Diagnostics {
	at, board := sub.place.spot(), s.board()
	var twice, mirrored pathList
	certain := false
	for _, path := range board.Some(at, paths, func(_ string, n intent.Notice) bool { return n.Claims.Several() }) {
		twice.add(path, nil)
		certain = certain || board.At(at, path).Contested
	}
	if !sub.many && twice.n == 0 {
		for _, path := range paths {
			if dir, ok := s.mirrorOf(at, path); ok {
				mirrored.add(fmt.Sprintf("%s, below %q", path, dir), nil)
			}
		}
	}
	var diags diag.Diagnostics
	if twice.n > 0 {
		summary, err := "Two resources have one path", fmt.Errorf("another resource of this configuration has the same path of the same branch:%s\n\n"+
			"Both write it, and as long as one of them is there the file stays. Let one resource have it, and remove the other", &twice)
		if certain && creates {
			diags.AddAttributeError(sub.atPath(), summary, sub.detail(fmt.Errorf("%w. Their contents differ, so that each would undo the other", err)))
		} else {
			diags.AddAttributeWarning(sub.atPath(), summary, sub.detail(err))
		}
	}
	if mirrored.n > 0 {
		diags.AddAttributeWarning(sub.atPath(), "A mirror removes this file", sub.detail(fmt.Errorf(
			"a nanogit_files with prune = \"all\" makes the directory an exact mirror, and removes what it does not hold itself:%s\n\n"+
				"The file would be made and removed by turns. Give it to that resource, exclude the directory from its prefix, or set prune = \"managed\" there", &mirrored)))
	}
	return diags
}

// mirrorOf finds a directory above the path that a resource mirrors, which does not have the path
// itself.
func (s *Session) mirrorOf(at intent.Location, path string) (dir string, ok bool) {
	for dir = path; dir != ""; {
		dir = dir[:max(0, strings.LastIndexByte(dir, '/'))]
		if s.board().At(at, dir).Mirrored {
			return dir, true
		}
	}
	return "", false
}

// warnOfMirrored tells a resource that mirrors a directory of the files of others below it.
func (s *Session) warnOfMirrored(sub subject, own []string) diag.Diagnostics {
	at, board := sub.place.spot(), s.board()
	board.Mirror(at, sub.place.path)
	mine := make(map[string]bool, len(own))
	for _, path := range own {
		mine[path] = true
	}
	prefix := sub.place.path
	if prefix != "" {
		prefix += "/"
	}
	var list pathList
	for _, path := range board.All(at, func(n intent.Notice) bool { return n.Claims.Any() }) {
		if strings.HasPrefix(path, prefix) && !mine[path] {
			list.add(path, nil)
		}
	}
	if list.n == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(atPrune, "The mirror removes files of other resources", sub.detail(fmt.Errorf(
		"prune = \"all\" removes whatever this resource does not hold itself, and other resources of this configuration have files there:%s\n\n"+
			"They would be made and removed by turns. Give them to this resource, choose another prefix, or set prune = \"managed\"", &list)))}
}
