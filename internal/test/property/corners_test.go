package property_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/miniengine"
)

// kind is something that terraform lets people do, and that is easily got wrong.
type kind struct {
	name   string
	weight int                             // 0: it is no change, but something that happens
	do     func(*world, *rand.Rand) string // as in changes
	holds  bool                            // it is played by an ordinary run
}

// kinds lists all kinds. An ordinary run plays the kinds with holds set; NANOGIT_PROPERTY_ONLY
// names other kinds to play instead.
var kinds = []kind{
	{name: "replace", holds: true},   // -replace, which destroys and then creates, leaves no gap on the branch
	{name: "take-over", holds: true}, // neither does a path that goes to another address and, perhaps, commit
	{name: "unread", holds: true},    // terraform before 1.12 plans deletions unread; see miniengine
	{name: "refusals", holds: true},  // an apply whose pushes are refused reports nothing as done that is not
	{name: "odd", holds: true},       // others write contents that state cannot hold
	{name: "null", holds: true},      // an element is null, which a plan refuses
	{name: "first", weight: 2, do: (*world).toggleFirst, holds: true},
	{name: "deposed", weight: 4, do: (*world).depose, holds: true},
	{name: "ignore", weight: 4, do: (*world).toggleIgnore, holds: true},
	{name: "swap", weight: 3, do: (*world).swap, holds: true},
	{name: "shift", weight: 3, do: (*world).shift, holds: true},
	{name: "heir", weight: 3, do: (*world).inherit, holds: true},
	{name: "readdress", weight: 4, do: (*world).readdress, holds: true},
	{name: "realias", weight: 2, do: (*world).realias, holds: true},
	{name: "migrate", weight: 3, do: (*world).migrate, holds: true},
	{name: "respell", weight: 3, do: (*world).respell, holds: true},
	{name: "respell-one", weight: 2, do: (*world).respellOne, holds: true},
	{name: "bare", weight: 4, do: (*world).strip, holds: true},
	{name: "drop-bare", weight: 6, do: (*world).dropBare, holds: true},
	{name: "drop-all", weight: 3, do: (*world).dropAll, holds: true},
}

// The scripts of an ordinary run: where they begin, and how many there are.
const cornerSeed, cornerRuns = 271828182845904, 60

// TestNothingIsLostInTerraformsCorners plays terraform's special cases. It also checks each commit
// on the way: a path that is configured before and after an apply is in all of them.
func TestNothingIsLostInTerraformsCorners(t *testing.T) {
	t.Parallel()
	playAll(t, cornerSeed, cornerRuns, chosen(t))
}

// chosen are the kinds that are played.
func chosen(t *testing.T) []kind {
	t.Helper()
	only := os.Getenv("NANOGIT_PROPERTY_ONLY")
	if only == "" {
		return slices.DeleteFunc(slices.Clone(kinds), func(k kind) bool { return !k.holds })
	}
	var all []kind
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
		if i < 0 {
			t.Fatalf("NANOGIT_PROPERTY_ONLY: there is no kind %q", name)
		}
		all = append(all, kinds[i])
	}
	return all
}

// corners is the further part of a world in a script with terraform's special cases.
type corners struct {
	kinds    []kind
	blockers map[string]*blocker
	bare     map[string]bool   // the addresses of explicit files that no commit names, in this step
	ignored  map[string]string // by address, the blob ids of files with ignore_changes: the contents that the branch keeps
	gaps     map[string]bool   // the paths that may be missing for a while
	head     string            // the commit up to which history has been looked at
}

// blocker is another provider's resource, which depends on a nanogit resource.
type blocker struct {
	after string
	fails bool
}

// otherAlias is the alias of a second provider block, with the settings of the first.
const otherAlias = "other"

func (c *corners) on(name string) bool {
	return slices.ContainsFunc(c.kinds, func(k kind) bool { return k.name == name })
}

// handOvers are the kinds that give a path, and a new content for it, to another resource.
var handOvers = []string{"swap", "shift", "heir", "readdress", "realias", "migrate"}

// enter begins a script that goes into corners.
func (w *world) enter(s script) {
	w.kinds, w.blockers, w.gaps = s.kinds, make(map[string]*blocker), make(map[string]bool)
	w.engine.PlansUnread = w.on("unread") && rand.New(rand.NewPCG(s.seed, 2)).IntN(2) == 0
	if w.engine.Parallelism < 10 || w.records == "" {
		// A plan finds out about a hand-over only if its parallelism exceeds the number of paths
		// that it hands over. An apply on another machine that writes the new content before the
		// old path is removed does not find out.
		w.kinds = slices.DeleteFunc(slices.Clone(w.kinds), func(k kind) bool { return slices.Contains(handOvers, k.name) })
	}
	w.logf("plans deletions unread: %v, the apply has records: %v", w.engine.PlansUnread, w.records != "")
}

// relent ends the conditions that hold for a single step.
func (w *world) relent() {
	w.bare = make(map[string]bool)
	maps.DeleteFunc(w.gaps, func(path string, _ bool) bool { return !w.moving()[path] })
	for _, b := range w.blockers {
		b.fails = false
	}
}

// mayGap says that a path may be missing from a commit, unless this script is about that.
func (w *world) mayGap(path, kind string) {
	if w.kinds != nil && !w.on(kind) {
		w.gaps[path] = true
	}
}

// corners names the kinds and the parts that are left out.
func (s script) corners() string {
	if s.kinds == nil {
		return ""
	}
	var names []string
	for _, k := range s.kinds {
		names = append(names, k.name)
	}
	return fmt.Sprintf(" NANOGIT_PROPERTY_ONLY=%s NANOGIT_PROPERTY_SKIP='%s' go test -run TestNothingIsLostInTerraformsCorners ./internal/test/property",
		strings.Join(names, ","), strings.Join(s.skip, " "))
}

// parts are the parts of a step into corners. Each has its own random numbers, so that the others
// stay the same when it is left out.
var parts = []string{"1", "2", "3", "4", "others", "null", "drift", "fault"}

// part returns the random numbers of a part, or nil if the part is left out: by the script, or by
// chance in all but 1 of oneOf cases.
func (s script) part(step int, name string, oneOf int) *rand.Rand {
	rnd := rand.New(rand.NewPCG(s.seed, uint64(100*(step+1)+slices.Index(parts, name))))
	if slices.Contains(s.skip, fmt.Sprintf("%d.%s", step, name)) || rnd.IntN(oneOf) != 0 {
		return nil
	}
	return rnd
}

// shortenSteps leaves out parts of steps as long as the script fails all the same.
func shortenSteps(ctx context.Context, s script, err error) (script, error) {
	if s.kinds == nil {
		return s, err
	}
	for _, step := range slices.Backward(s.steps) {
		for _, name := range slices.Backward(parts) {
			less, part := s, fmt.Sprintf("%d.%s", step, name)
			if slices.Contains(s.skip, part) {
				continue
			}
			less.skip = append(slices.Clone(s.skip), part)
			if shorter := play(ctx, less); shorter != nil {
				s, err = less, shorter
			}
		}
	}
	return s, err
}

// stepIntoCorners is a step in parts.
func (w *world) stepIntoCorners(ctx context.Context, s script, step int) error {
	w.logf("step %d", step)
	w.relent()
	held := w.holders()
	for i, name := range parts[:4] {
		if rnd := s.part(step, name, 1+i/2); rnd != nil {
			w.turn(rnd, i == 0 || rnd.IntN(2) == 0)
		}
	}
	if rnd := s.part(step, "others", 3); rnd != nil {
		if err := w.writeAsOther(rnd, rnd.IntN(2) == 0); err != nil {
			return err
		}
	}
	if rnd := s.part(step, "null", 3); rnd != nil && w.on("null") {
		if err := w.refuses(ctx, rnd); err != nil {
			return err
		}
	}
	plan, err := w.plan(ctx)
	if err != nil {
		return err
	}
	drift := s.part(step, "drift", 5)
	if drift != nil {
		if err := w.writeAsOther(drift, drift.IntN(2) == 0); err != nil {
			return err
		}
	}
	f := faultless()
	if rnd := s.part(step, "fault", 1); rnd != nil {
		if f, err = w.cornerFault(rnd); err != nil {
			return err
		}
	}
	moving := w.moving()
	heirs, err := w.heirs(moving)
	if err == nil {
		// Terraform destroys the old file of a replacement, and then asks for the new content.
		err = w.mayGapWhenReplaced(plan)
	}
	if err != nil {
		return err
	}
	w.mayGapBetweenProcesses(heirs)
	if w.records == "" {
		maps.Copy(w.gaps, heirs) // as for the kinds that enter leaves out
		w.mayGapWhenDeposed()
	}
	report, exit, err := w.apply(ctx, plan, f)
	if !f.harmless || drift != nil || len(report.Errors) > 0 {
		// The removal is made, as it was reported. Its heir was not, and heals with the
		// next apply.
		maps.Copy(w.gaps, heirs)
	}
	if drift != nil && w.records == "" {
		// A deposed file goes as the apply finds it, if that does not know who else has it.
		for path := range held {
			w.gaps[path] = true
		}
	}
	err = errors.Join(err, w.reported(report, exit, f.harmless && drift == nil), w.history(held, moving))
	quiet := drift == nil && !f.drifts && !f.kills && len(report.Errors) == 0
	if err != nil || !quiet || !f.harmless && !w.on("refusals") {
		return err
	}
	// No report has an error, so the branch must be as configured.
	return w.compare()
}

// cornerFault is as fault, with more of them.
func (w *world) cornerFault(rnd *rand.Rand) (fault, error) {
	if w.on("refusals") && rnd.IntN(3) == 0 {
		return w.refuseSome(1000)
	}
	return w.fault(rnd)
}

// turn makes a change: of a kind that this script is about, or an ordinary change.
func (w *world) turn(rnd *rand.Rand, corner bool) {
	total := 0
	for _, k := range w.kinds {
		total += k.weight
	}
	for tries := 0; corner && total > 0 && tries < 10; tries++ {
		n := rnd.IntN(total)
		for _, k := range w.kinds {
			if n -= k.weight; n >= 0 || k.do == nil {
				continue
			}
			if did := k.do(w, rnd); did != "" {
				w.logf("  %s: %s", k.name, did)
				return
			}
			break
		}
	}
	w.change(rnd)
}

// addBlockers adds the resources of other providers.
func (w *world) addBlockers(c miniengine.Config) {
	for address, b := range w.blockers {
		r := miniengine.Resource{Type: miniengine.Blocker, Attributes: map[string]any{"fail": b.fails}}
		if _, ok := c.Resources[b.after]; ok {
			r.DependsOn = []string{b.after}
		}
		c.Resources[address] = r
	}
}

// blocks reports whether a blocker says this.
func (w *world) blocks(p miniengine.Problem) bool { return w.blockers[p.Address] != nil }

// ignore records the files whose content terraform ignores: they keep the content that the plan
// found.
func (w *world) ignore(plan *miniengine.Plan) error {
	w.ignored = make(map[string]string)
	have, err := w.tree()
	if err != nil {
		return err
	}
	for address, f := range w.files {
		o := plan.State()[address]
		action := plan.Changes[address].Action
		if !f.ignores || o == nil || action == miniengine.Replace || action == miniengine.ReplaceFirst {
			continue
		}
		if is, there := have[o.Text("path")]; there {
			w.ignored[address] = is.ID
		} else {
			w.ignored[address] = w.inGit(entry{content: o.Text("content")}).ID
		}
		w.logf("  (the content of %s stays %s)", address, w.ignored[address])
	}
	return nil
}

// refuses makes a plan with an element that is null, and expects the error that names it.
func (w *world) refuses(ctx context.Context, rnd *rand.Rand) error {
	c, name := w.config(), "the/null"
	asked := false
	for _, r := range c.Resources {
		asked = asked || r.Provider == "" && strings.HasPrefix(r.Type, "nanogit_")
	}
	if !asked {
		return nil
	}
	switch set, hasSets := pick(rnd, w.sets); {
	case hasSets && rnd.IntN(3) == 0:
		files := maps.Clone(c.Resources[set].Attributes["files"].(map[string]any))
		files[name] = nil
		c.Resources[set].Attributes["files"] = files
	case rnd.IntN(3) == 0:
		name = "the.host"
		c.Provider = maps.Clone(c.Provider)
		c.Provider["hosts"] = map[string]any{name: nil}
	case rnd.IntN(3) == 0:
		name = "push_options"
		c.Provider = maps.Clone(c.Provider)
		c.Provider["push_options"] = []any{nil}
	default:
		address, ok := pick(rnd, w.commits)
		if !ok {
			return nil
		}
		files := c.Resources[address].Attributes["files"].(miniengine.Merge)
		c.Resources[address].Attributes["files"] = append(slices.Clone(files), map[string]any{name: nil})
	}
	plan, err := w.engine.Plan(ctx, c)
	said := fmt.Sprint(err)
	if plan != nil {
		said += fmt.Sprint(plan.Errors)
	}
	w.logf("  a plan with a null in it: %s", said)
	if !strings.Contains(said, name) || strings.Contains(said, "crashed") || strings.Contains(said, "always an error in the provider") {
		return fmt.Errorf("a null in %s is to be refused by a plan that names it: %s", name, said)
	}
	return nil
}
