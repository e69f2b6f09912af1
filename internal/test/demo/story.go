package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// story is the demo: the commands to the engine, and the checks with git.
type story struct {
	out           *printer
	engine        *engine
	repo          *gittest.Repo
	server        *gittest.Server
	configuration string // directory of 1-create and 2-change

	start string // the branch as it was before Terraform
	shown string // the branch as it was at the last git log
}

func (s *story) tell(ctx context.Context) (err error) {
	if s.start, err = s.repo.Run("rev-parse", s.repo.Branch); err != nil {
		return err
	}
	s.shown = s.start
	for _, chapter := range []func(context.Context) error{s.create, s.planAgain, s.change, s.planAgain, s.destroy} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	if err := s.repo.Check(); err != nil {
		return err
	}
	s.out.checked("git fsck --strict finds nothing wrong with the repository")
	return nil
}

func (s *story) create(ctx context.Context) error {
	s.out.heading("Create six files")
	if err := s.engine.use(filepath.Join(s.configuration, "1-create")); err != nil {
		return err
	}
	if err := s.plan(ctx, 2); err != nil {
		return err
	}
	if err := s.show(ctx, "apply", "-input=false", "-no-color", planFile); err != nil {
		return err
	}
	made, err := s.log()
	if err != nil {
		return err
	}
	want := map[string]string{
		"deploy/eu-west.yaml": "100644", "deploy/us-east.yaml": "100644", "deploy/ap-south.yaml": "100644",
		"docs/guide.md": "100644", "bin/check": "100755", "deploy/current.yaml": "120000",
	}
	if err := s.expect(want); err != nil {
		return err
	}
	if made < 1 || made >= len(want) {
		return unexpected("commits", made, fmt.Sprintf("at least 1 and less than the %d files", len(want)))
	}
	s.out.checked("%d files in %s, nothing else touched", len(want), plural(made, "commit"))
	return nil
}

func (s *story) planAgain(ctx context.Context) error {
	s.out.heading("Plan again")
	s.server.ResetStats()
	if err := s.plan(ctx, 0); err != nil {
		return err
	}
	s.out.checked("no changes; the Git server was asked %s", plural(s.server.Stats().Requests, "time"))
	return nil
}

// change applies the second configuration and checks its commits: an update, a rename and a
// removal.
func (s *story) change(ctx context.Context) error {
	s.out.heading("Change one, rename one, remove one")
	if err := s.engine.use(filepath.Join(s.configuration, "2-change")); err != nil {
		return err
	}
	if err := s.plan(ctx, 2); err != nil {
		return err
	}
	before := s.shown
	if err := s.show(ctx, "apply", "-input=false", "-no-color", planFile); err != nil {
		return err
	}
	made, err := s.log()
	if err != nil {
		return err
	}
	if err := s.expect(map[string]string{
		"deploy/eu-west.yaml": "100644", "deploy/us-east.yaml": "100644",
		"docs/getting-started.md": "100644", "bin/check": "100755", "deploy/current.yaml": "120000",
	}); err != nil {
		return err
	}
	if made < 1 || made > 3 {
		return unexpected("commits", made, "1 to 3")
	}
	// A single commit must hold both halves of the rename, or git would not recognize it.
	renames, err := s.repo.Run("log", "--find-renames", "--diff-filter=R", "--format=", "--name-status", before+".."+s.repo.Branch)
	if err != nil {
		return err
	}
	if got, want := strings.Fields(renames), []string{"R100", "docs/guide.md", "docs/getting-started.md"}; !slices.Equal(got, want) {
		return unexpected("renames in the history", got, want)
	}
	content, err := s.repo.Run("cat-file", "blob", s.repo.Branch+":deploy/eu-west.yaml")
	if err != nil {
		return err
	}
	if want := `"replicas": 5`; content != want {
		return unexpected("deploy/eu-west.yaml", content, want)
	}
	s.out.checked("three changes in %s, the rename in one of them", plural(made, "commit"))
	return nil
}

func (s *story) destroy(ctx context.Context) error {
	s.out.heading("Destroy")
	if err := s.show(ctx, "destroy", "-auto-approve", "-input=false", "-no-color"); err != nil {
		return err
	}
	if _, err := s.log(); err != nil {
		return err
	}
	before, err := s.repo.Run("rev-parse", s.start+"^{tree}")
	if err != nil {
		return err
	}
	after, err := s.repo.Run("rev-parse", s.repo.Branch+"^{tree}")
	if err != nil {
		return err
	}
	if before != after {
		return unexpected("tree after destroy", after, before)
	}
	s.out.checked("the branch holds exactly what it held at first: tree %.12s", after)
	return nil
}

// planFile is the file of a saved plan, in the configuration's directory.
const planFile = "saved.plan"

// plan runs a plan whose exit code must be the given code: 0 for no changes, 2 for some.
func (s *story) plan(ctx context.Context, code int) error {
	out, err := s.engine.run(ctx, s.repo.URL(), code, "plan", "-detailed-exitcode", "-input=false", "-no-color", "-out="+planFile)
	if err != nil {
		return err
	}
	s.out.command(s.name()+" plan", gist(out, planned))
	return nil
}

// show runs a command that must succeed.
func (s *story) show(ctx context.Context, args ...string) error {
	out, err := s.engine.run(ctx, s.repo.URL(), 0, args...)
	if err != nil {
		return err
	}
	s.out.command(s.name()+" "+args[0], gist(out, done))
	return nil
}

func (s *story) name() string {
	base := filepath.Base(s.engine.path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// log shows the commits since the last log and counts them.
func (s *story) log() (int, error) {
	since := s.shown + ".." + s.repo.Branch
	out, err := s.repo.Run("log", "--stat", "--format=%h %an: %s", since)
	if err != nil {
		return 0, err
	}
	s.out.command("git log --stat", strings.ReplaceAll(out, "\n\n", "\n"))
	if s.shown, err = s.repo.Run("rev-parse", s.repo.Branch); err != nil {
		return 0, err
	}
	return s.repo.Count(since)
}

// expect checks that the branch holds the files of the seed and these files with these modes, and
// nothing else.
func (s *story) expect(ours map[string]string) error {
	got, err := s.repo.Files(s.repo.Branch)
	if err != nil {
		return err
	}
	want, err := s.repo.Files(s.start)
	if err != nil {
		return err
	}
	for path, mode := range ours {
		want[path] = gittest.Entry{Mode: mode, ID: got[path].ID}
	}
	if !maps.Equal(got, want) {
		return unexpected("files on the branch", got, want)
	}
	return nil
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
