package resources

import (
	"reflect"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

func TestAPlannedRemovalExpectsTheEntryThatThePlanSaw(t *testing.T) {
	t.Parallel()
	const blob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
	saw := gitread.Entry{Path: "p", ID: idOfText(t, blob), Mode: gitobj.ModeExec}
	state := gitread.Entry{Path: "p", ID: blobOf("x"), Mode: gitobj.ModeFile}
	for _, c := range []struct {
		private string
		want    gitread.Entry
	}{
		{`{"p":{"blob":"` + blob + `","mode":"100755"}}`, saw},
		{`{"blob":"` + blob + `","mode":"100755"}`, saw}, // the former record of a nanogit_file
		{`{"q":{"blob":"` + blob + `","mode":"100755"}}`, state},
		{`{"p":{"blob":"zz","mode":"100755"}}`, state},
		{`{"blob":"zz","mode":"100755"}`, state},
		{`null`, state},
		{`{}`, state},
		{`[`, state},
		{``, state},
	} {
		if got := decodePlannedRemovals([]byte(c.private), "p").expected(state); got != c.want {
			t.Errorf("%s: %v, want %v", c.private, got, c.want)
		}
	}
	want := plannedRemovals{"a": {Blob: blob, Mode: "100644"}}
	if got := decodePlannedRemovals(want.encode(), "p"); !reflect.DeepEqual(got, want) {
		t.Errorf("%v came back as %v", want, got)
	}
}

func idOfText(t *testing.T, text string) gitobj.ID {
	t.Helper()
	id, err := gitobj.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
