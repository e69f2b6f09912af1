package gitread

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// path is a path on its way down from the root: the rest of it, and the directory that was reached.
type path struct {
	index int // among the paths of the look-up
	rest  string
	tree  gitobj.ID
}

// Entries finds each path, in the order of paths, with a request for each level of directories at
// most. A path below something that is no directory gets an ObstacleError in errs, at its index;
// errs is nil when there is none.
func (s *Snapshot) Entries(ctx context.Context, paths []string) (found []Entry, errs []error, err error) {
	found = make([]Entry, len(paths))
	open := make([]path, 0, len(paths))
	for i, p := range paths {
		found[i].Path = p
		if !s.Root.IsZero() {
			open = append(open, path{index: i, rest: p, tree: s.Root})
		}
	}
	waited, left := false, int64(mostWalked)
	for parts := [][]path{open}; len(parts) > 0; {
		open, parts = parts[len(parts)-1], parts[:len(parts)-1]
		raw, lacked, err := s.level(ctx, open)
		if errors.Is(err, errTogether) {
			first, second := halve(open, func(p path) gitobj.ID { return p.tree })
			parts = append(parts, second, first)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		for _, dir := range raw {
			left -= int64(len(dir))
		}
		if left < 0 {
			return nil, nil, fmt.Errorf("%w: the directories that lead to %d paths take more than %d bytes", ErrTooLarge, len(paths), mostWalked)
		}
		if lacked && !waited {
			waited = true
			s.waited.Add(1)
		}
		deeper := open[:0]
		for _, p := range open {
			more, err := s.descend(&p, raw[p.tree], &found[p.index])
			switch {
			case errors.Is(err, gitobj.ErrObstacle):
				if errs == nil {
					errs = make([]error, len(paths))
				}
				errs[p.index] = err
			case err != nil:
				return nil, nil, err
			case more:
				deeper = append(deeper, p)
			}
		}
		if len(deeper) > 0 {
			parts = append(parts, deeper)
		}
	}
	return found, errs, nil
}

// descend looks a path up in the directory that it has reached. If there is more of the path and
// the directory has a subdirectory of that name, it takes the path a level deeper and reports
// true. If the directory has a file of that name, the error is an ObstacleError. At the path's end
// its mode and id go to found.
func (s *Snapshot) descend(p *path, raw []byte, found *Entry) (more bool, err error) {
	name, rest, more := strings.Cut(p.rest, "/")
	e, ok, err := s.finders.of(s.Format(), p.tree, raw).Find(name)
	switch {
	case err != nil:
		return false, fmt.Errorf("directory %s: %w", p.tree, err)
	case !ok:
		return false, nil
	case !more:
		found.Mode, found.ID = e.Mode, e.ID
		return false, nil
	case !e.Mode.IsTree():
		at := found.Path[:len(found.Path)-len(rest)-1]
		return false, &gitobj.ObstacleError{Path: found.Path, At: at, Mode: e.Mode}
	}
	p.rest, p.tree = rest, e.ID
	return true, nil
}

// halve parts a request that leads to several directories, so that each half leads to half of them.
func halve[T any](all []T, to func(T) gitobj.ID) (first, second []T) {
	at := make(map[gitobj.ID]int)
	for _, x := range all {
		if _, ok := at[to(x)]; !ok {
			at[to(x)] = len(at)
		}
	}
	for _, x := range all {
		if at[to(x)] < len(at)/2 {
			first = append(first, x)
		} else {
			second = append(second, x)
		}
	}
	return first, second
}

// level reads the directories that the paths have reached. It reports whether the process's own
// memory lacked any.
func (s *Snapshot) level(ctx context.Context, open []path) (raw map[gitobj.ID][]byte, lacked bool, err error) {
	raw = make(map[gitobj.ID][]byte)
	var ids []gitobj.ID
	for _, p := range open {
		if _, ok := raw[p.tree]; !ok {
			raw[p.tree] = nil
			ids = append(ids, p.tree)
		}
	}
	obs, lacked, err := s.read(ctx, ids)
	if err != nil {
		return nil, lacked, err
	}
	for _, ob := range obs {
		raw[ob.ID] = ob.Data
	}
	return raw, lacked, nil
}

// Lookup finds a path. A path below a file is an *ObstacleError.
func (s *Snapshot) Lookup(ctx context.Context, path string) (Entry, error) { return s.entry(ctx, path) }

// entry is Entries for a single path.
func (s *Snapshot) entry(ctx context.Context, path string) (Entry, error) {
	found, errs, err := s.Entries(ctx, []string{path})
	if err != nil {
		return Entry{}, err
	}
	if errs != nil {
		return found[0], errs[0]
	}
	return found[0], nil
}
