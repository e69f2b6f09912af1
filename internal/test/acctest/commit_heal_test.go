//go:build unix

package acctest_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// interrupted is an apply of updates, removals and additions that somebody cuts off.
type interrupted struct {
	server *gittest.Server
	repo   *gittest.Repo
	w      *acctest.Workspace
	files  map[string]string // that the branch is to hold in the end
	gone   []string          // that it is not to hold
	head   string            // before the apply
}

// before brings the first files to the branch and configures the next ones.
func before(t *testing.T, hooks map[string]string) *interrupted {
	t.Helper()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{Hooks: hooks})
	c := &interrupted{server: server, repo: repo, w: acctest.NewWorkspace(t), files: numbered(12)}
	c.w.Config(t, provider(repo, explicit)+filesAndCommit)
	want(t, c.w, c.files)
	c.w.Apply(t)
	c.files = maps.Clone(c.files)
	for i := range 3 {
		c.files[fmt.Sprintf("d%02d/f%03d.txt", i, i)] = "updated\n"
		c.files[fmt.Sprintf("new/%d", i)] = "new\n"
		path := fmt.Sprintf("d%02d/f%03d.txt", i+5, i+5)
		c.gone = append(c.gone, path)
		delete(c.files, path)
	}
	want(t, c.w, c.files)
	c.head = repo.Head(t)
	server.ResetStats()
	return c
}

// heals fails the test unless the next apply brings all files to the branch, in a single commit.
func (c *interrupted) heals(t *testing.T, args ...string) {
	t.Helper()
	head := c.repo.Head(t)
	c.server.Idle()
	c.server.ResetStats()
	c.w.Apply(t, args...)
	oneCommit(t, c.server, c.repo, head, "the apply that heals")
	holds(t, c.repo, c.files)
	c.w.Clean(t, args...)
}

func TestARefusedCommitTellsTheServersWordsAndHealsInOne(t *testing.T) {
	t.Parallel()
	c := before(t, map[string]string{"pre-receive": mayRefuse})
	allowAgain := refuse(t, c.repo)
	for range 2 { // the changes are still pending after a second failure
		out := c.w.Refused(t)
		if !strings.Contains(out, "policy 17: ask Joan first") || strings.Count(out, "Error:") != 1 || c.repo.Head(t) != c.head {
			t.Errorf("want one error with the hook's words, and the branch as it was:\n%s", out)
		}
	}
	allowAgain()
	plan, _ := c.w.Plan(t)
	if strings.Count(plan, "Warning: Files were staged and never committed") != 1 || strings.Contains(plan, "Files are left on the branch") {
		t.Errorf("want one warning, of staged files:\n%s", plan)
	}
	for _, path := range c.gone {
		if !strings.Contains(plan, path) {
			t.Errorf("the plan does not delete %s:\n%s", path, plan)
		}
	}
	c.heals(t)
}

func TestAnotherResourcesFailureKeepsTheCommitFromRunningAndTheNextApplyHeals(t *testing.T) {
	t.Parallel()
	c := before(t, nil)
	c.w.Config(t, strings.Replace(provider(c.repo, explicit)+filesAndCommit, `resource "nanogit_commit" "c" {`, `
resource "terraform_data" "fails" {
  for_each = fileexists("${path.module}/fail") ? toset(["x"]) : toset([])
  provisioner "local-exec" { command = "exit 1" }
  depends_on = [nanogit_file.f]
}
resource "nanogit_commit" "c" {
  depends_on = [terraform_data.fails]`, 1))
	c.w.Write(t, "fail", "")
	out := c.w.Refused(t)
	if !strings.Contains(out, "local-exec") {
		t.Errorf("not the failure that was wanted:\n%s", out)
	}
	// The removals were reported done: they are on the branch. Nothing else is.
	c.removed(t, "the failure")
	if err := os.Remove(filepath.Join(c.w.Dir, "fail")); err != nil {
		t.Fatal(err)
	}
	c.heals(t)
}

func TestAnApplyThatIsKilledHealsInOneCommit(t *testing.T) {
	t.Parallel()
	c := before(t, nil)
	stall := c.server.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Stall})
	run := c.w.Start(t, "apply", "-auto-approve", "-no-color")
	<-stall.Reached()
	run.Kill(t) // the engine and the provider
	plan, _ := c.w.Plan(t, "-lock=false")
	for _, path := range c.gone {
		// Either the state still has the file, whose removal is then planned again, or the plan
		// names it.
		if !strings.Contains(plan, fmt.Sprintf("nanogit_file.f[%q] will be destroyed", path)) && !strings.Contains(plan, "- "+path) {
			t.Errorf("the plan says nothing of %s, whose removal was cut off:\n%s", path, plan)
		}
	}
	stall.Release() // the bytes under way may still arrive, all of them
	c.w.Apply(t, "-lock=false")
	if n := c.repo.Commits(t, c.head+"..main"); n != 1 {
		t.Errorf("%d commits, want one", n)
	}
	tree := c.repo.Tree(t, "main")
	for path, content := range c.files {
		if tree[path].ID != blobID(content) {
			t.Errorf("%s is %v", path, tree[path])
		}
	}
	c.w.Clean(t, "-lock=false")
}

func TestAnInterruptedApplyHeals(t *testing.T) {
	t.Parallel()
	c := before(t, nil)
	stall := c.server.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Stall})
	run := c.w.Start(t, "apply", "-auto-approve", "-no-color")
	<-stall.Reached()
	run.Interrupt(t)
	stall.Release()
	out := run.Wait(t)
	if !strings.Contains(out, "Interrupt received") {
		t.Errorf("the engine was not interrupted:\n%s", out)
	}
	// Either the interrupted push moved the branch, and the provider has reported that, or it did
	// not.
	if c.repo.Head(t) == c.head {
		c.heals(t)
		return
	}
	oneCommit(t, c.server, c.repo, c.head, "the interrupted apply")
	holds(t, c.repo, c.files)
	c.w.Clean(t)
}

// pause starts an apply, and returns when all files are staged and the commit waits for resume.
func (c *interrupted) pause(t *testing.T) (run *acctest.Process, resume func()) {
	t.Helper()
	reached := filepath.Join(c.w.Dir, "reached")
	if err := syscall.Mkfifo(reached, 0o600); err != nil {
		t.Fatal(err)
	}
	// The commit waits for a resource that waits for the test.
	c.w.Config(t, strings.Replace(provider(c.repo, explicit)+filesAndCommit, `resource "nanogit_commit" "c" {`, `
resource "terraform_data" "waits" {
  for_each = fileexists("${path.module}/wait") ? toset(["x"]) : toset([])
  provisioner "local-exec" { command = "echo >reached; read line <reached" }
  depends_on = [nanogit_file.f]
}
resource "nanogit_commit" "c" {
  depends_on = [terraform_data.waits]`, 1))
	c.w.Write(t, "wait", "")
	run = c.w.Start(t, "apply", "-auto-approve", "-no-color")
	if _, err := os.ReadFile(reached); err != nil {
		t.Fatal(err)
	}
	// Later applies wait for nobody.
	if err := os.Remove(filepath.Join(c.w.Dir, "wait")); err != nil {
		t.Fatal(err)
	}
	return run, func() {
		t.Helper()
		if err := os.WriteFile(reached, []byte("go\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// removed fails the test unless a single commit on the branch makes the removals that were reported
// done, and nothing else.
func (c *interrupted) removed(t *testing.T, after string) {
	t.Helper()
	if n := c.repo.Commits(t, c.head+"..main"); n != 1 {
		t.Errorf("%d commits after %s, want one", n, after)
	}
	tree := c.repo.Tree(t, "main")
	for _, path := range c.gone {
		if _, there := tree[path]; there {
			t.Errorf("%s was reported destroyed and is on the branch", path)
		}
	}
	if len(tree) != 10 {
		t.Errorf("the branch has %d files after %s, want README.md and nine", len(tree), after)
	}
}

func TestRemovalsThatWereReportedAreMadeWhenTheEngineIsKilled(t *testing.T) {
	t.Parallel()
	c := before(t, map[string]string{"post-receive": "#!/bin/sh\n[ ! -p landed ] || echo >landed\n"})
	landed := filepath.Join(c.repo.Dir, "landed")
	if err := syscall.Mkfifo(landed, 0o600); err != nil {
		t.Fatal(err)
	}
	run, resume := c.pause(t)
	run.KillEngine(t)
	// The provider notices, and pushes.
	if _, err := os.ReadFile(landed); err != nil {
		t.Fatal(err)
	}
	resume()
	run.Wait(t)
	if err := os.Remove(landed); err != nil {
		t.Fatal(err)
	}
	c.removed(t, "the kill")
	c.heals(t, "-lock=false")
}

func TestAnApplyThatIsInterruptedBeforeItsCommitPushesItsRemovalsAndHealsInOneCommit(t *testing.T) {
	t.Parallel()
	c := before(t, nil)
	run, _ := c.pause(t)
	run.Interrupt(t)
	if out := run.Wait(t); !strings.Contains(out, "Interrupt received") || strings.Contains(out, "nanogit_commit.c: Modifying") {
		t.Errorf("want an interrupted apply whose commit did not start:\n%s", out)
	}
	c.removed(t, "Ctrl-C")
	c.heals(t)
}
