package resources

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// Each rule decides whatever those after it say, and only when those before it do not apply.
func TestADeletionInExplicitModeFollowsItsRulesInOrder(t *testing.T) {
	t.Parallel()
	rules := []struct {
		name  string
		apply func(*deletion)
		want  deleteHow
	}{
		{"this process put the path: it stays", func(d *deletion) { d.put = true }, deleteNothing},
		{"the branch has no such file: it is done", func(d *deletion) { d.absent = true }, deleteNothing},
		{"half of a replacement: the other half takes its place", func(d *deletion) { d.unplanned = true }, deleteHold},
		{"an earlier one failed: at once", func(d *deletion) { d.failed = true }, deleteNow},
		{"its commit ran or was destroyed: at once", func(d *deletion) { d.passed = true }, deleteNow},
		{"a commit of the plan takes it: it waits", func(d *deletion) { d.taker = session.TakerCommit }, deleteStage},
		{"no commit takes it: at once", func(d *deletion) { d.taker, d.committed = session.TakerNone, true }, deleteNow},
		{"a commit took the file before: it waits", func(d *deletion) { d.committed = true }, deleteStage},
		{"nothing is known of a commit: at once", func(*deletion) {}, deleteNow},
	}
	for i, first := range rules {
		later := rules[i+1:]
		if first.name == "a commit of the plan takes it: it waits" {
			later = later[1:] // one that takes it and none that does are not both true
		}
		for mask := range 1 << len(later) {
			var d deletion
			first.apply(&d)
			for k, rule := range later {
				if mask>>k&1 == 1 {
					rule.apply(&d)
				}
			}
			if got := d.how(); got != first.want {
				t.Errorf("%s: %+v is deleted %q, want %q", first.name, d, got, first.want)
			}
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
		if got := c.file.stages(&session.Session{Explicit: c.provider}); got != c.want {
			t.Errorf("%s: staged %v, want %v", c.name, got, c.want)
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
