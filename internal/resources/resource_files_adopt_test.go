package resources_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// A file of somebody else stays below a managed prefix, and goes once the prefix is a mirror.
func TestPruneManagedLeavesWhatOthersWroteAndPruneAllDoesNot(t *testing.T) {
	repo := newRepo(t)
	repo.SeedText(t, map[string]string{"p/theirs": "t", "outside": "o"})
	config := func(prune string, files map[string]string) string {
		return many(repo, "prefix = \"p\"\nprune = \""+prune+"\"\n"+fromMap(files))
	}
	one, two := map[string]string{"a": "1"}, map[string]string{"a": "1", "b": "2"}
	steps(t,
		resource.TestStep{
			Config: config("managed", two),
			Check:  branchIs(t, repo, 3, map[string]string{"p/a": "100644 1", "p/b": "100644 2", "p/theirs": "100644 t", "outside": "100644 o"}),
		},
		resource.TestStep{ // the plan finds files that a refresh did not look for
			Config: config("all", one),
			Check:  branchIs(t, repo, 4, map[string]string{"p/a": "100644 1", "outside": "100644 o"}),
		},
		resource.TestStep{
			PreConfig:        func() { repo.SeedText(t, map[string]string{"p/x/y": "t", "outside": "oo"}) },
			Config:           config("all", one),
			ConfigPlanChecks: update(map[string]string{"p/x/y": "-"}),
			Check:            branchIs(t, repo, 6, map[string]string{"p/a": "100644 1", "outside": "100644 oo"}),
		},
		resource.TestStep{ // no longer a mirror: files that a refresh found stay
			PreConfig:        func() { repo.SeedText(t, map[string]string{"p/z": "t"}) },
			Config:           config("managed", two),
			ConfigPlanChecks: update(map[string]string{"p/b": "+", "p/z": "-"}),
			Check:            branchIs(t, repo, 8, map[string]string{"p/a": "100644 1", "p/b": "100644 2", "p/z": "100644 t", "outside": "100644 oo"}),
		})
	got := slices.Sorted(maps.Keys(repo.Tree(t, repo.Branch)))
	if want := []string{"README.md", "outside", "p/z"}; !slices.Equal(got, want) {
		t.Errorf("after destroy the branch has %v, want %v", got, want)
	}
}

func TestAMirrorRemovesWhatIsThereOnCreationAndTheSamePathsStay(t *testing.T) {
	repo := newRepo(t)
	repo.SeedText(t, map[string]string{"p/a": "1", "p/theirs": "t", "outside": "o"})
	steps(t, resource.TestStep{
		Config: many(repo, "prefix = \"p\"\nprune = \"all\"\n"+fromMap(map[string]string{"a": "1"})),
		Check:  branchIs(t, repo, 3, map[string]string{"p/a": "100644 1", "outside": "100644 o"}),
	})
}

func TestFilesThatExistAreAdoptedOrOverwrittenOnlyWhenAsked(t *testing.T) {
	repo := newRepo(t)
	theirs, ours := map[string]string{"same": "s"}, map[string]string{"same": "s"}
	for i := range 12 {
		theirs[fmt.Sprintf("f%02d", i)], ours[fmt.Sprintf("f%02d", i)] = "theirs", "ours"
	}
	repo.SeedText(t, theirs)
	steps(t,
		resource.TestStep{
			Config:      many(repo, fromMap(ours)),
			ExpectError: regexp.MustCompile(`(?s)Cannot plan the files.*has 12 of these.*f00 .*f09 .*and 2 more.*terraform import.*overwrite_on_create`),
		},
		resource.TestStep{
			Config: many(repo, fromMap(map[string]string{"same": "s"})), ConfigPlanChecks: create(map[string]string{"same": "+"}),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(filesAddress, tfjsonpath.New("commit_id"), knownvalue.Null())},
			Check:             acctest.Commits(t, repo, 2),
		},
		resource.TestStep{Config: many(repo, fromMap(ours)), ExpectError: regexp.MustCompile(`has 12 of these`)},
		resource.TestStep{Config: many(repo, "overwrite_on_create = true\n"+fromMap(ours)), Check: acctest.Commits(t, repo, 3)})
	if n := len(repo.Tree(t, repo.Branch)); n != 1 {
		t.Errorf("after destroy the branch has %d files, want README.md", n)
	}
}

// Applies change the content, the version and the branch in turn, and look for the content in
// state.
func TestWriteOnlyContentsOfAMapAreWrittenAgainForAVersionOrADriftAndAreNotInState(t *testing.T) {
	repo := newRepo(t)
	config := func(content string, version int, more string) string {
		return many(repo, fmt.Sprintf("files = {\n  s = { content_wo = %q, content_wo_version = %d%s }\n  p = { content = \"plain\" }\n}", content, version, more))
	}
	steps(t,
		resource.TestStep{
			Config:      many(repo, "files = { s = { content_wo = \"x\" } }"),
			ExpectError: regexp.MustCompile(`content_wo_version`),
		},
		resource.TestStep{
			Config: config("secret one", 1, ""), ConfigPlanChecks: create(map[string]string{"s": "?", "p": "+"}),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(filesAddress, tfjsonpath.New("files").AtMapKey("s").AtMapKey("content_wo"), knownvalue.Null()),
			},
			Check: branchIs(t, repo, 2, map[string]string{"s": "100644 secret one", "p": "100644 plain"}),
		},
		resource.TestStep{Config: config("not looked at", 1, ""), ConfigPlanChecks: nothing()},
		resource.TestStep{
			Config: config("secret two", 2, ""), ConfigPlanChecks: update(map[string]string{"s": "?"}),
			Check: branchIs(t, repo, 3, map[string]string{"s": "100644 secret two", "p": "100644 plain"}),
		},
		resource.TestStep{
			PreConfig: func() { repo.SeedText(t, map[string]string{"s": "by hand"}) },
			Config:    config("secret two", 2, ""), ConfigPlanChecks: update(map[string]string{"s": "?"}),
			Check: branchIs(t, repo, 5, map[string]string{"s": "100644 secret two", "p": "100644 plain"}),
		},
		resource.TestStep{ // only the mode
			Config: config("secret two", 2, ", mode = \"100755\""), ConfigPlanChecks: update(map[string]string{"s": "?"}),
			Check: branchIs(t, repo, 6, map[string]string{"s": "100755 secret two", "p": "100644 plain"}),
		},
		resource.TestStep{Config: config("not looked at", 2, ", mode = \"100755\""), ConfigPlanChecks: nothing()},
		resource.TestStep{ // another version of the same content makes no commit
			Config: config("secret two", 3, ", mode = \"100755\""), Check: acctest.Commits(t, repo, 6),
		})
}

// Files are imported by each form of id. The plan that follows changes nothing, or shows the files
// that differ. Ids that name no files are errors.
func TestAnImportAdoptsAPrefix(t *testing.T) {
	repo := newRepo(t)
	repo.Git(t, "branch", "dev", "main")
	for _, branch := range []string{"main", "dev"} {
		if _, err := repo.Commit(branch, "Add", map[string]gittest.File{"p/a": {Content: "1"}, "p/b/c": {Content: "2", Mode: "100755"}, "q": {Content: "q"}}); err != nil {
			t.Fatal(err)
		}
	}
	dir := localDir(t, map[string]string{"a": "1", "b/c*": "2"})
	for name, tc := range map[string]struct{ id, more string }{
		"by prefix":                       {"p", ""},
		"by branch and prefix":            {"dev:p", "branch = \"dev\"\n"},
		"by repository and branch":        {repo.URL() + "#main:p", ""},
		"the same files, as a mirror too": {"p", "prune = \"all\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			config := many(repo, tc.more+fmt.Sprintf("prefix = \"p\"\non_destroy = \"keep\"\nsource_dir = %q", dir))
			steps(t,
				resource.TestStep{Config: config, ResourceName: filesAddress, ImportState: true, ImportStateId: tc.id, ImportStatePersist: true},
				resource.TestStep{Config: config, ConfigPlanChecks: update(map[string]string{}), Check: branchIs(t, repo, 2, map[string]string{
					"p/a": "100644 1", "p/b/c": "100755 2", "q": "100644 q",
				})},
				resource.TestStep{Config: config, ConfigPlanChecks: nothing()})
		})
	}
	t.Run("of a SHA-256 repository", func(t *testing.T) {
		repo := newRepoOf(t, gitobj.SHA256)
		repo.SeedText(t, map[string]string{"p/a": "1"})
		config := many(repo, "prefix = \"p\"\n"+fromMap(map[string]string{"a": "1"}))
		steps(t,
			resource.TestStep{Config: config, ResourceName: filesAddress, ImportState: true, ImportStateId: "p", ImportStatePersist: true},
			resource.TestStep{Config: config, ConfigPlanChecks: nothing()})
	})
	t.Run("what differs is shown", func(t *testing.T) {
		config := many(repo, fmt.Sprintf("source_dir = %q\nprefix=\"p\"\nexclude=[\"a\"]", dir))
		steps(t,
			resource.TestStep{Config: config, ResourceName: filesAddress, ImportState: true, ImportStateId: "main:p", ImportStatePersist: true},
			resource.TestStep{Config: config, ConfigPlanChecks: update(map[string]string{"p/a": "-"}), Check: branchIs(t, repo, 3, map[string]string{
				"p/b/c": "100755 2", "q": "100644 q",
			})})
	})
	for id, want := range map[string]string{"nowhere": "holds no file below", "../x": "is no name", "main:q": "holds no file below", "a..b:p": `'\.\.'`} {
		t.Run("an error for "+id, func(t *testing.T) {
			steps(t, resource.TestStep{
				Config: many(repo, fromMap(map[string]string{"a": "1"})), ResourceName: filesAddress, ImportState: true, ImportStateId: id,
				ExpectError: regexp.MustCompile(want),
			})
		})
	}
}
