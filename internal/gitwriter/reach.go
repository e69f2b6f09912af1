package gitwriter

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// What a request asks for at once: directories only.
const (
	// upper takes the root and two levels below it. That is all of an ordinary repository, of 5,000
	// files in 111 directories for instance, and 60 KB of one with 50,000 files in 2,221.
	upper       = "combine:blob:none+tree:3"
	upperLevels = 3
	// all takes everything below what is wanted.
	all = "blob:none"
)

// upTo is the filter of a first read that has to reach so many levels: a small repository is then
// read in one request, however deep it is, and a large one shows at once, by the number of objects.
func upTo(levels int) string {
	if levels <= upperLevels {
		return upper
	}
	return "combine:blob:none+tree:" + strconv.Itoa(levels)
}

// levelsOf is how many levels of directories lead to a path, the root's included.
func levelsOf(path string) int { return strings.Count(path, "/") + 1 }

const (
	// fewUnread bounds the unread directories that a request takes along, beside the wanted ones.
	// Few directories below the upper levels mean a small repository: reading all of them now saves
	// every further request.
	fewUnread = 256
	// ownShare is added to the budget of such a request for each wanted directory, in bytes of
	// pack: its own content has to come anyway.
	ownShare = 640
	// After patientRounds requests for single directories, for which scattered look-ups had to
	// wait, a request reads ahead. A batch of paths counts as a single look-up: neither a deep path
	// nor a large batch starts the read-ahead.
	patientRounds, scattered = 3, 12
	// wholeRounds bounds the number of read-ahead requests, and wholeBudget the bytes of pack of
	// each of them. All directories of 300,000 files are 10 MB.
	wholeRounds, wholeBudget = 2, 16 << 20
	// A request waits for up to gatherFor until as many look-ups have joined it as joined the last
	// request; they are counted every gatherStep. Terraform has ten resources under way, and the
	// next ones follow soon after an answer.
	gatherFor, gatherStep = 60 * time.Millisecond, 5 * time.Millisecond
	// fewMisses is how often directories are looked for in the store one by one.
	fewMisses = 4
)

// reach is how far a snapshot has been read, and how far the next request should go:
//
//	upper directories ──► complete                      nothing more to ask
//	                 ├──► the few below them, whole     within the same budget as the first request
//	                 ├──► many below: the wanted, whole, or alone where too much is below each
//	                 ├──► a budget was spent: large     the wanted alone
//	                 └──► asked again and again         what is beside the wanted, or all
type reach struct {
	rounds atomic.Int32 // requests for directories so far, beyond the first one
	sought atomic.Int32 // look-ups that had to wait for one
	large  atomic.Bool  // a pack of its directories had to be cut off

	// known is how many directories there are at least, if a first read was given up because of
	// their number.
	known int

	// Used by rounds alone, of which there is one at a time.
	wholes int                // requests so far that were to end the asking
	asked  map[gitobj.ID]bool // the directories that were asked for

	prefetching sync.Mutex // guards what follows
	misses      int        // how often directories were not in the writer's own memory
}

// sized notes whether a pack of the snapshot's directories was cut off.
func (r *reach) sized(cut bool) {
	if cut {
		r.large.Store(true)
	}
}

// gathers reports whether the next request is better made a moment later, with more look-ups in it.
func (r *reach) gathers() bool { return r.rounds.Load() >= 2 && r.sought.Load() >= 2 }

// widen adds to a request for directories of s what is worth to be asked for with it.
func (s *snapshot) widen(ctx context.Context, e *errand, known map[gitobj.ID]bool) {
	if s.asked == nil {
		s.asked = make(map[gitobj.ID]bool)
	}
	for _, id := range e.wants {
		s.asked[id] = true
	}
	tired := s.rounds.Add(1) > patientRounds && s.sought.Load() >= scattered && s.wholes < wholeRounds
	budget := s.objects.budget + int64(len(e.wants))*ownShare
	switch {
	case tired:
		s.wholes++
		e.filter, e.budget = all, wholeBudget
		s.more(ctx, e, known, s.beside(ctx, maxWants-len(e.wants)))
	case s.large.Load():
	case known[s.root]:
		e.filter, e.budget = upper, budget
	default:
		unread := s.unread(ctx, fewUnread+1)
		switch share := int64(1+s.known/max(len(unread), 1)) * ownShare; {
		case len(unread) <= fewUnread && int64(len(unread))*share <= budget:
			e.filter, e.budget = all, budget
			s.more(ctx, e, known, unread)
		case int64(len(e.wants))*share <= budget:
			e.filter, e.budget = all, budget
		}
	}
}

// more adds directories to a request that the store does not have.
func (s *snapshot) more(ctx context.Context, e *errand, known map[gitobj.ID]bool, ids []gitobj.ID) {
	_, ids = s.objects.local(ctx, ids)
	for _, id := range ids {
		if !known[id] {
			e.more = append(e.more, id)
		}
	}
}

// beside selects the unread directories that a read-ahead asks for. If most leaf directories that
// were asked for are siblings of each other, it selects their unread siblings. Otherwise, or if the
// siblings did not suffice, it selects all unread directories.
func (s *snapshot) beside(ctx context.Context, limit int) []gitobj.ID {
	type parent struct{ below, lack []gitobj.ID }
	var parents []parent
	inner := make(map[gitobj.ID]bool)
	s.walk(ctx, func(dir gitobj.ID, below, lack []gitobj.ID) bool {
		inner[dir] = len(below) > 0
		parents = append(parents, parent{below, lack})
		return true
	})
	var near, all []gitobj.ID
	asked, together := 0, 0
	for _, p := range parents {
		n := 0
		for _, id := range p.below {
			if s.asked[id] && !inner[id] {
				n++
			}
		}
		if n > 0 {
			near = append(near, p.lack...)
		}
		if n > 1 {
			together += n
		}
		asked, all = asked+n, append(all, p.lack...)
	}
	if s.wholes == 1 && together > asked/2 && len(near) > 0 {
		all = near
	}
	return all[:min(limit, len(all))]
}

// prefetch takes from the store what is unread, once directories were often looked for there: one
// question for many directories instead of one for each. A caller who comes meanwhile waits, and
// then most probably has what it wants. It reports whether the writer's own memory lacked any.
func (s *snapshot) prefetch(ctx context.Context, ids []gitobj.ID) (lacked bool) {
	if _, lack := s.objects.recently(ctx, ids); len(lack) == 0 {
		return false
	}
	s.prefetching.Lock()
	defer s.prefetching.Unlock()
	if _, lack := s.objects.recently(ctx, ids); len(lack) == 0 {
		return false
	}
	if s.misses++; s.misses > fewMisses {
		s.objects.local(ctx, s.unread(ctx, fewUnread))
	}
	return true
}

// unread finds directories that those in the writer's own memory name and that are not there
// themselves, the uppermost first. It stops soon after it found limit of them, so that a large
// snapshot is not gone through.
func (s *snapshot) unread(ctx context.Context, limit int) (missing []gitobj.ID) {
	s.walk(ctx, func(_ gitobj.ID, _, lack []gitobj.ID) bool {
		missing = append(missing, lack...)
		return len(missing) < limit
	})
	return missing
}

// walk visits the directories that are in the writer's own memory, from the root down. For each of
// them it calls see with the subdirectories that no earlier call had (below) and those of them that
// are not in memory (lack). The first call has the root alone, below no directory. The walk ends
// when see returns false.
func (s *snapshot) walk(ctx context.Context, see func(dir gitobj.ID, below, lack []gitobj.ID) bool) {
	top := []gitobj.ID{s.root}
	level, lack := s.objects.recently(ctx, top)
	seen := map[gitobj.ID]bool{s.root: true}
	for more := see(gitobj.ID{}, top, lack); more && len(level) > 0; {
		var deeper []objstore.Object
		for _, d := range level {
			below := s.subdirectories(d, seen)
			have, lack := s.objects.recently(ctx, below)
			deeper = append(deeper, have...)
			if more = see(d.ID, below, lack); !more {
				break
			}
		}
		level = deeper
	}
}

// subdirectories lists the subdirectories of a directory that are not in seen, and adds them to it.
// A corrupt directory has none here; the look-up that reads it reports the error.
func (s *snapshot) subdirectories(d objstore.Object, seen map[gitobj.ID]bool) []gitobj.ID {
	var ids []gitobj.ID
	for e, err := range gitobj.Entries(s.objects.format, d.Data) {
		if err != nil {
			return nil
		}
		if len(seen) >= mostSeen {
			return ids
		}
		if e.Mode.IsTree() && !seen[e.ID] {
			seen[e.ID] = true
			ids = append(ids, e.ID)
		}
	}
	return ids
}
