//go:build unix

package acctest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

const lifeOfMany = "a full life of twenty-three files"

// anywhere are the tests that need nothing of a host but a repository: no fault, no hook, no count
// of requests.
var anywhere = []struct {
	name string
	test func(*testing.T)
}{
	{"what the server says of itself", describesItself},
	{"a large commit", largeCommit},
	{"a new branch", newBranch},
	{"removed by somebody else", TestARemovalOfWhatSomebodyElseRemovedIsDone},
	{lifeOfMany, func(t *testing.T) {
		repo := acctest.NewRepo(t)
		fullLife(t, repo, provider(repo, ""))
	}},
	{"conflicts", TestWhatSomebodyElseChangedBetweenPlanAndApplyIsReportedWhereItBelongsAndTheOthersGoThrough},
	{"created by somebody else", TestAFileThatSomebodyElseCreatedBetweenPlanAndApplyIsReportedOnItsResource},
	{"drift before a removal", TestAFileThatDriftedBeforeItsRemovalWasPlannedIsRemovedWithAWarning},
	{"drift of a set before its removal", TestFilesThatDriftedBeforeTheirRemovalWasPlannedAreRemovedWithAWarning},
	{"rules of removal", TestNothingIsRemovedThatIsStillWantedAndNothingStaysThatIsNot},
	{"rules of removal from a set", TestOfManyFilesNothingIsRemovedThatIsStillWantedAndNothingStaysThatIsNot},
	{"staged and never committed", TestAFileThatWasStagedAndNeverCommittedMayBeRemoved},
	{"named by no commit", TestAFileThatNoCommitNamesIsWarnedOf},
	{"a commit without a reference", TestACommitWithoutAReferenceSaysWhatToDo},
	{"a path that fails alone", TestAPathThatSomebodyElseChangedFailsAloneAndTheNextApplyConverges},
	{"changed after the plan", TestAFileThatChangesAfterThePlanEndsTheApply},
	{"contents that are not known yet", TestContentsThatAreNotKnownYetAreShownAsThatPathAlone},
	{"a mirror", TestAMirrorWarnsOfWhatItWillRemove},
}

// `make acc` runs this with a host's variables set. Without them there is nothing to run.
func TestOnAnotherHost(t *testing.T) {
	for _, host := range acctest.Hosts(os.Getenv) {
		t.Run(host.Name, func(t *testing.T) {
			for _, a := range anywhere {
				host.Run(t, a.name, a.test)
			}
		})
	}
}

// The test does the steps of `make acc` on a server of this machine, from an empty repository on.
func TestAnotherHostIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{Username: "jo", Password: password})
	repo := server.NewRepo(t, "org/scratch.git", gittest.RepoOptions{Empty: true, Branch: "trunk"})
	variables := map[string]string{
		"NANOGIT_ACC_URL": repo.URL(), "NANOGIT_ACC_USERNAME": "jo", "NANOGIT_ACC_PASSWORD": password, "NANOGIT_ACC_BRANCH": "trunk",
	}
	hosts := acctest.Hosts(func(name string) string { return variables[name] })
	if len(hosts) != 1 {
		t.Fatalf("%d hosts, want one", len(hosts))
	}
	t.Run("there", func(t *testing.T) { // it waits for its parallel subtests
		for _, a := range anywhere[:4] {
			hosts[0].Run(t, a.name, a.test)
		}
	})
	if refs, commits := repo.Git(t, "for-each-ref", "--format=%(refname)"), repo.Commits(t, "trunk"); refs != "refs/heads/trunk" || commits != 1 {
		t.Errorf("the repository has %d commits and\n%s\nwant one commit of the branch that stays", commits, refs)
	}
}

func TestHostsComeFromTheEnvironment(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		variables, want string
	}{
		"none":     {"", ""},
		"HTTP":     {"URL=https://h/r TOKEN=x", "NANOGIT_ACC_URL https://h/r main"},
		"SSH":      {"SSH_URL=git@h:r BRANCH=trunk", "NANOGIT_ACC_SSH_URL git@h:r trunk"},
		"both":     {"URL=https://h/r SSH_URL=ssh://h/r", "NANOGIT_ACC_URL https://h/r main, NANOGIT_ACC_SSH_URL ssh://h/r main"},
		"no place": {"TOKEN=x USERNAME=u BRANCH=b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, h := range acctest.Hosts(func(name string) string {
				for assignment := range strings.FieldsSeq(tc.variables) {
					if value, ok := strings.CutPrefix(assignment, strings.TrimPrefix(name, "NANOGIT_ACC_")+"="); ok {
						return value
					}
				}
				return ""
			}) {
				got = append(got, h.Name+" "+h.URL+" "+h.Branch)
			}
			if got := strings.Join(got, ", "); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// describesItself also prints the facts that a page about hosts needs.
func describesItself(t *testing.T) {
	repo, w := acctest.NewRepo(t), acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+`
data "nanogit_repository" "r" {}
resource "terraform_data" "said" {
  input = data.nanogit_repository.r
}
`)
	w.Apply(t)
	w.Clean(t)
	said, _ := w.Attributes(t, "terraform_data.said")["output"].(map[string]any)
	for _, name := range []string{"default_branch", "object_format", "protocol_version", "capabilities", "push_capabilities"} {
		t.Logf("%s: %v", name, said[name])
	}
	if said["can_write"] != true || said["is_empty"] != false || said["write_error"] != nil {
		t.Errorf("the server says: %v", said)
	}
}

// largeCommit makes a commit beyond the default limits of servers and proxies: 500 files of 8 KB,
// and a file of 6 MB that is hard to compress.
func largeCommit(t *testing.T) {
	repo, w := acctest.NewRepo(t), acctest.NewWorkspace(t)
	dir := directory(t, 500, 8<<10)
	write(t, filepath.Join(dir, "large"), string(text(7, 6<<20)))
	w.Config(t, provider(repo, "")+sourceDir(dir, "prefix = \"site\""))
	w.Apply(t)
	w.Clean(t)
	if commits, files := repo.Commits(t, "main"), len(repo.Tree(t, "main")); commits != 2 || files != 502 {
		t.Errorf("%d commits and %d files, want 2 and 502", commits, files)
	}
	if got, want := repo.Tree(t, "main")["site/large"].ID, blobsOf(t, repo)(string(text(7, 6<<20))); got != want {
		t.Errorf("the large file is %s, want %s", got, want)
	}
	w.Destroy(t)
	if commits, files := repo.Commits(t, "main"), len(repo.Tree(t, "main")); commits != 3 || files != 1 {
		t.Errorf("after destroy: %d commits and %d files, want 3 and 1", commits, files)
	}
}

// newBranch lets the provider make a branch, in the same push as its first commit.
func newBranch(t *testing.T) {
	repo, w := acctest.NewRepo(t), acctest.NewWorkspace(t)
	own, other := acctest.Branches(t, repo)
	w.Config(t, provider(repo, fmt.Sprintf("create_branch_from = %q", own))+one("new", "1", fmt.Sprintf("branch = %q", other)))
	w.Apply(t)
	w.Clean(t)
	if got, want := acctest.Tip(t, repo, other), w.Attributes(t, "nanogit_file.f")["commit_id"]; got != want {
		t.Errorf("the branch %s is at %q, want %v", other, got, want)
	}
	if n := repo.Commits(t, "main"); n != 1 {
		t.Errorf("the branch that it started from has %d commits", n)
	}
}
