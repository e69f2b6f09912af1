package resources

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

func blobOf(s string) gitobj.ID { return gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(s)) }

func TestAnUncommittedFileIsToldFromOneThatSomebodyElseChanged(t *testing.T) {
	t.Parallel()
	type ids = map[string]gitobj.ID
	wrote, staged := ids{"p": blobOf("new")}, ids{"p": blobOf("old")}
	rename := map[string]renameSource{"p": {"a \"b\"", blobOf("old")}}
	for _, c := range []struct {
		name        string
		h           hints
		state, have gitobj.ID
		want        bool
	}{
		{"the branch holds the blob from before", hints{wrote: wrote, staged: staged}, blobOf("new"), blobOf("old"), true},
		{"the branch holds the staged blob", hints{wrote: wrote, staged: staged}, blobOf("new"), blobOf("new"), false},
		{"somebody else wrote", hints{wrote: wrote, staged: staged}, blobOf("new"), blobOf("theirs"), false},
		{"state tells of another blob", hints{wrote: wrote, staged: staged}, blobOf("older"), blobOf("old"), false},
		{"a new file", hints{wrote: wrote, staged: ids{"p": {}}}, blobOf("new"), gitobj.ID{}, true},
		{"a rename", hints{wrote: wrote, staged: ids{"p": {}}, renames: rename}, blobOf("new"), gitobj.ID{}, true},
		{"it was never staged", hints{wrote: wrote}, blobOf("new"), blobOf("old"), false},
		{"nothing but state knows the blob", hints{staged: staged}, blobOf("new"), blobOf("old"), true},
		{"a creation that left all files", hints{fresh: true}, blobOf("new"), gitobj.ID{}, true},
	} {
		if got := c.h.uncommitted("p", c.state, c.have); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if got := decodeHints(c.h.encode()).uncommitted("p", c.state, c.have); got != c.want {
			t.Errorf("%s: %v from private state, want %v", c.name, got, c.want)
		}
	}
}

func TestOfManyFilesTheUncommittedAreToldFromThoseThatSomebodyElseChanged(t *testing.T) {
	t.Parallel()
	id := blobOf
	state := map[string]gitobj.ID{"changed": id("2"), "committed": id("2"), "new": id("1"), "same": id("1"), "theirs": id("2")}
	have := map[string]gitobj.ID{"changed": id("1"), "committed": id("2"), "same": id("1"), "theirs": id("3")}
	staged := map[string]gitobj.ID{"changed": id("1"), "committed": id("1"), "new": {}, "theirs": id("1")}
	for _, tc := range []struct {
		name string
		h    hints
		want []string
	}{
		{"those that hold what they did before", hints{staged: staged}, []string{"changed", "new"}},
		{"of a creation those that are not there", hints{fresh: true}, []string{"new"}},
		{"nothing was staged", hints{}, nil},
	} {
		got := tc.h.leftOver(state, have)
		if !slices.Equal(got.named, tc.want) || got.n != len(tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestACommitShowsByTheBlobsThatItPushed(t *testing.T) {
	t.Parallel()
	type ids = map[string]gitobj.ID
	for _, c := range []struct {
		name        string
		h           hints
		state, have ids
		want        bool
	}{
		{"nothing was staged", hints{}, ids{"a": blobOf("1")}, ids{"a": blobOf("1")}, false},
		{"an earlier refresh saw it", hints{committed: true}, ids{"a": blobOf("1")}, nil, true},
		{"the branch holds the staged blob", hints{staged: ids{"a": {}}}, ids{"a": blobOf("1")}, ids{"a": blobOf("1")}, true},
		{"the branch held it before", hints{staged: ids{"a": blobOf("1")}}, ids{"a": blobOf("1")}, ids{"a": blobOf("1")}, false},
		{"the branch holds the blob from before", hints{staged: ids{"a": blobOf("0")}}, ids{"a": blobOf("1")}, ids{"a": blobOf("0")}, false},
		{"state was refreshed and private state was not", hints{wrote: ids{"a": blobOf("1")}, staged: ids{"a": blobOf("0")}}, ids{"a": blobOf("0")}, ids{"a": blobOf("0")}, false},
		{"one of two is left over", hints{fresh: true}, ids{"a": blobOf("1"), "b": blobOf("2")}, ids{"a": blobOf("1")}, false},
		{"somebody changed one of two since", hints{fresh: true}, ids{"a": blobOf("1"), "b": blobOf("2")}, ids{"a": blobOf("1"), "b": blobOf("3")}, true},
	} {
		if got := c.h.wasCommitted(c.state, c.have); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func emptyHints() hints {
	return hints{
		foreign: map[string]bool{}, wrote: map[string]gitobj.ID{}, pointers: map[string]bool{}, staged: map[string]gitobj.ID{},
		renames: map[string]renameSource{}, others: map[string]gitobj.ID{},
	}
}

// Records with each hint are encoded and decoded, and broken ones are decoded.
func TestHintsSurvivePrivateState(t *testing.T) {
	t.Parallel()
	id := blobOf("")
	with := func(adjust func(*hints)) hints {
		h := emptyHints()
		adjust(&h)
		return h
	}
	for _, want := range []hints{
		with(func(*hints) {}),
		with(func(h *hints) { h.modes = map[string]gitobj.Mode{} }),
		with(func(h *hints) {
			h.modes = map[string]gitobj.Mode{"a": gitobj.ModeExec, "b": gitobj.ModeSymlink, "c": gitobj.ModeExec}
			h.foreign["x"] = true
		}),
		with(func(h *hints) { h.fresh = true }),
		with(func(h *hints) { h.token, h.committed, h.others["r"] = "t", true, id }),
		with(func(h *hints) { h.staged["new"], h.staged["changed"], h.wrote["secret"] = gitobj.ID{}, id, id }),
		with(func(h *hints) { h.wrote["p"], h.pointers["p"], h.decomposed = id, true, map[string]string{"p": "q"} }),
		with(func(h *hints) { h.staged["p"], h.renames["p"] = gitobj.ID{}, renameSource{"a \"b\"", id} }),
	} {
		if got := decodeHints(want.encode()); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	for _, b := range []string{"", "[", `{"modes":1}`, `{"modes":{"x":["a"]}}`, `[1]`, `{"staged":{"a":"zz"},"write_only":{"a":""},"renames":{"a":{}}}`} {
		if got := decodeHints([]byte(b)); got.modes != nil || len(got.foreign)+len(got.staged)+len(got.wrote)+len(got.renames) != 0 {
			t.Errorf("decodeHints(%q) = %v", b, got)
		}
	}
	if (hints{}).mode("a") != 0 || decodeHints([]byte(`{"modes":{}}`)).mode("a") != gitobj.ModeFile {
		t.Error("a mode that was never seen is not known, and one that was not kept is a regular file's")
	}
}

// These are the bytes that former versions of the provider wrote.
func TestFormerPrivateStateIsStillRead(t *testing.T) {
	t.Parallel()
	const one, two = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "5626abf0f72e58d7a153368ba57db4c673c0e171"
	id := func(s string) gitobj.ID { return idOfText(t, s) }
	type ids = map[string]gitobj.ID
	for _, c := range []struct {
		former string
		want   hints
	}{
		{`{"blob":""}`, hints{others: ids{}}},
		{`{"blob":"` + one + `","token":"T"}`, hints{wrote: ids{"p": id(one)}, token: "T", others: ids{}}},
		{
			`{"blob":"` + one + `","lfs_pointer":true,"committed":true,"rival":"` + two + `","token":"T"}`,
			hints{wrote: ids{"p": id(one)}, pointers: map[string]bool{"p": true}, committed: true, others: ids{"p": id(two)}, token: "T"},
		},
		{
			`{"blob":"` + one + `","staged":true,"before":"` + two + `","token":"T"}`,
			hints{wrote: ids{"p": id(one)}, staged: ids{"p": id(two)}, others: ids{}, token: "T"},
		},
		{
			`{"blob":"` + one + `","staged":true,"left":"a \"b\"","left_blob":"` + two + `"}`,
			hints{wrote: ids{"p": id(one)}, staged: ids{"p": {}}, renames: map[string]renameSource{"p": {"a \"b\"", id(two)}}, others: ids{}},
		},
		{`{"blob":"","token":"T","raw":"p\u0301"}`, hints{token: "T", decomposed: map[string]string{"p": "p\u0301"}, others: ids{}}},
		{`{"blob":"zz"}`, hints{others: ids{}}},
		{`null`, hints{others: ids{}}},
		{`{}`, hints{others: ids{}}},
		{`{"blob":1}`, hints{}},
		{`[`, hints{}},
		{``, hints{}},
	} {
		if got := decodeFormerHints([]byte(c.former), "p"); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s is read as %+v, want %+v", c.former, got, c.want)
		}
	}

	want := emptyHints()
	want.modes = map[string]gitobj.Mode{"a/run": gitobj.ModeExec, "l": gitobj.ModeSymlink}
	want.foreign["x"], want.wrote["s"] = true, id(one)
	want.staged["new"], want.staged["c"], want.fresh = gitobj.ID{}, id(two), true
	want.others["r"], want.committed, want.token = id(two), true, "T"
	former := `{"modes":{"100755":["a/run"],"120000":["l"]},"foreign":["x"],"staged_all":true,"staged_new":["new"],"staged":{"c":"` + two + `"},` +
		`"write_only":{"s":"` + one + `"},"others":{"r":"` + two + `"},"committed":true,"token":"T"}`
	if got := decodeHints([]byte(former)); !reflect.DeepEqual(got, want) {
		t.Errorf("%s is read as %+v, want %+v", former, got, want)
	}
}

// The record of ten thousand files is smaller than blob_ids itself.
func TestPrivateStateOfTenThousandStagedFilesIsSmall(t *testing.T) {
	t.Parallel()
	id := blobOf("")
	blobs := 0
	h := hints{staged: make(map[string]gitobj.ID)}
	for i := range 10_000 {
		p := fmt.Sprintf("d%02d/f%05d.txt", i/100, i)
		h.staged[p] = id
		blobs += len(types.StringValue(p).String()) + len(types.StringValue(id.String()).String()) + len(":,")
	}
	if n := len(h.encode()); n > blobs+100 {
		t.Errorf("%d bytes when every file changed, and blob_ids has %d", n, blobs)
	}
	if n := len(hints{fresh: true}.encode()); n > 100 {
		t.Errorf("%d bytes after a creation", n)
	}
}

// keys is a private state.
type keys map[string][]byte

func (k keys) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) { return k[key], nil }

func (k keys) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	if k[key] = value; value == nil {
		delete(k, key)
	}
	return nil
}

func TestTheHintRecordTakesThePlaceOfTheFormer(t *testing.T) {
	t.Parallel()
	private := keys{"written": []byte(`{"blob":"` + blobOf("x").String() + `","token":"T"}`)}
	var diags diag.Diagnostics
	h := loadHints(t.Context(), private, "p", &diags)
	if h.wrote["p"] != blobOf("x") || h.token != "T" {
		t.Fatalf("the former record is read as %+v", h)
	}
	diags.Append(h.save(t.Context(), private)...)
	if _, ok := private["written"]; ok || len(private) != 1 {
		t.Errorf("private state has %d keys, want the record alone", len(private))
	}
	again := loadHints(t.Context(), private, "p", &diags)
	if again.wrote["p"] != blobOf("x") || again.token != "T" || diags.HasError() {
		t.Errorf("the record came back as %+v (%v)", again, diags)
	}
	// An older version of the provider wrote last.
	private["written"] = []byte(`{"blob":"` + blobOf("y").String() + `","token":"T"}`)
	if last := loadHints(t.Context(), private, "p", &diags); last.wrote["p"] != blobOf("y") {
		t.Errorf("the last record is not read, but %+v", last)
	}
}
