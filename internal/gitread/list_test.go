package gitread_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

func TestAListingHasEveryFileBelowADirectoryInOrder(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, readme)
	m.CommitTo(t, "main", map[string]gittest.File{
		"a/z": {Content: "1"}, "a/b/c/d": {Content: "2"}, "a/b-": {Content: "3", Mode: "100755"}, "a/l": {Content: "z", Mode: "120000"},
		"ab": {Content: "4"}, "a/vendor": {Content: strings.Repeat("ab", 20), Mode: "160000"},
	})
	b, r := m.Branch(t), m.Export(t)
	for dir, want := range map[string][]string{
		"":        {"README.md 100644", "a/b- 100755", "a/b/c/d 100644", "a/l 120000", "a/vendor 160000", "a/z 100644", "ab 100644"},
		"a":       {"a/b- 100755", "a/b/c/d 100644", "a/l 120000", "a/vendor 160000", "a/z 100644"},
		"a/b/c":   {"a/b/c/d 100644"},
		"a/b/c/d": nil,
		"nowhere": nil,
	} {
		files, err := b.List(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			got = append(got, fmt.Sprintf("%s %s", f.Path, f.Mode))
		}
		if !slices.Equal(got, want) {
			t.Errorf("below %q: %q, want %q", dir, got, want)
		}
		tree, err := b.Tree(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		id := ""
		if want != nil {
			id = r.Git(t, "rev-parse", r.Ref()+":"+dir)
		}
		if got := strings.TrimLeft(tree.String(), "0"); got != strings.TrimSpace(id) {
			t.Errorf("tree of %q is %s, want %s", dir, got, id)
		}
	}
	if _, err := b.List(t.Context(), "ab/c"); !errors.Is(err, gitobj.ErrObstacle) {
		t.Errorf("below a file: %v, want an obstacle", err)
	}
}

func TestAListingTakesNoMoreThanOneRequestALevel(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, readme)
	files := make(map[string]string)
	for i := range 400 {
		files[fmt.Sprintf("d%02d/e%02d/f%d", i%20, i/20, i)] = "x"
	}
	m.CommitAsOther(t, files)
	// The first request is cut off at once, so that each level is asked for.
	b := m.Branch(t, func(o *writertest.Options) { o.SnapshotBudget = 1 })
	if _, err := b.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	asked := since(m)
	got, err := b.List(t.Context(), "")
	if err != nil || len(got) != 401 {
		t.Fatalf("%d files, %v; want 401", len(got), err)
	}
	if n, _ := asked(); n > 3 {
		t.Errorf("%d requests for three levels", n)
	}
}

func TestADirectoryThatIsNestedTooDeeplyIsNotFollowed(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, readme)
	// 20 levels of 204 bytes fit into a path of 4,096 bytes. There are 100.
	m.CommitAsOther(t, map[string]string{
		"deep/" + strings.Repeat(strings.Repeat("d", 203)+"/", 100) + "f": "x",
		"most/" + strings.Repeat(strings.Repeat("d", 203)+"/", 20) + "f":  "x",
	})
	b := m.Branch(t, func(o *writertest.Options) { o.SnapshotBudget = 1 })
	if files, err := b.List(t.Context(), "most"); err != nil || len(files) != 1 {
		t.Errorf("20 levels: %d files, %v", len(files), err)
	}
	asked := since(m)
	_, err := b.List(t.Context(), "deep")
	if !errors.Is(err, gitread.ErrTooDeep) || !strings.Contains(err.Error(), `begins "deep/ddd`) {
		t.Errorf("100 levels: got %v, want an error that names the directory", err)
	}
	if n, _ := asked(); n > 22 {
		t.Errorf("%d requests, want none for the levels that no path can have", n)
	}
}

func TestABranchToComeHoldsWhatItStartsFrom(t *testing.T) {
	t.Parallel()
	b := writertest.NewMemory(t, nil).Branch(t)
	files, err := b.List(t.Context(), "")
	tree, treeErr := b.Tree(t.Context(), "")
	if err := errors.Join(err, treeErr); err != nil || len(files) != 0 || tree != (gitobj.ID{}) {
		t.Errorf("an empty repository holds %v and tree %s: %v", files, tree, err)
	}
}
