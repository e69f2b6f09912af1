// Package property_test changes a configuration and a repository at random, while random faults
// happen, and checks that the branch ends as configured.
//
//	seed ─► script ─► world ─┬─ changes: of the configuration, and of the branch by others
//	                         ├─ faults: pushes refused or lost, kills, a concurrent committer
//	                         └─ miniengine: plan and apply ──► provider ──► gittest.Server
//	                                │
//	                                ▼ in the end, without faults: the plan is empty, the branch is as the model,
//	                                  no commit of others is lost, git fsck --strict finds no error
//
// NANOGIT_PROPERTY_RUNS is the number of scripts to play, NANOGIT_PROPERTY_SEED the seed of the
// first. A script that fails is shortened, and NANOGIT_PROPERTY_STEPS plays the rest of it.
// NANOGIT_PROPERTY_WHOLE leaves it whole, which is quicker where only the number of failures
// counts.
//
// A second test plays terraform's special cases, its corners: deposed objects, ignored changes,
// addresses and spellings that change. Each is a kind with a name; NANOGIT_PROPERTY_ONLY names the
// kinds to play, NANOGIT_PROPERTY_SKIP the parts of a script to leave out.
package property_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/miniengine"
)

// script is a number of steps, each with all its chances.
type script struct {
	seed  uint64
	steps []int // which of the steps that the seed gives are played

	kinds []kind   // the corners that are drawn from; nil for none
	skip  []string // the parts of steps that are left out
}

func (s script) String() string {
	steps := strings.Trim(strings.ReplaceAll(fmt.Sprint(s.steps), " ", ","), "[]")
	return fmt.Sprintf("NANOGIT_PROPERTY_SEED=%d NANOGIT_PROPERTY_STEPS=%s%s", s.seed, steps, s.corners())
}

// newScript returns the script of a seed.
func newScript(seed uint64, kinds []kind) script {
	s := script{seed: seed, kinds: kinds}
	for i := range 3 + rand.New(rand.NewPCG(seed, 0)).IntN(5) {
		s.steps = append(s.steps, i)
	}
	return s
}

// without returns the script with a step left out.
func (s script) without(i int) script {
	less := s
	less.steps = slices.Delete(slices.Clone(s.steps), i, i+1)
	return less
}

func number(t *testing.T, name string, fallback uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// The scripts of an ordinary test run: where they begin, and how many there are. See DESIGN.md for
// others.
const knownSeed, knownRuns = 115310826887059, 200

// TestWhateverHappensTheBranchEndsAsConfigured is the property.
func TestWhateverHappensTheBranchEndsAsConfigured(t *testing.T) {
	t.Parallel()
	playAll(t, knownSeed, knownRuns, nil)
}

// playAll plays a number of scripts from a seed on, or the scripts that the environment selects.
func playAll(t *testing.T, first, runs uint64, kinds []kind) {
	// The scripts are the same each time, so that a failure is due to the change under test. A
	// given number of runs plays other scripts.
	if os.Getenv("NANOGIT_PROPERTY_RUNS") != "" {
		first = rand.Uint64() >> 16
	}
	first, runs = number(t, "NANOGIT_PROPERTY_SEED", first), number(t, "NANOGIT_PROPERTY_RUNS", runs)
	if os.Getenv("NANOGIT_PROPERTY_SEED") != "" && os.Getenv("NANOGIT_PROPERTY_RUNS") == "" {
		runs = 1
	}
	t.Logf("seeds %d to %d", first, first+runs-1)
	workers := make(chan struct{}, 12) // most of a run is waiting
	for seed := first; seed < first+runs; seed++ {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			workers <- struct{}{}
			defer func() { <-workers }()
			s := newScript(seed, kinds)
			s.skip = strings.Fields(os.Getenv("NANOGIT_PROPERTY_SKIP"))
			if steps := os.Getenv("NANOGIT_PROPERTY_STEPS"); steps != "" {
				s.steps = nil
				for text := range strings.SplitSeq(steps, ",") {
					n, err := strconv.Atoi(text)
					if err != nil {
						t.Fatalf("NANOGIT_PROPERTY_STEPS: %v", err)
					}
					s.steps = append(s.steps, n)
				}
			}
			if err := play(t.Context(), s); err != nil {
				if os.Getenv("NANOGIT_PROPERTY_WHOLE") == "" {
					s, err = shorten(t.Context(), s, err)
				}
				t.Errorf("%s\n%v", s, err)
			}
		})
	}
}

// shorten leaves out steps as long as the script fails all the same.
func shorten(ctx context.Context, s script, err error) (script, error) {
	for i := range slices.Backward(s.steps) {
		if shorter := play(ctx, s.without(i)); shorter != nil {
			s, err = s.without(i), shorter
		}
	}
	return shortenSteps(ctx, s, err)
}

// play plays a script. An error has the whole story.
func play(ctx context.Context, s script) error {
	w, err := newWorld(rand.New(rand.NewPCG(s.seed, 1)))
	if w != nil {
		defer func() { _ = w.server.Close() }()
	}
	if err == nil && rand.New(rand.NewPCG(s.seed, 3)).IntN(4) > 0 {
		if w.records, err = os.MkdirTemp("", "nanogit-property-"); err == nil {
			defer func() { _ = os.RemoveAll(w.records) }()
		}
	}
	if err == nil && s.kinds != nil {
		w.enter(s)
	}
	for i := 0; i < len(s.steps) && err == nil; i++ {
		if s.kinds != nil {
			err = w.stepIntoCorners(ctx, s, s.steps[i])
			continue
		}
		err = w.step(ctx, rand.New(rand.NewPCG(s.seed, uint64(s.steps[i])+2)))
	}
	if err == nil {
		w.relent()
	}
	if err == nil {
		err = w.settle(ctx)
	}
	if err == nil {
		err = w.check()
	}
	if err != nil {
		log, _ := w.repo.Run("log", "--name-status", "--format=%h %s %an%n%b", w.repo.Branch)
		return fmt.Errorf("%w\n%s\n%s", err, w.trace.String(), log)
	}
	return nil
}

// refusedAtExit is a removal at exit that met somebody else's change.
var refusedAtExit = regexp.MustCompile(`delete "([^"]+)": the branch holds an? `)

// untaken is a removal at exit that was left for a commit.
var untaken = regexp.MustCompile(`delete "([^"]+)", which no commit took`)

// step changes the configuration and applies it under a random fault. Without a fault, in this step
// or the step before, the branch must be as configured afterwards.
func (w *world) step(ctx context.Context, rnd *rand.Rand) error {
	w.logf("step")
	for range 1 + rnd.IntN(4) {
		w.change(rnd)
	}
	if rnd.IntN(3) == 0 {
		if err := w.writeAsOther(rnd, rnd.IntN(2) == 0); err != nil {
			return err
		}
	}
	plan, err := w.plan(ctx)
	if err != nil {
		return err
	}
	drifts := rnd.IntN(5) == 0
	if drifts {
		if err := w.writeAsOther(rnd, rnd.IntN(2) == 0); err != nil {
			return err
		}
	}
	f, err := w.fault(rnd)
	if err != nil {
		return err
	}
	report, exit, err := w.apply(ctx, plan, f)
	err = errors.Join(err, w.reported(report, exit, f.harmless && !drifts && !w.contested()))
	quiet := f.harmless && !drifts
	before := w.faulty
	w.faulty = !quiet
	if err != nil || !quiet || before {
		return err
	}
	return w.compare()
}

// apply applies a plan under a fault, and excuses the removals that the fault may lose.
func (w *world) apply(ctx context.Context, plan *miniengine.Plan, f fault) (miniengine.Report, error, error) {
	w.logf("  apply, fault: %s", f.name)
	unnamed, halves := w.unnamed(plan.State()), w.replaced(plan)
	report, exit := w.engine.Apply(ctx, plan, f.watch)
	err := f.end()
	w.upset = w.upset || f.kills
	w.have = nil
	if !f.harmless && (f.kills || !w.on("refusals")) {
		// The commit of such a file was killed before its state named the file. If the next apply
		// stages the file's removal, and the push at exit fails too, then only the log knows of the
		// removal.
		for address, paths := range unnamed {
			for _, path := range paths {
				if !w.knows(address, path) {
					w.logf("  (the removal of %s, which no commit in state names, may be lost)", path)
					w.excused[path] = true
				}
			}
		}
	}
	if f.kills {
		// A file that was being replaced and then goes for good may be lost in the same way.
		for address, path := range halves {
			if !w.knows(address, path) {
				w.logf("  (the removal of %s, whose replacement was not made, may be lost)", path)
				w.excused[path] = true
			}
		}
	}
	if exit != nil {
		// A file that was to be removed, and that others changed meanwhile, stays on the branch,
		// and the log names it.
		for _, found := range refusedAtExit.FindAllStringSubmatch(exit.Error(), -1) {
			w.excused[found[1]] = true
		}
		if w.records == "" {
			// Without the record of its plan, an apply assumes that a commit that has made changes
			// before will make these too.
			for _, found := range untaken.FindAllStringSubmatch(exit.Error(), -1) {
				w.excused[found[1]] = true
			}
		}
	}
	return report, exit, err
}

// plan makes a plan, which must succeed.
func (w *world) plan(ctx context.Context) (*miniengine.Plan, error) {
	if err := errors.Join(w.insist(), w.dress()); err != nil {
		return nil, err
	}
	w.runs++
	plan, err := w.engine.Plan(ctx, w.config())
	if err != nil {
		return nil, err
	}
	for _, address := range w.replace {
		// A replacement begins with a destruction, which leaves such a file where it was.
		if o, f := w.engine.State[address], w.files[address]; f != nil && o.Text("on_destroy") == "keep" && o.Text("path") != f.path {
			w.excused[o.Text("path")] = true
		}
	}
	w.replace = nil
	if err := w.ignore(plan); err != nil {
		return nil, err
	}
	w.logf("  plan: %s", strings.ReplaceAll(plan.String(), "\n", ", "))
	for _, p := range plan.Warnings {
		w.logf("  warning: %s", p)
		if p.Summary == "Files are left on the branch" {
			w.excuse(p.Detail)
		}
	}
	if len(plan.Errors) > 0 {
		return nil, fmt.Errorf("a plan failed: %v", plan.Errors)
	}
	return plan, nil
}

// excuse records the paths that a warning names.
func (w *world) excuse(detail string) {
	for line := range strings.Lines(detail) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "- "); ok {
			w.excused[path] = true
		}
	}
}

// reported checks the report of an apply. The engine's own errors about the provider always fail
// the test.
func (w *world) reported(r miniengine.Report, exit error, mustSucceed bool) error {
	for _, p := range r.Errors {
		w.logf("  error: %s", p)
	}
	if exit != nil {
		w.logf("  exit: %v", exit)
	}
	for _, p := range r.Errors {
		if strings.HasPrefix(p.Summary, "Provider ") || mustSucceed && !w.blocks(p) {
			return fmt.Errorf("an apply failed: %s", p)
		}
	}
	if mustSucceed && exit != nil {
		return fmt.Errorf("an exit failed: %w", exit)
	}
	return nil
}

// settle applies without faults until the plan is empty. The first apply makes the changes that
// earlier applies left undone. A second is allowed, as settings that end with a change, such as
// overwrite_on_create, are a change of their own. A hand-over between two resources that was cut
// off needs a third: the deletion of the former resource removes the file, and the next apply
// restores it.
func (w *world) settle(ctx context.Context) error {
	applies, contested := 2, w.kinds == nil && w.contested()
	if contested {
		applies++
	}
	for n := 0; ; n++ {
		w.logf("settle")
		plan, err := w.plan(ctx)
		if err != nil {
			return err
		}
		if len(plan.Changes) == 0 {
			return nil
		}
		if n == applies {
			return fmt.Errorf("after %d applies the plan is not empty: %s", n, plan)
		}
		held, moving := w.holders(), w.moving()
		report, exit := w.engine.Apply(ctx, plan, nil)
		w.have = nil
		if err := w.reported(report, exit, n > 0 || !contested); err != nil {
			return err
		}
		if err := w.history(held, moving); err != nil {
			return err
		}
	}
}
