package intent_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
)

// run is a name of a run whose engine is this process, or was.
const run = "1-0"

func TestOneProcessThatAppliesTakesNoRecordsFromAnother(t *testing.T) {
	t.Parallel()
	at := intent.Branch{Repository: "r", Name: "main"}
	dir := filepath.Join(t.TempDir(), "records")
	open := func() *intent.Records { return intent.NewRecords(dir, run, nil) }
	closes := func(r *intent.Records) {
		t.Helper()
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	first := open()
	plan := first.Entrust()
	first.Commit(at, "a")
	closes(first)
	slow, quick := open(), open()
	slow.Load()
	quick.Load()
	quick.Apply()
	closes(quick)
	if commits, known := slow.Commits(plan, at, "a"); !commits || !known {
		t.Errorf("the slower process knows that a commit takes the path: %t, that there was a plan: %t", commits, known)
	}
}

func TestAPlanTellsTheApplyOfWhatItsCommitsTake(t *testing.T) {
	t.Parallel()
	at, elsewhere := intent.Branch{Repository: "r", Name: "main"}, intent.Branch{Repository: "r", Name: "other"}
	dir := filepath.Join(t.TempDir(), "records")
	open := func(run string) *intent.Records { return intent.NewRecords(dir, run, nil) }
	closes := func(r *intent.Records) {
		t.Helper()
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	first, second, other := open(run), open(run), open("2-0")
	plan := first.Entrust()
	second.Commit(at, "a", "b")
	second.Commit(elsewhere)
	other.Entrust()
	closes(first)
	closes(second)
	closes(other)
	for _, c := range []struct {
		run, plan      string
		at             intent.Branch
		path           string
		commits, known bool
	}{
		{run, plan, at, "a", true, true},
		{run, "", at, "b", true, true},
		{run, plan, at, "c", false, true},
		{run, plan, elsewhere, "c", true, true},
		{run, "no plan", at, "a", false, false},
		{"2-0", "", at, "a", false, true},
		{"2-0", plan, at, "a", true, true}, // a plan that was saved
		{"3-0", "", at, "a", false, false},
		{"3-0", plan, at, "c", false, true},
	} {
		commits, known := open(c.run).Commits(c.plan, c.at, c.path)
		if commits != c.commits || known != c.known {
			t.Errorf("in run %s, plan %q takes %s of %v: %t, known: %t, want %t, %t", c.run, c.plan, c.path, c.at, commits, known, c.commits, c.known)
		}
	}
	claims := open(run)
	claims.Entrust()
	board := intent.New(intent.Run{Records: claims})
	board.Claim(at, "", map[string]string{"a": "1", "b": ""})
	board.Leave(at, "c", "3")
	board.Hold(at, "token", "d", "e")
	board.Claim(at, "token", map[string]string{"d": "4", "f": "5"})
	closes(claims)
	for _, c := range []struct {
		plan           string
		at             intent.Branch
		path, blob     string
		claimed, known bool
	}{
		{plan, at, "a", "1", true, true},
		{"", at, "a", "1", true, true},
		{"", at, "a", "2", false, true},
		{"", elsewhere, "a", "1", false, true},
		{"", at, "b", "1", false, false}, // it may turn out to be
		{"no plan", at, "a", "1", false, false},
	} {
		if claimed, known := open(run).Claims(c.plan, c.at, c.path, c.blob); claimed != c.claimed || known != c.known {
			t.Errorf("plan %q claims %s with %s of %v: %t, known: %t", c.plan, c.path, c.blob, c.at, claimed, known)
		}
	}
	if r := open(run); !r.Keeps(plan, at, "d") || r.Keeps(plan, at, "e") || r.Keeps(plan, at, "f") || r.Keeps(plan, at, "a") {
		t.Error("who has a path and keeps it is not known")
	}
	if r := open(run); !r.Takes(at, "a") || !r.Takes(at, "b") || r.Takes(at, "c") || open("3-0").Takes(at, "a") {
		t.Error("who is to have a path is not known")
	}
	if r := open(run); !r.Leaves(at, "c", "3") || r.Leaves(at, "c", "4") || r.Leaves(at, "a", "1") || open("3-0").Leaves(at, "c", "3") {
		t.Error("what is given up is not known")
	}
	apply := open(run)
	if claimed, _ := apply.Claims(apply.Entrust(), at, "a", "1"); !claimed {
		t.Error("what is planned once more does not know the plan")
	}
	apply.Apply()
	apply.Entrust() // as a resource is planned once more there
	closes(apply)
	if _, known := open(run).Commits(plan, at, "a"); known {
		t.Error("a record is there after the apply")
	}
	if _, known := open("2-0").Commits("", at, "a"); !known {
		t.Error("the record of another run is gone")
	}
}

func TestAnImportKnowsWhichContentsAreSecrets(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		say          func(r *intent.Records)
		hides, knows bool
	}{
		"nothing":                   {say: func(*intent.Records) {}},
		"the file is a secret":      {say: func(r *intent.Records) { r.Secret("p") }, hides: true, knows: true},
		"another one is":            {say: func(r *intent.Records) { r.Secret("q") }},
		"one is, of unknown path":   {say: func(r *intent.Records) { r.Secret("") }, hides: true},
		"that, and this one is not": {say: func(r *intent.Records) { r.Secret(""); r.Plain("p") }},
		"twice, and one is":         {say: func(r *intent.Records) { r.Secret("p"); r.Plain("p") }, hides: true, knows: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "records")
			validates, plans := intent.NewRecords(dir, run, nil), intent.NewRecords(dir, run, nil)
			c.say(validates)
			if err := validates.Close(); err != nil {
				t.Fatal(err)
			}
			if hides, knows := plans.Hides("p"), plans.Knows("p"); hides != c.hides || knows != c.knows {
				t.Errorf("hides %t, knows %t, want %t, %t", hides, knows, c.hides, c.knows)
			}
			if err := plans.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("something is left of what only the plan needed: %v", err)
			}
		})
	}
}

func TestRecordsOfNoMoreUseAreTakenAway(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "records")
	const gone = "999999999-1" // no system has such a process
	old := intent.NewRecords(dir, gone, nil)
	plan := old.Entrust()
	secret := intent.NewRecords(dir, gone, nil)
	secret.Secret("p")
	for _, r := range []*intent.Records{old, secret} {
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	count := func() int {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	if err := intent.NewRecords(dir, run, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 1 {
		t.Errorf("%d records, want the one of a plan that may have been saved", n)
	}
	if _, known := intent.NewRecords(dir, run, nil).Commits(plan, intent.Branch{}, "p"); !known {
		t.Error("the plan that was saved is not known")
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	before := time.Now().Add(-25 * time.Hour)
	for _, name := range names {
		if err := os.Chtimes(name, before, before); err != nil {
			t.Fatal(err)
		}
	}
	if err := intent.NewRecords(dir, run, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 0 {
		t.Errorf("%d records that are older than a day", n)
	}
}

func TestADirectoryThatOthersMayWriteToIsNotUsed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "records")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	first := intent.NewRecords(dir, run, nil)
	plan := first.Entrust()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // it is what the test is about
		t.Fatal(err)
	}
	if _, known := intent.NewRecords(dir, run, nil).Commits(plan, intent.Branch{}, "p"); known {
		t.Error("a record is believed that anybody may have written")
	}
	second := intent.NewRecords(dir, run, nil)
	second.Entrust()
	if err := second.Close(); err == nil {
		t.Error("a record is left where anybody may change it")
	}
}

func TestWhatIsNoRecordIsIgnored(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a directory
		t.Fatal(err)
	}
	for i, content := range []string{"", "{", "[]", `{"id":1}`, "\x00"} {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s.%d.json", run, i)), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := intent.NewRecords(dir, run, nil)
	if commits, known := r.Commits("", intent.Branch{}, "p"); commits || known {
		t.Errorf("commits %t, known %t", commits, known)
	}
	if r.Hides("p") {
		t.Error("a content is hidden for what is no record")
	}
}

func TestAnEngineThatDestroysPlansTwice(t *testing.T) {
	t.Parallel()
	at := intent.Branch{Repository: "r", Name: "main"}
	dir := filepath.Join(t.TempDir(), "records")
	refreshes := intent.NewRecords(dir, run, nil)
	refreshes.Load()
	intent.New(intent.Run{Records: refreshes}).Claim(at, "", map[string]string{"a": "1"})
	if err := refreshes.Close(); err != nil {
		t.Fatal(err)
	}
	destroys := intent.NewRecords(dir, run, nil)
	destroys.Load()
	plan := destroys.Entrust()
	if err := destroys.Close(); err != nil {
		t.Fatal(err)
	}
	for _, plan := range []string{plan, ""} {
		if claimed, known := intent.NewRecords(dir, run, nil).Claims(plan, at, "a", "1"); claimed || !known {
			t.Errorf("plan %q: claimed %t, known %t: what is destroyed belongs to somebody", plan, claimed, known)
		}
	}
}

func TestARecordIsLeftWhenItMayBeOfUse(t *testing.T) {
	t.Parallel()
	at := intent.Branch{Repository: "r", Name: "main"}
	claims := func(r *intent.Records) {
		intent.New(intent.Run{Records: r}).Claim(at, "", map[string]string{"a": "1"})
	}
	for name, c := range map[string]struct {
		others bool // another process of the run is there
		before bool // another process of the same plan has left a record
		says   func(r *intent.Records)
		want   int
	}{
		"nothing is said":               {says: func(*intent.Records) {}},
		"a claim, alone":                {says: claims},
		"a claim, among others":         {others: true, says: claims, want: 1},
		"a claim, after others":         {before: true, says: claims, want: 2},
		"a commit, alone":               {says: func(r *intent.Records) { r.Commit(at, "a") }},
		"a commit, among others":        {others: true, says: func(r *intent.Records) { r.Commit(at, "a") }, want: 1},
		"a removal, alone":              {says: func(r *intent.Records) { r.Entrust() }, want: 1},
		"a secret, alone":               {says: func(r *intent.Records) { r.Secret("a") }, want: 1},
		"a removal of one that applies": {says: func(r *intent.Records) { r.Apply(); r.Entrust() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "records")
			var hub intent.Hub
			r := intent.NewRecords(dir, run, hub.Link())
			if c.others {
				hub.Link()
			}
			r.Load()
			if c.before {
				other := intent.NewRecords(dir, run, nil)
				other.Entrust()
				if err := other.Close(); err != nil {
					t.Fatal(err)
				}
			}
			c.says(r)
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != c.want {
				t.Errorf("%d records, want %d", len(names), c.want)
			}
		})
	}
}

// Processes that end remove the directory when it is empty, at any moment of another's writing.
func TestARecordIsWrittenWhileOthersRemoveTheDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "records")
	for i := range 100 {
		r := intent.NewRecords(dir, run, nil)
		r.Entrust()
		var others sync.WaitGroup
		for range 20 { // fewer than the attempts
			others.Go(func() { _ = os.Remove(dir) })
		}
		if err := r.Close(); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		others.Wait()
		for _, name := range list(t, dir) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// list returns the names in a directory; none where there is no directory.
func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
