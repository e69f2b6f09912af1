package acctest_test

import (
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// A concurrent committer changes a file that is to be updated, a file that is to be removed and a
// file that is to be renamed, all between plan and apply. It leaves a further file alone.
func TestWhatSomebodyElseChangedBetweenPlanAndApplyIsReportedWhereItBelongsAndTheOthersGoThrough(t *testing.T) {
	t.Parallel()
	first := block("update", "update", "1", "") + block("remove", "remove", "1", "") + block("rename", "from", "1", "") + block("alone", "alone", "1", "")
	second := block("update", "update", "2", "") + block("rename", "to", "1", "") + block("alone", "alone", "2", "")
	theirs := map[string]string{"update": "theirs", "remove": "theirs", "from": "theirs"}
	for _, c := range []struct {
		name      string
		settings  string
		first     string // the commit of the first configuration, and of the second
		second    string
		addresses map[string]string // by path that cannot be written: the address that the error is about
		holds     map[string]string
	}{
		{
			name: "auto, fail",
			addresses: map[string]string{
				"update": "with nanogit_file.update", "remove": "Cannot delete remove", "to": "with nanogit_file.rename",
			},
			holds: map[string]string{"update": "theirs", "remove": "theirs", "from": "theirs", "alone": "2"},
		},
		{
			name: "auto, overwrite", settings: `conflict = "overwrite"`,
			holds: map[string]string{"update": "2", "to": "1", "alone": "2"},
		},
		{
			name: "explicit, fail", settings: explicit,
			first: naming("c", "update", "remove", "rename", "alone"), second: naming("c", "update", "rename", "alone"),
			addresses: map[string]string{
				"update": "with nanogit_commit.c", "remove": "with nanogit_commit.c", "to": "with nanogit_commit.c",
			},
			holds: map[string]string{"update": "theirs", "remove": "theirs", "from": "theirs", "alone": "2"},
		},
		{
			name: "explicit, overwrite", settings: explicit + "\n" + `conflict = "overwrite"`,
			first: naming("c", "update", "remove", "rename", "alone"), second: naming("c", "update", "rename", "alone"),
			holds: map[string]string{"update": "2", "to": "1", "alone": "2"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, c.settings)+first+c.first)
			w.Apply(t)
			w.Config(t, provider(repo, c.settings)+second+c.second)
			saved(t, w)
			repo.SeedText(t, theirs)
			run := w.Refused
			if len(c.addresses) == 0 {
				run = w.Apply
			}
			out := run(t, "plan.out")
			reports := strings.Split(out, "Error: ")[1:]
			for path, address := range c.addresses {
				found := false
				for _, report := range reports {
					words := report + " "
					found = found || strings.Contains(words, address) && strings.Contains(words, "Path: "+path+" ") && strings.Contains(words, "terraform plan again")
				}
				if !found {
					t.Errorf("no error %q about the path %s that says what to do:\n%s", address, path, out)
				}
			}
			if len(reports) != len(c.addresses) {
				t.Errorf("%d errors, want %d:\n%s", len(reports), len(c.addresses), out)
			}
			holds(t, repo, c.holds)

			w.Apply(t) // the next plan knows the other committer's contents
			holds(t, repo, map[string]string{"update": "2", "to": "1", "alone": "2"})
			w.Clean(t)
		})
	}
}

// For a file that was not managed when somebody else wrote it, overwrite_on_create decides, and
// conflict does not matter. The conflict is found before the file is staged, so that in explicit
// mode the commit does not run.
func TestAFileThatSomebodyElseCreatedBetweenPlanAndApplyIsReportedOnItsResource(t *testing.T) {
	t.Parallel()
	first := block("rename", "from", "1", "") + block("remove", "remove", "1", "")
	second := block("rename", "to", "1", "") + block("create", "create", "2", "")
	for _, c := range []struct{ name, settings, first, second string }{
		{"auto", "", "", ""},
		{"explicit", explicit, naming("c", "rename", "remove"), naming("c", "rename", "create")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			w := acctest.NewWorkspace(t)
			settings := c.settings + "\n" + `conflict = "overwrite"`
			w.Config(t, provider(repo, settings)+first+c.first)
			w.Apply(t)
			w.Config(t, provider(repo, settings)+second+c.second)
			saved(t, w)
			repo.SeedText(t, map[string]string{"create": "theirs"})
			out := w.Refused(t, "plan.out")
			if strings.Count(out, "Error: ") != 1 || !strings.Contains(out, "with nanogit_file.create") || !strings.Contains(out, "overwrite_on_create") {
				t.Errorf("want one error, about the file that is there:\n%s", out)
			}
			// It is theirs until they remove it. A rename that was not committed is planned again:
			// nothing is left over.
			repo.Seed(t, map[string]gittest.File{"create": {Remove: true}})
			w.Apply(t)
			holds(t, repo, map[string]string{"to": "1", "create": "2"})
			w.Clean(t)
		})
	}
}

func TestAFileThatDriftedBeforeItsRemovalWasPlannedIsRemovedWithAWarning(t *testing.T) {
	t.Parallel()
	first := block("kept", "kept", "1", "") + block("content", "content", "1", "") + block("mode", "mode", "1", "")
	second := block("kept", "kept", "1", "")
	for _, c := range []struct{ name, settings, first, second string }{
		{"auto", "", "", ""},
		{"explicit", explicit, naming("c", "kept", "content", "mode"), naming("c", "kept")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, c.settings)+first+c.first)
			w.Apply(t)
			w.Config(t, provider(repo, c.settings)+second+c.second)
			repo.Seed(t, map[string]gittest.File{"content": {Content: "theirs"}, "mode": {Content: "1", Mode: "100755"}})
			out := w.Apply(t)
			_, warnings, _ := strings.Cut(out, "Warning: Files that somebody else changed will be removed")
			for _, path := range []string{"content", "mode"} {
				if !strings.Contains(strings.Join(strings.Fields(warnings), " "), "Path: "+path+" ") {
					t.Errorf("no warning names %s:\n%s", path, out)
				}
			}
			holds(t, repo, map[string]string{"kept": "1"})
			w.Clean(t)
		})
	}
}

// TestFilesThatDriftedBeforeTheirRemovalWasPlannedAreRemovedWithAWarning changes content and mode
// of files on the branch, then removes their resources or their paths.
func TestFilesThatDriftedBeforeTheirRemovalWasPlannedAreRemovedWithAWarning(t *testing.T) {
	t.Parallel()
	set := func(paths ...string) string {
		var b strings.Builder
		for _, p := range paths {
			b.WriteString("    \"" + p + "\" = { content = \"1\" }\n")
		}
		return "resource \"nanogit_files\" \"f\" {\n  files = {\n" + b.String() + "  }\n}\n"
	}
	const one = "resource \"nanogit_file\" \"kept\" {\n  path = \"kept\"\n  content = \"1\"\n}\n"
	for _, c := range []struct {
		name, settings, first, second string
		warns                         bool
	}{
		{"the resource goes, auto", "", set("content", "mode", "left"), "", true},
		{"the resource goes, explicit", explicit, set("content", "mode", "left") + namingBoth, naming("c", "kept"), true},
		{"the paths go, auto", "", set("content", "mode", "left", "stays"), set("stays"), false},
		{"the paths go, explicit", explicit, set("content", "mode", "left", "stays") + namingBoth, set("stays") + namingBoth, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, c.settings)+one+c.first)
			w.Apply(t)
			w.Config(t, provider(repo, c.settings)+one+c.second)
			repo.Seed(t, map[string]gittest.File{"content": {Content: "theirs"}, "mode": {Content: "1", Mode: "100755"}})
			out := w.Apply(t)
			_, warnings, _ := strings.Cut(out, "Warning: Files that somebody else changed will be removed")
			for _, path := range []string{"content", "mode"} {
				if c.warns != strings.Contains(warnings, "- "+path+"\n") {
					t.Errorf("a warning that names %s: want %v:\n%s", path, c.warns, out)
				}
			}
			if strings.Contains(warnings, "- left\n") {
				t.Errorf("a warning names what nobody changed:\n%s", out)
			}
			want := map[string]string{"kept": "1"}
			if !c.warns {
				want["stays"] = "1"
			}
			holds(t, repo, want)
			w.Clean(t)
		})
	}
}

// namingBoth is a nanogit_commit that names a file and a set of files.
const namingBoth = "resource \"nanogit_commit\" \"c\" {\n  files = merge({ (nanogit_file.kept.path) = nanogit_file.kept.blob_id }, nanogit_files.f.blob_ids)\n}\n"
