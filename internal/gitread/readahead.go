package gitread

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Filters of requests for directories.
const (
	// upper lets the root and two levels below it pass. That is all of an ordinary repository, of
	// 5,000 files in 111 directories for instance, and 60 KB of a repository with 50,000 files in
	// 2,221.
	upper       = "combine:blob:none+tree:3"
	upperLevels = 3
	// all lets everything below the wanted directories pass.
	all = "blob:none"
)

// upTo is the filter of a first read that has to reach so many levels: a small repository is then
// read in a single request, however deep it is, and the number of objects tells a large repository
// at once.
func upTo(levels int) string {
	if levels <= upperLevels {
		return upper
	}
	return "combine:blob:none+tree:" + strconv.Itoa(levels)
}

// levelsOf counts the levels of directories that lead to a path, the root included.
func levelsOf(path string) int { return strings.Count(path, "/") + 1 }

const (
	// fewUnread bounds the unread directories that a request adds to the wanted directories. Few
	// directories below the upper levels mean a small repository: to read them all now saves every
	// further request.
	fewUnread = 256
	// ownShare is added to the budget of such a request for each wanted directory, in bytes of
	// pack: its own content has to come anyway.
	ownShare = 640
	// After singleFetches requests for single directories, for which scattered look-ups had to
	// wait, a request reads ahead. A batch of paths counts as a single look-up: neither a deep path
	// nor a large batch starts the read-ahead.
	singleFetches, scattered = 3, 12
	// maxReadAheads bounds the number of read-ahead requests, and readAheadBudget the bytes of pack
	// of each of them. All directories of 300,000 files are 10 MB.
	maxReadAheads, readAheadBudget = 2, 16 << 20
	// fewMisses bounds the misses after which directories are prefetched from the store.
	fewMisses = 4
)

// progress is the part of a snapshot that has been read, and decides how much the next request asks
// for:
//
//	upper directories ──► complete                      nothing more to ask
//	                 ├──► few below them                all of these, within the budget of the first request
//	                 ├──► many below them               the wanted, whole, or alone where too much is below each
//	                 ├──► a budget was spent: large     the wanted alone
//	                 ├──► listed                        everything below the wanted
//	                 └──► asked again and again         sibling directories of the wanted, or all directories
type progress struct {
	fetches atomic.Int32 // requests for directories so far, after the first read
	waited  atomic.Int32 // look-ups that had to wait for such a request
	large   atomic.Bool  // a pack of directories was cut off
	lists   atomic.Int32 // listings that are under way

	// known is the least number of directories, if a first read was given up because of their
	// number; otherwise 0.
	known int

	// Used by coalesced fetches alone, of which a repository makes a single at a time.
	readAheads int
	asked      map[gitobj.ID]bool // the directories that were asked for

	prefetching sync.Mutex // guards the field below
	misses      int        // how often directories were not in the process's own memory
}

// wasCut records whether a pack of the snapshot's directories was cut off.
func (p *progress) wasCut(cut bool) {
	if cut {
		p.large.Store(true)
	}
}

// gathers reports whether the next request should wait for more look-ups.
func (p *progress) gathers() bool { return p.fetches.Load() >= 2 && p.waited.Load() >= 2 }

// readAhead adds to a request for directories of s those that probably follow.
func (s *Snapshot) readAhead(ctx context.Context, q *request, known map[gitobj.ID]bool) {
	if s.asked == nil {
		s.asked = make(map[gitobj.ID]bool)
	}
	for _, id := range q.wants {
		s.asked[id] = true
	}
	again := s.fetches.Add(1) > singleFetches && s.waited.Load() >= scattered && s.readAheads < maxReadAheads
	budget := s.objects.budget + int64(len(q.wants))*ownShare
	switch {
	case s.lists.Load() > 0 && s.readAheads < maxReadAheads: // everything below is wanted
		s.readAheads++
		q.filter, q.budget = all, readAheadBudget
	case again:
		s.readAheads++
		q.filter, q.budget = all, readAheadBudget
		s.more(ctx, q, known, s.siblings(ctx, maxWants-len(q.wants)))
	case s.large.Load():
	case known[s.Root]:
		q.filter, q.budget = upper, budget
	default:
		unread := s.unread(ctx, fewUnread+1)
		switch share := int64(1+s.known/max(len(unread), 1)) * ownShare; {
		case len(unread) <= fewUnread && int64(len(unread))*share <= budget:
			q.filter, q.budget = all, budget
			s.more(ctx, q, known, unread)
		case int64(len(q.wants))*share <= budget:
			q.filter, q.budget = all, budget
		}
	}
}

// more adds directories to a request that the store does not have.
func (s *Snapshot) more(ctx context.Context, q *request, known map[gitobj.ID]bool, ids []gitobj.ID) {
	_, ids = s.objects.local(ctx, ids)
	for _, id := range ids {
		if !known[id] {
			q.more = append(q.more, id)
		}
	}
}

// siblings selects the unread directories that a read-ahead asks for. If most leaf directories that
// were asked for are siblings of each other, it selects their unread siblings. Otherwise, or if the
// siblings did not suffice, it selects all unread directories.
func (s *Snapshot) siblings(ctx context.Context, limit int) []gitobj.ID {
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
	if s.readAheads == 1 && together > asked/2 && len(near) > 0 {
		all = near
	}
	return all[:min(limit, len(all))]
}

// prefetch takes unread directories from the store, after fewMisses: a question to the store for
// many directories instead of a question for each. A concurrent caller waits, and then most
// probably finds its directories in memory. prefetch reports whether the process's own memory
// lacked any of ids.
func (s *Snapshot) prefetch(ctx context.Context, ids []gitobj.ID) (lacked bool) {
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

// unread finds directories that those in the process's own memory name and that are not there
// themselves, the uppermost first. It stops soon after it found limit of them, so that a large
// snapshot is not walked to its end.
func (s *Snapshot) unread(ctx context.Context, limit int) (missing []gitobj.ID) {
	s.walk(ctx, func(_ gitobj.ID, _, lack []gitobj.ID) bool {
		missing = append(missing, lack...)
		return len(missing) < limit
	})
	return missing
}

// walk visits the directories that are in the process's own memory, from the root down. For each of
// them it calls visit with the subdirectories that no earlier call had (below) and those of them
// that are not in memory (lack). The first call has the root alone, below no directory. The walk
// ends when visit returns false.
func (s *Snapshot) walk(ctx context.Context, visit func(dir gitobj.ID, below, lack []gitobj.ID) bool) {
	top := []gitobj.ID{s.Root}
	level, lack := s.objects.recently(ctx, top)
	visited := map[gitobj.ID]bool{s.Root: true}
	for more := visit(gitobj.ID{}, top, lack); more && len(level) > 0; {
		var deeper []objstore.Object
		for _, d := range level {
			below := s.subdirectories(d, visited)
			have, lack := s.objects.recently(ctx, below)
			deeper = append(deeper, have...)
			if more = visit(d.ID, below, lack); !more {
				break
			}
		}
		level = deeper
	}
}

// subdirectories lists the subdirectories of a directory that are not in visited, and adds them to
// it. A corrupt directory has none here; the look-up that reads it reports the error.
func (s *Snapshot) subdirectories(d objstore.Object, visited map[gitobj.ID]bool) []gitobj.ID {
	var ids []gitobj.ID
	for e, err := range gitobj.Entries(s.Format(), d.Data) {
		if err != nil {
			return nil
		}
		if len(visited) >= mostVisited {
			return ids
		}
		if e.Mode.IsTree() && !visited[e.ID] {
			visited[e.ID] = true
			ids = append(ids, e.ID)
		}
	}
	return ids
}
