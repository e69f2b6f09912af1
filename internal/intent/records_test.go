package intent_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
)

// run is a name of a run whose engine is this process, or was.
const run = "1-0"

func TestAPlanTellsTheApplyOfWhatItsCommitsTake(t *testing.T) {
	t.Parallel()
	at, elsewhere := intent.Place{Repository: "r", Branch: "main"}, intent.Place{Repository: "r", Branch: "other"}
	dir := filepath.Join(t.TempDir(), "records")
	open := func(run string) *intent.Records { return intent.NewRecords(dir, run) }
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
		at             intent.Place
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
	apply := open(run)
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
			validates, plans := intent.NewRecords(dir, run), intent.NewRecords(dir, run)
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
	old := intent.NewRecords(dir, gone)
	plan := old.Entrust()
	secret := intent.NewRecords(dir, gone)
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
	if err := intent.NewRecords(dir, run).Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 1 {
		t.Errorf("%d records, want the one of a plan that may have been saved", n)
	}
	if _, known := intent.NewRecords(dir, run).Commits(plan, intent.Place{}, "p"); !known {
		t.Error("the plan that was saved is not known")
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	before := time.Now().Add(-25 * time.Hour)
	for _, name := range names {
		if err := os.Chtimes(name, before, before); err != nil {
			t.Fatal(err)
		}
	}
	if err := intent.NewRecords(dir, run).Close(); err != nil {
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
	first := intent.NewRecords(dir, run)
	plan := first.Entrust()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // it is what the test is about
		t.Fatal(err)
	}
	if _, known := intent.NewRecords(dir, run).Commits(plan, intent.Place{}, "p"); known {
		t.Error("a record is believed that anybody may have written")
	}
	second := intent.NewRecords(dir, run)
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
	r := intent.NewRecords(dir, run)
	if commits, known := r.Commits("", intent.Place{}, "p"); commits || known {
		t.Errorf("commits %t, known %t", commits, known)
	}
	if r.Hides("p") {
		t.Error("a content is hidden for what is no record")
	}
}
