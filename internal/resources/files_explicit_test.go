package resources

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

func TestOfManyFilesWhatIsUncommittedIsToldFromWhatSomebodyElseChanged(t *testing.T) {
	t.Parallel()
	id := func(s string) gitobj.ID { return gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(s)) }
	state := map[string]gitobj.ID{"changed": id("2"), "committed": id("2"), "new": id("1"), "same": id("1"), "theirs": id("2")}
	have := map[string]gitobj.ID{"changed": id("1"), "committed": id("2"), "same": id("1"), "theirs": id("3")}
	staged := map[string]gitobj.ID{"changed": id("1"), "committed": id("1"), "new": {}, "theirs": id("1")}
	for _, tc := range []struct {
		name string
		s    seen
		want []string
	}{
		{"those that hold what they did before", seen{staged: staged}, []string{"changed", "new"}},
		{"of a creation those that are not there", seen{fresh: true}, []string{"new"}},
		{"nothing was staged", seen{}, nil},
	} {
		got := leftOver(state, have, tc.s)
		if !slices.Equal(got.named, tc.want) || got.n != len(tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestNotesAreOfWhatIsStagedNowAndOfWhatNobodyLookedForSince(t *testing.T) {
	t.Parallel()
	id := gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, nil)
	have := map[string]gitobj.ID{"a": id, "b": id, "c": id}
	items := []item{{path: "a"}, {path: "b"}, {path: "new"}}
	prior := new(filesModel)
	for _, tc := range []struct {
		name  string
		w     *filesWrite
		fresh bool
		want  map[string]gitobj.ID
	}{
		{"a creation", &filesWrite{items: items}, true, nil},
		{"an update", &filesWrite{items: items, have: have, prior: prior}, false, map[string]gitobj.ID{"b": id, "new": {}}},
		{"an update after a creation", &filesWrite{items: items, have: have, prior: prior, seen: seen{fresh: true}}, false, map[string]gitobj.ID{"a": {}, "b": id, "new": {}}},
		{
			"an update after another", &filesWrite{items: items, have: have, prior: prior, seen: seen{staged: map[string]gitobj.ID{"a": id, "c": id}}}, false,
			map[string]gitobj.ID{"a": id, "b": id, "new": {}},
		},
	} {
		if fresh, got := tc.w.notes([]int{1, 2}); fresh != tc.fresh || !maps.Equal(got, tc.want) {
			t.Errorf("%s: %v and %v, want %v and %v", tc.name, fresh, got, tc.fresh, tc.want)
		}
	}
}

// What is kept of ten thousand files is less than what blob_ids itself takes.
func TestPrivateStateOfTenThousandStagedFilesIsSmall(t *testing.T) {
	t.Parallel()
	id := gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, nil)
	blobs := 0
	s := seen{staged: make(map[string]gitobj.ID)}
	for i := range 10_000 {
		p := fmt.Sprintf("d%02d/f%05d.txt", i/100, i)
		s.staged[p] = id
		blobs += len(types.StringValue(p).String()) + len(types.StringValue(id.String()).String()) + len(":,")
	}
	if n := len(s.encode()); n > blobs+100 {
		t.Errorf("%d bytes when every file changed, and blob_ids has %d", n, blobs)
	}
	if n := len(seen{fresh: true}.encode()); n > 100 {
		t.Errorf("%d bytes after a creation", n)
	}
}

func TestACommitTellsOfManyFilesThatWereLeft(t *testing.T) {
	t.Parallel()
	var list pathList
	for i := range 12 {
		list.add(fmt.Sprintf("f%02d", i), nil)
	}
	text := (&uncommittedError{&list}).Error()
	for _, want := range []string{"12 files were staged", "- f09\n", "and 2 more", "name blob_ids in one", "commit_mode = \"auto\""} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\ndoes not say %q", text, want)
		}
	}
	if strings.Contains(text, "f10") {
		t.Errorf("names more than ten:\n%s", text)
	}
}
