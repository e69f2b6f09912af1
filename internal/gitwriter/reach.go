package gitwriter

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// What a request asks for at once: directories only.
const (
	// upper takes the root and two levels below it. That is all of an ordinary repository, of 5,000 files in 111
	// directories for instance, and 60 KB of one with 50,000 files in 2,221.
	upper       = "combine:blob:none+tree:3"
	upperLevels = 3
	// all takes everything below what is wanted.
	all = "blob:none"
)

// upTo is the filter of a first read that has to reach so many levels: a small repository is then read in one request,
// however deep it is, and a large one shows at once, by the number of objects.
func upTo(levels int) string {
	if levels <= upperLevels {
		return upper
	}
	return "combine:blob:none+tree:" + strconv.Itoa(levels)
}

// levelsOf is how many levels of directories lead to a path, the root's included.
func levelsOf(path string) int { return strings.Count(path, "/") + 1 }

const (
	// fewUnread is how many directories below the upper ones a snapshot asks for together with those that are wanted: what
	// is below them is then most probably small, and no further request is needed, whatever is looked up.
	fewUnread = 256
	// ownShare is what each wanted directory adds to such a request's budget, in bytes of pack: it is needed anyway.
	ownShare = 640
	// patientRounds is how many requests for single directories are made of a snapshot that is too large for its
	// budget before one asks for everything that is still unread below the directories at hand. One deep path alone
	// should not lead to that.
	patientRounds = 6
	// wholeBudget is how many bytes of pack such a request may take.
	wholeBudget = 4 << 20
	// fewMisses is how often directories are looked for in the store one by one.
	fewMisses = 4
)

// reach is how far a snapshot has been read, and how far the next request should go:
//
//	upper directories ──► complete                      nothing more to ask
//	                 ├──► the few below them, whole     within the same budget as the first request
//	                 ├──► many below: the wanted, whole
//	                 └──► a budget was spent: large     the wanted alone, and again; in the end all at hand
type reach struct {
	rounds atomic.Int32 // requests for directories so far, beyond the first one
	large  atomic.Bool  // a pack of its directories had to be cut off

	prefetching sync.Mutex // guards what follows
	misses      int        // how often directories were not in the writer's own memory
}

// sized notes whether a pack of the snapshot's directories was cut off.
func (r *reach) sized(cut bool) {
	if cut {
		r.large.Store(true)
	}
}

// widen adds to a request for directories of s what is worth to be asked for with it.
func (s *snapshot) widen(ctx context.Context, e *errand, known map[gitobj.ID]bool) {
	patient := s.rounds.Add(1) <= patientRounds
	limit, budget := fewUnread, s.objects.budget+int64(len(e.wants))*ownShare
	switch {
	case patient && s.large.Load():
		return
	case !patient:
		limit, budget = maxWants-len(e.wants), wholeBudget
	case known[s.root]:
		e.filter, e.budget = upper, budget
		return
	}
	e.filter, e.budget = all, budget
	unread := s.unread(ctx, limit+1)
	if len(unread) > limit {
		if patient {
			return
		}
		unread = unread[:limit]
	}
	_, unread = s.objects.local(ctx, unread) // the store may have them
	for _, id := range unread {
		if !known[id] {
			e.more = append(e.more, id)
		}
	}
}

// prefetch takes from the store what is unread, once directories were often looked for there: one question for many
// directories instead of one for each. A caller who comes meanwhile waits, and then most probably has what it wants.
func (s *snapshot) prefetch(ctx context.Context, ids []gitobj.ID) {
	if _, lack := s.objects.recently(ctx, ids); len(lack) == 0 {
		return
	}
	s.prefetching.Lock()
	defer s.prefetching.Unlock()
	if _, lack := s.objects.recently(ctx, ids); len(lack) == 0 {
		return
	}
	if s.misses++; s.misses > fewMisses {
		s.objects.local(ctx, s.unread(ctx, fewUnread))
	}
}

// unread finds directories that those in the writer's own memory name and that are not there themselves, the uppermost
// first. It stops soon after it found limit of them, so that a large snapshot is not gone through.
func (s *snapshot) unread(ctx context.Context, limit int) []gitobj.ID {
	top, missing := s.objects.recently(ctx, []gitobj.ID{s.root})
	seen := map[gitobj.ID]bool{s.root: true}
	for level := top; len(level) > 0; {
		var deeper []objstore.Object
		for _, d := range level {
			if len(missing) >= limit {
				break
			}
			have, lack := s.objects.recently(ctx, s.subdirectories(d, seen))
			deeper, missing = append(deeper, have...), append(missing, lack...)
		}
		level = deeper
	}
	return missing
}

// subdirectories lists the directories in one that were not seen before. One that is corrupt has none: whoever comes to
// it is told.
func (s *snapshot) subdirectories(d objstore.Object, seen map[gitobj.ID]bool) []gitobj.ID {
	var ids []gitobj.ID
	for e, err := range gitobj.Entries(s.objects.format, d.Data) {
		if err != nil {
			return nil
		}
		if e.Mode.IsTree() && !seen[e.ID] {
			seen[e.ID] = true
			ids = append(ids, e.ID)
		}
	}
	return ids
}
