package resources

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

func TestHintsAreOfChangesStagedNowAndOfThoseThatNobodyLookedForSince(t *testing.T) {
	t.Parallel()
	id := gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, nil)
	have := make(map[string]gitread.Entry)
	for _, path := range []string{"a", "b", "c"} {
		have[path] = gitread.Entry{Path: path, ID: id}
	}
	items := []item{{path: "a"}, {path: "b"}, {path: "new"}}
	for _, tc := range []struct {
		name  string
		w     *write
		fresh bool
		want  map[string]gitobj.ID
	}{
		{"a creation", &write{items: items, creates: true}, true, nil},
		{"a creation in place of another file", &write{items: items, creates: true, found: have}, false, map[string]gitobj.ID{"b": id, "new": {}}},
		{"an update", &write{items: items, have: have}, false, map[string]gitobj.ID{"b": id, "new": {}}},
		{"an update after a creation", &write{items: items, have: have, hints: hints{fresh: true}}, false, map[string]gitobj.ID{"a": {}, "b": id, "new": {}}},
		{
			"an update after another", &write{items: items, have: have, hints: hints{staged: map[string]gitobj.ID{"a": id, "c": id}}}, false,
			map[string]gitobj.ID{"a": id, "b": id, "new": {}},
		},
	} {
		if fresh, got := tc.w.stagedHints([]gitwriter.Change{{Path: "b"}, {Path: "new"}}); fresh != tc.fresh || !maps.Equal(got, tc.want) {
			t.Errorf("%s: %v and %v, want %v and %v", tc.name, fresh, got, tc.fresh, tc.want)
		}
	}
}

func TestACommitTellsOfManyFilesThatWereLeft(t *testing.T) {
	t.Parallel()
	var list pathList
	for i := range 12 {
		list.add(fmt.Sprintf("f%02d", i), nil)
	}
	text := subject{many: true}.uncommitted(&list)[0].Detail()
	for _, want := range []string{"12 files were staged", "- f09\n", "and 2 more", "name blob_ids in one", "commit_mode = \"auto\""} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\ndoes not say %q", text, want)
		}
	}
	if strings.Contains(text, "f10") {
		t.Errorf("names more than ten:\n%s", text)
	}
}
