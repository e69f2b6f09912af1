package resources

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

func TestADeletionInExplicitModeFollowsItsRulesInOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		d    deletion
		want deleteHow
	}{
		{"the usual one waits for its commit", deletion{}, deleteStage},
		{"this process put the path: it stays", deletion{put: true}, deleteNothing},
		{"put wins over all that follows", deletion{put: true, passed: true, failed: true}, deleteNothing},
		{"the branch has no such file: it is done", deletion{absent: true}, deleteNothing},
		{"absent wins over all that follows", deletion{absent: true, passed: true, failed: true}, deleteNothing},
		{"its commit ran or was destroyed: at once", deletion{passed: true}, deleteNow},
		{"an earlier one failed: at once", deletion{failed: true}, deleteNow},
	} {
		if got := c.d.how(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestASeedIsNeverStagedAndAFileOverridesItsProvider(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		provider bool
		file     fileModel
		want     bool
	}{
		{"nobody says", false, fileModel{}, false},
		{"the provider says so", true, fileModel{}, true},
		{"the file says so", false, fileModel{CommitMode: types.StringValue("explicit")}, true},
		{"the file says otherwise", true, fileModel{CommitMode: types.StringValue("auto")}, false},
		{"a seed", true, fileModel{CommitMode: types.StringValue("explicit"), SeedOnly: types.BoolValue(true)}, false},
	} {
		if got := (&Session{Explicit: c.provider}).stages(&c.file); got != c.want {
			t.Errorf("%s: staged %v, want %v", c.name, got, c.want)
		}
	}
}

func TestWhatIsUncommittedIsToldFromWhatSomebodyElseChanged(t *testing.T) {
	t.Parallel()
	id := func(s string) gitobj.ID { return gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(s)) }
	staged := written{blob: id("new"), staged: true, before: id("old")}
	for _, c := range []struct {
		name  string
		w     written
		state gitobj.ID
		have  gitobj.ID
		want  bool
	}{
		{"the branch holds what was before", staged, id("new"), id("old"), true},
		{"the branch holds what was staged", staged, id("new"), id("new"), false},
		{"somebody else wrote", staged, id("new"), id("theirs"), false},
		{"state tells of another blob", staged, id("older"), id("old"), false},
		{"a new file", written{blob: id("new"), staged: true}, id("new"), gitobj.ID{}, true},
		{"it was never staged", written{blob: id("new"), before: id("old")}, id("new"), id("old"), false},
	} {
		if got := c.w.uncommitted(c.state, c.have); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if got := decodeWritten(c.w.encode()); got != c.w {
			t.Errorf("%s: %v came back as %v", c.name, c.w, got)
		}
	}
}

func TestWhatIsOwedSurvivesPrivateState(t *testing.T) {
	t.Parallel()
	for _, want := range [][]string{nil, {"a"}, {"a", "b/c \" d"}} {
		if got := decodeOwed(encodeOwed(want)); len(got) != len(want) || (len(want) > 0 && got[len(got)-1] != want[len(want)-1]) {
			t.Errorf("%q came back as %q", want, got)
		}
	}
	for _, bad := range []string{"", "{", "7", `{"a":1}`} {
		if got := decodeOwed([]byte(bad)); len(got) != 0 {
			t.Errorf("%q is read as %q", bad, got)
		}
	}
}
