package resources_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// A map is created, changed at some paths, changed in its settings, and moved to another prefix.
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

// Local files change, appear and go between applies; then other patterns choose fewer of them.
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

// Somebody else changes and removes files between the applies.
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
