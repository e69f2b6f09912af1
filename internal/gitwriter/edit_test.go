package gitwriter

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

func id(content string) gitobj.ID {
	return gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(content))
}

// on is a snapshot: contents by path; a content that ends in a slash is a directory.
type on map[string]string

func (s on) lookup(_ context.Context, paths []string) ([]gitread.Entry, []error, error) {
	found := make([]gitread.Entry, len(paths))
	for i, p := range paths {
		found[i] = s.entry(p)
	}
	return found, nil, nil
}

func (s on) entry(path string) gitread.Entry {
	e := gitread.Entry{Path: path}
	switch content, ok := s[path]; {
	case !ok:
	case strings.HasSuffix(content, "/"):
		e.Mode, e.ID = gitobj.ModeTree, id(content)
	default:
		e.Mode, e.ID = gitobj.ModeFile, id(content)
	}
	return e
}

func putting(path, content string, expect Expectation) Change {
	return Change{Path: path, Mode: gitobj.ModeFile, Blob: id(content), Expect: expect}
}

func removing(expect Expectation) Change {
	return Change{Path: "a", Delete: true, Expect: expect}
}

func moving(from, to, content string) Change {
	return Change{Path: to, From: from, Mode: gitobj.ModeFile, Blob: id(content), Expect: ExpectAbsent(), ExpectFrom: ExpectBlob(id(content), 0)}
}

func grouped(group int, c Change) Change {
	c.Group = group
	return c
}

func TestEachChangeIsComparedWithTheSnapshot(t *testing.T) {
	t.Parallel()
	is := func(content string) Expectation { return ExpectBlob(id(content), 0) }
	for name, c := range map[string]struct {
		on      on
		changes []Change
		wrote   string // a path that this process put before
		removed on     // what this process removed before
		yields  bool
		lost    bool // no blob is staged
		// want has a letter for each change: applies, unchanged, keeps the old path of a rename, or
		// dropped: by a Conflict, a Duplicate, an Obstacle, an Unstaged blob, or Left out.
		want string
		sent int // blobs
	}{
		"a new file":                               {nil, []Change{putting("a", "1", ExpectAbsent())}, "", nil, false, false, "a", 1},
		"the same content, sent once":              {nil, []Change{putting("a", "1", ExpectAbsent()), putting("b", "1", ExpectAbsent())}, "", nil, false, false, "aa", 1},
		"a file that somebody else made":           {on{"a": "theirs"}, []Change{putting("a", "1", ExpectAbsent())}, "", nil, false, false, "C", 0},
		"the same file that somebody else made":    {on{"a": "1"}, []Change{putting("a", "1", ExpectAbsent())}, "", nil, false, false, "u", 0},
		"an update":                                {on{"a": "1"}, []Change{putting("a", "2", is("1"))}, "", nil, false, false, "a", 1},
		"an update of what others changed":         {on{"a": "3"}, []Change{putting("a", "2", is("1"))}, "", nil, false, false, "C", 0},
		"an update of what is gone":                {nil, []Change{putting("a", "2", is("1"))}, "", nil, false, false, "C", 0},
		"an update of what this process removed":   {nil, []Change{putting("a", "2", is("1"))}, "", on{"a": "1"}, false, false, "a", 1},
		"an overwrite":                             {on{"a": "3"}, []Change{putting("a", "2", ExpectAny())}, "", nil, false, false, "a", 1},
		"a path that was to be given up":           {nil, []Change{putting("a", "2", ExpectGivenUp(id("1"), 0))}, "", nil, false, false, "a", 1},
		"a removal":                                {on{"a": "1"}, []Change{removing(is("1"))}, "", nil, false, false, "a", 0},
		"a removal of what others changed":         {on{"a": "2"}, []Change{removing(is("1"))}, "", nil, false, false, "C", 0},
		"a removal of what is gone":                {nil, []Change{removing(is("1"))}, "", nil, false, false, "u", 0},
		"a removal of what this process put":       {on{"a": "2"}, []Change{removing(is("1"))}, "a", nil, false, false, "u", 0},
		"a removal of a directory":                 {on{"a": "d/"}, []Change{removing(ExpectAny())}, "", nil, false, false, "O", 0},
		"a removal and a put of one path":          {on{"a": "1"}, []Change{removing(is("1")), putting("a", "2", ExpectAbsent())}, "", nil, false, false, "ua", 1},
		"two contents of one path":                 {nil, []Change{putting("a", "1", ExpectAbsent()), putting("a", "2", ExpectAbsent())}, "", nil, false, false, "aD", 1},
		"the same content of one path, twice":      {nil, []Change{putting("a", "1", ExpectAbsent()), putting("a", "1", ExpectAbsent())}, "", nil, false, false, "aa", 1},
		"a rename":                                 {on{"a": "1"}, []Change{moving("a", "b", "1")}, "", nil, false, true, "a", 0},
		"a rename whose old path others changed":   {on{"a": "2"}, []Change{moving("a", "b", "1")}, "", nil, false, false, "C", 0},
		"a rename whose old path another has":      {on{"a": "2"}, []Change{moving("a", "b", "1")}, "", nil, true, false, "k", 1},
		"a rename whose old path is put again":     {on{"a": "1"}, []Change{moving("a", "b", "1"), putting("a", "3", ExpectAny())}, "", nil, false, false, "ka", 1},
		"a rename that somebody else made":         {on{"b": "1"}, []Change{moving("a", "b", "1")}, "", nil, false, false, "uk", 0},
		"a path that another change frees":         {on{"a": "1", "b": "2"}, []Change{moving("a", "c", "1"), moving("b", "a", "2")}, "", nil, false, false, "ka", 0},
		"a path that another change does not free": {on{"a": "9", "b": "2"}, []Change{moving("a", "c", "1"), moving("b", "a", "2")}, "", nil, false, false, "CC", 0},
		"a content that nobody staged":             {nil, []Change{putting("a", "1", ExpectAbsent())}, "", nil, false, true, "U", 0},
		"a content that this process removed":      {nil, []Change{putting("a", "1", ExpectAbsent())}, "", on{"a": "1"}, false, true, "a", 0},
		"a set of which one does not apply": {
			on{"b": "theirs"},
			[]Change{grouped(1, putting("a", "1", ExpectAbsent())), grouped(1, putting("b", "1", ExpectAbsent())), grouped(2, putting("c", "1", ExpectAbsent()))},
			"", nil, false, false, "LCa", 1,
		},
		"a set that frees the path of another": {
			on{"a": "1", "b": "theirs"},
			[]Change{grouped(1, removing(is("1"))), grouped(1, putting("b", "2", ExpectAbsent())), grouped(2, putting("a", "2", ExpectAbsent()))},
			"", nil, false, false, "LCC", 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := checker{
				wrote:   func(path string) bool { return path == c.wrote && path != "" },
				removed: c.removed.entry,
				staged:  func(gitobj.ID) bool { return !c.lost },
				yields:  func(error) bool { return c.yields },
				lookup:  c.on.lookup,
				edits:   make([]edit, len(c.changes)),
			}
			for i := range c.changes {
				k.edits[i].Change = &c.changes[i]
			}
			if err := k.look(t.Context()); err != nil {
				t.Fatal(err)
			}
			k.check()
			got := ""
			for i := range k.edits {
				got += letter(&k.edits[i])
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if n := len(k.outgoing()); n != c.sent {
				t.Errorf("%d blobs are sent, want %d", n, c.sent)
			}
			k.check() // again, as after an obstacle: nothing changes
			again := ""
			for i := range k.edits {
				again += letter(&k.edits[i])
			}
			if again != got {
				t.Errorf("checked again: %s, and it was %s", again, got)
			}
		})
	}
}

// letter is an edit's state for TestEachChangeIsComparedWithTheSnapshot.
func letter(e *edit) string {
	var duplicate *DuplicateError
	var unstaged *UnstagedError
	switch {
	case e.state == applies && e.keepFrom:
		return "k"
	case e.state == applies:
		return "a"
	case e.state == unchanged && e.keepFrom:
		return "uk"
	case e.state == unchanged:
		return "u"
	case errors.As(e.err, &duplicate):
		return "D"
	case errors.As(e.err, &unstaged):
		return "U"
	case errors.Is(e.err, ErrConflict):
		return "C"
	case errors.Is(e.err, gitobj.ErrObstacle):
		return "O"
	case errors.Is(e.err, ErrLeftOut):
		return "L"
	}
	return "?"
}
