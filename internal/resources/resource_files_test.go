package resources_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nanogit/terraform-provider-nanogit/internal/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
)

const filesAddress = "nanogit_files.f"

// many is a configuration of many files in a repository.
func many(repo *gittest.Repo, attributes string) string {
	return fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n}\nresource \"nanogit_files\" \"f\" {\n%s\n}\n", repo.URL(), attributes)
}

// fromMap is the attribute files with these contents.
func fromMap(contents map[string]string) string {
	var b strings.Builder
	b.WriteString("files = {\n")
	for _, p := range slices.Sorted(maps.Keys(contents)) {
		fmt.Fprintf(&b, "  %q = { content = %q }\n", p, contents[p])
	}
	return b.String() + "}\n"
}

// localDir is a new directory with these files. A name that ends in * has an executable bit.
func localDir(t testing.TB, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range contents {
		writeLocal(t, dir, name, content)
	}
	return dir
}

func writeLocal(t testing.TB, dir, name, content string) {
	t.Helper()
	name, exec := strings.CutSuffix(filepath.Join(dir, name), "*")
	mode := os.FileMode(0o644)
	if exec {
		mode = 0o755
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// changes expects an action for the files, and that blob_ids differs at these paths and no others:
// "+" for a path that is added, "-" for a path that goes, "~" for another blob, "?" for one that is
// known after apply.
type changes struct {
	action plancheck.ResourceActionType
	want   map[string]string
}

func (c changes) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if change.Address != filesAddress {
			continue
		}
		part := func(v any) map[string]any {
			m, _ := v.(map[string]any)
			ids, _ := m["blob_ids"].(map[string]any)
			return ids
		}
		before, after, unknown := part(change.Change.Before), part(change.Change.After), part(change.Change.AfterUnknown)
		got := make(map[string]string)
		for p, id := range after {
			if old, ok := before[p]; !ok {
				got[p] = "+"
			} else if old != id {
				got[p] = "~"
			}
		}
		for p := range before {
			if _, ok := after[p]; !ok {
				got[p] = "-"
			}
		}
		for p, is := range unknown {
			if is == true {
				got[p] = "?"
			}
		}
		if !maps.Equal(got, c.want) {
			resp.Error = fmt.Errorf("blob_ids changes at %v, want %v", got, c.want)
		}
	}
	if resp.Error == nil {
		plancheck.ExpectResourceAction(filesAddress, c.action).CheckPlan(context.Background(), req, resp)
	}
}

func update(want map[string]string) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{changes{plancheck.ResourceActionUpdate, want}}}
}

func create(want map[string]string) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{changes{plancheck.ResourceActionCreate, want}}}
}

func nothing() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{changes{plancheck.ResourceActionNoop, nil}}}
}

// branchIs checks all files of a branch ("mode content" by path), README.md aside, and the number
// of its commits.
func branchIs(t testing.TB, repo *gittest.Repo, commits int, want map[string]string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		got := make(map[string]string)
		for p, e := range repo.Tree(t, repo.Branch) {
			if p != "README.md" {
				got[p] = e.Mode + " " + repo.Content(t, repo.Branch, p)
			}
		}
		if !maps.Equal(got, want) {
			return fmt.Errorf("the branch holds %v, want %v", got, want)
		}
		return acctest.Commits(t, repo, commits)(nil)
	}
}

func TestFilesOfAMapAreOneCommitAndThePlanListsOnlyWhatChanges(t *testing.T) {
	repo := newRepo(t)
	steps(t,
		resource.TestStep{
			Config:           many(repo, "prefix = \"conf\"\n"+fromMap(map[string]string{"a": "1", "b/c": "2", "b/d": "3"})),
			ConfigPlanChecks: create(map[string]string{"conf/a": "+", "conf/b/c": "+", "conf/b/d": "+"}),
			Check:            branchIs(t, repo, 2, map[string]string{"conf/a": "100644 1", "conf/b/c": "100644 2", "conf/b/d": "100644 3"}),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(filesAddress, tfjsonpath.New("id"), knownvalue.StringExact("main:conf")),
				statecheck.ExpectKnownValue(filesAddress, tfjsonpath.New("tree_id"), knownvalue.StringFunc(func(id string) error {
					if want := strings.TrimSpace(repo.Git(t, "rev-parse", "main:conf")); id != want {
						return fmt.Errorf("tree_id is %s, want %s", id, want)
					}
					return nil
				})),
				statecheck.ExpectKnownValue(filesAddress, tfjsonpath.New("commit_id"), knownvalue.StringFunc(func(id string) error {
					if want := repo.Head(t); id != want {
						return fmt.Errorf("commit_id is %s, want %s", id, want)
					}
					return nil
				})),
			},
		},
		resource.TestStep{
			Config:           many(repo, "prefix = \"conf\"\n"+fromMap(map[string]string{"a": "1", "b/c": "two", "e": "5"})),
			ConfigPlanChecks: update(map[string]string{"conf/b/c": "~", "conf/b/d": "-", "conf/e": "+"}),
			Check:            branchIs(t, repo, 3, map[string]string{"conf/a": "100644 1", "conf/b/c": "100644 two", "conf/e": "100644 5"}),
		},
		resource.TestStep{ // only a setting
			Config: many(repo, "prefix = \"conf\"\non_destroy = \"keep\"\ncommit_message = \"x\"\n"+fromMap(map[string]string{"a": "1", "b/c": "two", "e": "5"})),
			Check:  acctest.Commits(t, repo, 3),
		},
		resource.TestStep{ // another prefix: the files move
			Config:           many(repo, "prefix = \"etc\"\n"+fromMap(map[string]string{"a": "1", "b/c": "two"})),
			ConfigPlanChecks: update(map[string]string{"conf/a": "-", "conf/b/c": "-", "conf/e": "-", "etc/a": "+", "etc/b/c": "+"}),
			Check:            branchIs(t, repo, 4, map[string]string{"etc/a": "100644 1", "etc/b/c": "100644 two"}),
		})
	if n := repo.Commits(t, repo.Branch); n != 5 || len(repo.Tree(t, repo.Branch)) != 1 {
		t.Errorf("after destroy: %d commits and %v, want 5 and README.md", n, repo.Tree(t, repo.Branch))
	}
}

func TestEveryKindOfContentAndModeOfAMap(t *testing.T) {
	repo := newRepo(t)
	local := filepath.Join(localDir(t, map[string]string{"s": "from disk\r\n"}), "s")
	config := many(repo, fmt.Sprintf(`files = {
  text = { content = "t", mode = "100755" }
  binary = { content_base64 = "/wAB" }
  secret = { sensitive_content = "s" }
  local = { source = %q, line_endings = "lf" }
  link = { content = "text", mode = "120000" }
}`, local))
	steps(t,
		resource.TestStep{Config: config, Check: branchIs(t, repo, 2, map[string]string{
			"text": "100755 t", "binary": "100644 \xff\x00\x01", "secret": "100644 s", "local": "100644 from disk\n", "link": "120000 text",
		})},
		resource.TestStep{Config: config, ConfigPlanChecks: nothing()},
		resource.TestStep{ // a mode alone
			Config: strings.Replace(config, `, mode = "100755"`, "", 1), ConfigPlanChecks: update(map[string]string{"text": "?"}),
			Check: resource.ComposeTestCheckFunc(acctest.Holds(t, repo, "text", "100644", "t"), acctest.Commits(t, repo, 3)),
		})
}

func TestFilesOfADirectoryFollowIt(t *testing.T) {
	repo := newRepo(t)
	dir := localDir(t, map[string]string{
		"a.txt": "a", "bin/tool*": "#!/bin/sh\n", "sub/deep/b.txt": "b", "sub/skip.tmp": "x", ".hidden": "h", ".git/config": "g", "sub/.git": "gitdir: x", "node_modules/m/i.js": "m",
	})
	if err := os.Symlink("../a.txt", filepath.Join(dir, "sub", "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("sub", filepath.Join(dir, "todir")); err != nil {
		t.Fatal(err)
	}
	config := many(repo, fmt.Sprintf("source_dir = %q\nprefix = \"site\"\nexclude = [\"**/*.tmp\", \"node_modules/**\"]", dir))
	steps(t,
		resource.TestStep{
			Config: config,
			Check: branchIs(t, repo, 2, map[string]string{
				"site/a.txt": "100644 a", "site/bin/tool": "100755 #!/bin/sh\n", "site/sub/deep/b.txt": "100644 b", "site/.hidden": "100644 h",
				"site/sub/link": "120000 ../a.txt", "site/todir": "120000 sub",
			}),
		},
		resource.TestStep{Config: config, ConfigPlanChecks: nothing()},
		resource.TestStep{
			PreConfig: func() {
				writeLocal(t, dir, "a.txt*", "a") // the mode alone
				writeLocal(t, dir, "sub/deep/b.txt", "bb")
				writeLocal(t, dir, "new", "n")
				if err := os.Remove(filepath.Join(dir, ".hidden")); err != nil {
					t.Fatal(err)
				}
			},
			Config:           config,
			ConfigPlanChecks: update(map[string]string{"site/a.txt": "?", "site/sub/deep/b.txt": "~", "site/new": "+", "site/.hidden": "-"}),
			Check: branchIs(t, repo, 3, map[string]string{
				"site/a.txt": "100755 a", "site/bin/tool": "100755 #!/bin/sh\n", "site/sub/deep/b.txt": "100644 bb", "site/new": "100644 n",
				"site/sub/link": "120000 ../a.txt", "site/todir": "120000 sub",
			}),
		},
		resource.TestStep{
			Config:           many(repo, fmt.Sprintf("source_dir = %q\nprefix = \"site\"\ninclude = [\"*.txt\", \"{bin,sub}/**\"]\nexclude = [\"sub/**\"]", dir)),
			ConfigPlanChecks: update(map[string]string{"site/sub/deep/b.txt": "-", "site/new": "-", "site/sub/link": "-", "site/todir": "-"}),
			Check:            branchIs(t, repo, 4, map[string]string{"site/a.txt": "100755 a", "site/bin/tool": "100755 #!/bin/sh\n"}),
		})
}

func TestDriftOfAPathIsShownAloneAndRepairedInOneCommit(t *testing.T) {
	repo := newRepo(t)
	dir := localDir(t, map[string]string{"a": "1", "b": "2", "c": "3", "d*": "4"})
	config := many(repo, fmt.Sprintf("source_dir = %q", dir))
	good := map[string]string{"a": "100644 1", "b": "100644 2", "c": "100644 3", "d": "100755 4"}
	drift := func(files map[string]gittest.File) func() { return func() { repo.Seed(t, files) } }
	with := func(extra string) map[string]string {
		m := maps.Clone(good)
		m[extra] = "100644 theirs"
		return m
	}
	steps(t,
		resource.TestStep{Config: config, Check: branchIs(t, repo, 2, good)},
		resource.TestStep{
			PreConfig: drift(map[string]gittest.File{"a": {Content: "edited"}}), Config: config,
			ConfigPlanChecks: update(map[string]string{"a": "~"}), Check: branchIs(t, repo, 4, good),
		},
		resource.TestStep{
			PreConfig: drift(map[string]gittest.File{"b": {Remove: true}, "theirs": {Content: "theirs"}}), Config: config,
			ConfigPlanChecks: update(map[string]string{"b": "+"}), Check: branchIs(t, repo, 6, with("theirs")),
		},
		resource.TestStep{
			PreConfig: drift(map[string]gittest.File{"d": {Content: "4"}}), Config: config,
			ConfigPlanChecks: update(map[string]string{"d": "?"}), Check: branchIs(t, repo, 8, with("theirs")),
		},
		resource.TestStep{
			PreConfig: drift(map[string]gittest.File{"c": {Content: "edited"}, "a": {Remove: true}, "d": {Content: "4"}}), Config: config,
			ConfigPlanChecks: update(map[string]string{"c": "~", "a": "+", "d": "?"}), Check: branchIs(t, repo, 10, with("theirs")),
		},
		resource.TestStep{Config: config, ConfigPlanChecks: nothing()})
}

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
			resource.TestStep{Config: config, ConfigPlanChecks: update(map[string]string{})})
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
