package gittree_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittree"
)

// store holds raw trees, and counts those that are read.
type store struct {
	raw  map[gitobj.ID][]byte
	read []gitobj.ID
}

func (s *store) tree(_ context.Context, id gitobj.ID) ([]byte, error) {
	raw, ok := s.raw[id]
	if !ok {
		return nil, fmt.Errorf("no tree %s", id)
	}
	s.read = append(s.read, id)
	return raw, nil
}

func blob(content string) gitobj.ID {
	return gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(content))
}

// build puts files into the store, by path, and returns the root.
func (s *store) build(t testing.TB, files map[string]string) gitobj.ID {
	t.Helper()
	if s.raw == nil {
		s.raw = map[gitobj.ID][]byte{}
	}
	var entries []gitobj.TreeEntry
	below := map[string]map[string]string{}
	for path, content := range files {
		if dir, rest, ok := strings.Cut(path, "/"); ok {
			if below[dir] == nil {
				below[dir] = map[string]string{}
			}
			below[dir][rest] = content
			continue
		}
		entries = append(entries, gitobj.TreeEntry{Mode: gitobj.ModeFile, Name: path, ID: blob(content)})
	}
	for dir, files := range below {
		entries = append(entries, gitobj.TreeEntry{Mode: gitobj.ModeTree, Name: dir, ID: s.build(t, files)})
	}
	gitobj.SortEntries(entries)
	raw := gitobj.AppendTree(nil, entries)
	id := gitobj.Hash(gitobj.SHA1, gitobj.KindTree, raw)
	s.raw[id] = raw
	return id
}

// write adds the trees that an editor writes to the store.
func (s *store) write(t testing.TB, e *gittree.Editor) gitobj.ID {
	t.Helper()
	id, err := e.Write(func(tree, was gittree.Tree) {
		if gitobj.Hash(gitobj.SHA1, gitobj.KindTree, tree.Raw) != tree.ID || tree.ID == was.ID {
			t.Errorf("tree %s was %s, and has another hash or is no change", tree.ID, was.ID)
		}
		s.raw[tree.ID] = tree.Raw
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func edit(t testing.TB, s *store, root gitobj.ID) *gittree.Editor {
	t.Helper()
	e, err := gittree.New(t.Context(), gitobj.SHA1, root, s.tree)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEdits(t *testing.T) {
	t.Parallel()
	before := map[string]string{"a": "1", "d/a": "2", "d/e/f": "3", "other/x": "4"}
	for name, c := range map[string]struct {
		put    map[string]string
		remove []string
		want   map[string]string
		reads  int // directories, the root among them
	}{
		"nothing":                         {nil, nil, before, 1},
		"a file":                          {map[string]string{"a": "new"}, nil, map[string]string{"a": "new", "d/a": "2", "d/e/f": "3", "other/x": "4"}, 1},
		"a file far below":                {map[string]string{"d/e/new": "n"}, nil, map[string]string{"a": "1", "d/a": "2", "d/e/f": "3", "d/e/new": "n", "other/x": "4"}, 3},
		"a new directory":                 {map[string]string{"n/n/n": "n"}, nil, map[string]string{"a": "1", "d/a": "2", "d/e/f": "3", "n/n/n": "n", "other/x": "4"}, 1},
		"the last file of a directory":    {nil, []string{"d/e/f"}, map[string]string{"a": "1", "d/a": "2", "other/x": "4"}, 3},
		"a file that is not there":        {nil, []string{"nowhere/x"}, before, 1},
		"a file in an emptied directory":  {map[string]string{"d": "file"}, []string{"d/a", "d/e/f"}, map[string]string{"a": "1", "d": "file", "other/x": "4"}, 3},
		"a directory in a removed file":   {map[string]string{"a/b": "below"}, []string{"a"}, map[string]string{"a/b": "below", "d/a": "2", "d/e/f": "3", "other/x": "4"}, 1},
		"what is there already":           {map[string]string{"d/a": "2"}, nil, before, 2},
		"removed and put once more":       {map[string]string{"d/a": "2"}, []string{"d/a"}, before, 2},
		"everything, which is empty then": {nil, []string{"a", "d/a", "d/e/f", "other/x"}, map[string]string{}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s store
			e := edit(t, &s, s.build(t, before))
			for _, path := range c.remove {
				if err := e.Remove(t.Context(), path); err != nil {
					t.Fatal(err)
				}
			}
			for path, content := range c.put {
				if err := e.Put(t.Context(), path, gitobj.ModeFile, blob(content)); err != nil {
					t.Fatal(err)
				}
			}
			if got, want := s.write(t, e), s.build(t, c.want); got != want {
				t.Errorf("got root %s, want %s", got, want)
			}
			if len(s.read) != c.reads {
				t.Errorf("%d directories were read, want %d", len(s.read), c.reads)
			}
		})
	}
}

func TestObstacles(t *testing.T) {
	t.Parallel()
	for path, at := range map[string]string{"d": "d", "a/b": "a", "d/e/f/g": "d/e/f", "d/e": "d/e"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			var s store
			e := edit(t, &s, s.build(t, map[string]string{"a": "1", "d/a": "2", "d/e/f": "3"}))
			err := e.Put(t.Context(), path, gitobj.ModeFile, blob("x"))
			obstacle, ok := errors.AsType[*gitobj.ObstacleError](err)
			if !ok || !errors.Is(err, gitobj.ErrObstacle) || obstacle.At != at || obstacle.Path != path {
				t.Errorf("got %v, want an obstacle at %s", err, at)
			}
		})
	}
}

func TestAReadThatFailsEndsTheEdit(t *testing.T) {
	t.Parallel()
	var s store
	root := s.build(t, map[string]string{"d/a": "2"})
	e := edit(t, &s, root)
	clear(s.raw)
	if err := e.Put(t.Context(), "d/b", gitobj.ModeFile, blob("x")); err == nil {
		t.Error("a directory that cannot be read was changed")
	}
	if _, err := gittree.New(t.Context(), gitobj.SHA1, root, s.tree); err == nil {
		t.Error("a root that cannot be read was opened")
	}
}

// TestNoTreeAtAll begins with nothing.
func TestNoTreeAtAll(t *testing.T) {
	t.Parallel()
	s := store{raw: map[gitobj.ID][]byte{}}
	e := edit(t, &s, gitobj.ID{})
	if err := e.Put(t.Context(), "d/a", gitobj.ModeFile, blob("1")); err != nil {
		t.Fatal(err)
	}
	if got, want := s.write(t, e), s.build(t, map[string]string{"d/a": "1"}); got != want || len(s.read) != 0 {
		t.Errorf("got root %s, want %s; %d reads", got, want, len(s.read))
	}
}

// FuzzEditor makes edits of a tree and of a map of paths, and compares the two.
func FuzzEditor(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		names := []string{"a", "a.b", "a0", "b", "dir", "ä"}
		path := func() string {
			parts := make([]string, 1+r.IntN(3))
			for i := range parts {
				parts[i] = names[r.IntN(len(names))]
			}
			return strings.Join(parts, "/")
		}
		// blocked reports whether a path cannot be a file together with the others.
		blocked := func(files map[string]string, path string) bool {
			for other := range files {
				if strings.HasPrefix(other, path+"/") || strings.HasPrefix(path, other+"/") {
					return true
				}
			}
			return false
		}
		files := map[string]string{}
		for range r.IntN(30) {
			if p := path(); !blocked(files, p) {
				files[p] = fmt.Sprint(r.IntN(3))
			}
		}
		s := store{raw: map[gitobj.ID][]byte{}}
		root := gitobj.ID{}
		if len(files) > 0 {
			root = s.build(t, files)
		}
		e := edit(t, &s, root)
		for range r.IntN(20) {
			p := path()
			if r.IntN(2) == 0 {
				if all := slices.Sorted(maps.Keys(files)); len(all) > 0 {
					p = all[r.IntN(len(all))]
				}
				err := e.Remove(t.Context(), p)
				if _, is := files[p]; is && err != nil {
					t.Fatalf("remove %s: %v", p, err)
				} else if is {
					delete(files, p)
				}
				continue
			}
			err := e.Put(t.Context(), p, gitobj.ModeFile, blob("new"))
			if want := blocked(files, p); want != errors.Is(err, gitobj.ErrObstacle) || err != nil && !want {
				t.Fatalf("put %s next to %v: %v", p, files, err)
			}
			if err == nil {
				files[p] = "new"
			}
		}
		if got, want := s.write(t, e), s.build(t, files); got != want {
			t.Errorf("got root %s, want %s for %v", got, want, files)
		}
	})
}

// BenchmarkEditor changes each file of a directory of 10,000.
func BenchmarkEditor(b *testing.B) {
	const count = 10_000
	files := make(map[string]string, count)
	for i := range count {
		files[fmt.Sprintf("services/service-%06d.yaml", i)] = "1"
	}
	var s store
	root := s.build(b, files)
	paths := slices.Sorted(maps.Keys(files))
	id := blob("2")
	b.ReportAllocs()
	for b.Loop() {
		e := edit(b, &s, root)
		for _, path := range paths {
			if err := e.Put(b.Context(), path, gitobj.ModeFile, id); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := e.Write(func(gittree.Tree, gittree.Tree) {}); err != nil {
			b.Fatal(err)
		}
	}
}
