package resources

import (
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

func TestAPutExpectsTheEntryInState(t *testing.T) {
	t.Parallel()
	entry := func(path string, id gitobj.ID) gitread.Entry {
		return gitread.Entry{Path: path, ID: id, Mode: gitobj.ModeExec}
	}
	old, held := blobOf("old"), gitwriter.ExpectBlob(blobOf("old"), gitobj.ModeExec)
	for _, c := range []struct {
		name         string
		w            *write
		from         gitread.Entry
		expect, left gitwriter.Expectation
	}{
		{"a new path", &write{}, gitread.Entry{}, gitwriter.ExpectAbsent(), gitwriter.Expectation{}},
		{"a new path, overwrite_on_create", &write{overwriteNew: true}, gitread.Entry{}, gitwriter.ExpectAny(), gitwriter.Expectation{}},
		{"a path in state", &write{have: map[string]gitread.Entry{"p": entry("p", old)}}, gitread.Entry{}, held, gitwriter.Expectation{}},
		{
			"a path in state, conflict = overwrite", &write{have: map[string]gitread.Entry{"p": entry("p", old)}, overwrite: true},
			gitread.Entry{},
			gitwriter.ExpectAny(),
			gitwriter.Expectation{},
		},
		{"a seed that others removed", &write{have: map[string]gitread.Entry{"p": {Path: "p"}}}, gitread.Entry{}, gitwriter.ExpectAbsent(), gitwriter.Expectation{}},
		{"a rename", &write{}, entry("q", old), gitwriter.ExpectAbsent(), held},
		{"a rename, conflict = overwrite", &write{overwrite: true}, entry("q", old), gitwriter.ExpectAbsent(), gitwriter.ExpectAny()},
	} {
		c.w.session = &session.Session{}
		got := c.w.change(&item{path: "p", blob: blobOf("new"), mode: gitobj.ModeFile, from: c.from})
		if got.Expect != c.expect || got.From != c.from.Path || got.ExpectFrom != c.left {
			t.Errorf("%s: %+v, want %v at the path and %v at %q", c.name, got, c.expect, c.left, c.from.Path)
		}
	}
}

// A commit names blobs: none may run for a mode alone.
func TestAPutThatLeavesTheBlobIsOneOfTheModeAlone(t *testing.T) {
	t.Parallel()
	put := gitwriter.Change{Path: "p", Blob: blobOf("x"), Mode: gitobj.ModeExec}
	rename := put
	rename.From = "q"
	at := func(id gitobj.ID, mode gitobj.Mode) map[string]gitread.Entry {
		return map[string]gitread.Entry{"p": {Path: "p", ID: id, Mode: mode}}
	}
	for _, c := range []struct {
		name   string
		w      *write
		change gitwriter.Change
		want   bool
	}{
		{"state has the blob", &write{have: at(blobOf("x"), gitobj.ModeFile)}, put, true},
		{"state has another blob", &write{have: at(blobOf("y"), gitobj.ModeFile)}, put, false},
		{"the path is new and free", &write{}, put, false},
		{"the path is new, and the branch has the blob", &write{found: at(blobOf("x"), gitobj.ModeFile)}, put, true},
		{"the path is new, and the branch has the same file", &write{found: at(blobOf("x"), gitobj.ModeExec)}, put, false},
		{"the path is new, and the branch has another blob", &write{found: at(blobOf("y"), gitobj.ModeFile)}, put, false},
		{"a rename", &write{found: at(blobOf("x"), gitobj.ModeFile)}, rename, false},
	} {
		if got := c.w.onlyMode(c.change); got != c.want {
			t.Errorf("%s: %t, want %t", c.name, got, c.want)
		}
	}
}

// Items with and without the blob in state are sorted into those that are read and those that are
// not, with no branch to ask.
func TestOnlyContentsThatTheBranchLacksAreRead(t *testing.T) {
	t.Parallel()
	text := givenContent{text: types.StringValue("x")}
	known, _, err := text.content(t.Context(), atContent, gitobj.ModeFile, "as_is", 0)
	if err != nil {
		t.Fatal(err)
	}
	x := blobOf("x")
	state := map[string]gitread.Entry{"p": {Path: "p", ID: x}}
	for _, c := range []struct {
		name         string
		w            *write
		it           item
		read, unread []string
	}{
		{"a new blob", &write{}, item{path: "p", content: known}, []string{"p"}, nil},
		{"the blob in state", &write{have: state}, item{path: "p", blob: x, content: known}, nil, []string{"p"}},
		{"the blob in state, without a content", &write{have: state}, item{path: "p", blob: x}, nil, nil},
		{"the blob of a rename", &write{}, item{path: "q", blob: x, content: known, from: state["p"]}, nil, []string{"q"}},
		{"the blob of a rename that waits", &write{stages: true}, item{path: "q", blob: x, content: known, from: state["p"]}, []string{"q"}, nil},
		{"another content than the kept blob, which waits", &write{have: map[string]gitread.Entry{"p": {ID: blobOf("y")}}, stages: true}, item{path: "p", blob: blobOf("y"), content: known}, nil, nil},
	} {
		c.w.items = []item{c.it}
		items, err := c.w.toRead(t.Context(), []int{0})
		var read []string
		for _, it := range items {
			read = append(read, it.path)
		}
		if unread := slices.Collect(maps.Keys(c.w.unread)); err != nil || !slices.Equal(read, c.read) || !slices.Equal(unread, c.unread) {
			t.Errorf("%s: reads %q and leaves %q unread (%v), want %q and %q", c.name, read, unread, err, c.read, c.unread)
		}
	}
}
