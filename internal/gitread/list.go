package gitread

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// maxBelow bounds the files that List returns, and with them its memory (about 150 bytes each).
const maxBelow = 200_000

// Tree is the id of a directory in this process's snapshot: the root's for an empty name, and the
// zero ID when the directory does not exist.
func (b *Branch) Tree(ctx context.Context, dir string) (gitobj.ID, error) {
	s, err := b.Snapshot(ctx)
	if err != nil {
		return gitobj.ID{}, err
	}
	return s.tree(ctx, dir)
}

// List is [Snapshot.List] in this process's snapshot of the branch.
func (b *Branch) List(ctx context.Context, dir string) ([]Entry, error) {
	s, err := b.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return s.List(ctx, dir)
}

// List returns the files, symbolic links and submodules below a directory, sorted by path; all of
// the commit for an empty name. It takes a request for each level of directories at most. A
// directory that does not exist has none; more than 200,000, or paths of more than 32 MiB, are an
// ErrTooMany, and directories whose path has more than 4,096 bytes an ErrTooDeep: no working tree
// could have them, and each level costs a request.
func (s *Snapshot) List(ctx context.Context, dir string) ([]Entry, error) {
	root, err := s.tree(ctx, dir)
	if err != nil || root.IsZero() {
		return nil, err
	}
	prefix := ""
	if dir != "" {
		prefix = dir + "/"
	}
	return s.below(ctx, scope{prefix: prefix, root: root, limit: maxBelow})
}

// Below lists the entries below a directory of the snapshot, by its id, as List does; with dirs its
// subdirectories as well, at every depth. Paths begin below the directory, in git's order
// (git ls-tree -r -t). More than 200,000 entries are an ErrTooMany.
func (s *Snapshot) Below(ctx context.Context, dir gitobj.ID, dirs bool) ([]Entry, error) {
	if dir.IsZero() {
		return nil, nil
	}
	return s.below(ctx, scope{root: dir, limit: maxBelow, dirs: dirs})
}

// tree finds the id of a directory.
func (s *Snapshot) tree(ctx context.Context, dir string) (gitobj.ID, error) {
	if dir == "" {
		return s.Root, nil
	}
	found, err := s.entry(ctx, dir)
	if err != nil || !found.IsDir() {
		return gitobj.ID{}, err
	}
	return found.ID, nil
}

// scope says which entries to list.
type scope struct {
	prefix string // put before every path
	root   gitobj.ID
	limit  int
	dirs   bool // directories are listed, too
}

// below lists the files, symbolic links and submodules below a tree, level by level.
func (s *Snapshot) below(ctx context.Context, w scope) ([]Entry, error) {
	prefix, root, limit := w.prefix, w.root, w.limit
	s.lists.Add(1)
	defer s.lists.Add(-1)
	var files []Entry
	held, size, walked := 1, len(prefix), 0 // of the entries that are listed or still to be read
	for parts := [][]Entry{{{Path: prefix, ID: root}}}; len(parts) > 0; {
		level := parts[len(parts)-1]
		parts = parts[:len(parts)-1]
		ids := make([]gitobj.ID, len(level))
		for i, d := range level {
			ids[i] = d.ID
		}
		obs, err := s.trees(ctx, ids)
		if errors.Is(err, errTogether) {
			first, second := halve(level, func(e Entry) gitobj.ID { return e.ID })
			parts = append(parts, second, first)
			continue
		}
		if err != nil {
			return nil, err
		}
		var deeper []Entry
		for i, d := range level {
			if walked += len(obs[i].Data); walked > mostWalked {
				return nil, fmt.Errorf("list %q: %w: its directories take more than %d bytes", prefix, ErrTooMany, mostWalked)
			}
			for e, err := range gitobj.Entries(s.objects.format(), obs[i].Data) {
				if err != nil {
					return nil, fmt.Errorf("directory %s: %w", d.ID, err)
				}
				held, size = held+1, size+len(d.Path)+len(e.Name)+1
				if held-1 > limit {
					return nil, fmt.Errorf("list %q: %w: more than %d", prefix, ErrTooMany, limit)
				}
				if size > mostListed {
					return nil, fmt.Errorf("list %q: %w: their paths take more than %d bytes", prefix, ErrTooMany, mostListed)
				}
				at := Entry{Path: d.Path + string(e.Name), Mode: e.Mode, ID: e.ID}
				if at.IsDir() {
					at.Path += "/"
					if len(at.Path) > gitobj.MaxPath {
						return nil, fmt.Errorf("list %q: %w: the path of a directory has more than %d bytes, and begins %.80q; "+
							"name a prefix that does not hold it, or remove it from the branch", prefix, ErrTooDeep, gitobj.MaxPath, at.Path)
					}
					deeper = append(deeper, at)
				}
				if w.dirs || !at.IsDir() {
					files = append(files, at)
				}
			}
			held, size = held-1, size-len(d.Path)
		}
		if len(deeper) > 0 {
			parts = append(parts, deeper)
		}
	}
	// A directory ends in a slash here, and so comes before its entries and behind "its-name".
	slices.SortFunc(files, func(x, y Entry) int { return strings.Compare(x.Path, y.Path) })
	for i := range files {
		files[i].Path = strings.TrimSuffix(files[i].Path, "/")
	}
	return files, nil
}
