package property_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/miniengine"
)

// mayRefuse is a pre-receive hook that refuses as many pushes as the file "refuse" says.
const mayRefuse = "#!/bin/sh\n[ -e refuse ] || exit 0\nread n <refuse\n[ \"$n\" -gt 0 ] || exit 0\necho $((n-1)) >refuse\necho 'policy 17' >&2\nexit 1\n"

// fault is a disturbance of an apply.
type fault struct {
	name  string
	watch func(*miniengine.Run, miniengine.Event) // nil for none
	end   func() error                            // after the apply
	// harmless: the apply succeeds all the same.
	harmless bool
	kills    bool // somebody dies
	drifts   bool // somebody changes a managed file
}

// faults are the kinds of them, by how likely each is.
var faults = []struct {
	weight int
	make   func(*world, *rand.Rand) (fault, error)
}{
	{8, func(*world, *rand.Rand) (fault, error) { return faultless(), nil }},
	{3, (*world).refuse},
	{3, (*world).lose},
	{5, (*world).kill},
	{4, (*world).killAtPush},
	{4, (*world).writeAtPush},
}

func faultless() fault {
	return fault{name: "none", end: func() error { return nil }, harmless: true}
}

func (w *world) fault(rnd *rand.Rand) (fault, error) {
	total := 0
	for _, f := range faults {
		total += f.weight
	}
	n := rnd.IntN(total)
	for _, f := range faults {
		if n -= f.weight; n < 0 {
			return f.make(w, rnd)
		}
	}
	panic("property: weights do not add up")
}

// refuse makes the server refuse the next pushes.
func (w *world) refuse(rnd *rand.Rand) (fault, error) {
	return w.refuseSome(1 + rnd.IntN(4))
}

func (w *world) refuseSome(n int) (fault, error) {
	name := filepath.Join(w.repo.Dir, "refuse")
	return fault{
		name: fmt.Sprintf("the next %d pushes are refused", n),
		end:  func() error { return os.Remove(name) },
	}, os.WriteFile(name, fmt.Appendf(nil, "%d\n", n), 0o600)
}

// lose drops connections.
func (w *world) lose(rnd *rand.Rand) (fault, error) {
	f := gittest.Fault{
		Service: gittest.ReceivePack, Times: 1 + rnd.IntN(2), Skip: rnd.IntN(2),
		Kind: []gittest.Kind{gittest.DropBefore, gittest.DropAfter, gittest.CutAfter(30), gittest.Status(403)}[rnd.IntN(4)],
	}
	in := w.server.Inject(f)
	return fault{name: fmt.Sprintf("lost: %+v", f), end: func() error { in.End(); return nil }}, nil
}

var deaths = []miniengine.Death{miniengine.Interrupt, miniengine.KillEngine, miniengine.KillProvider, miniengine.KillBoth}

// kill ends something before or after a change.
func (w *world) kill(rnd *rand.Rand) (fault, error) {
	how, n, done := deaths[rnd.IntN(len(deaths))], 1+rnd.IntN(5), rnd.IntN(2) == 0
	var mu sync.Mutex
	return fault{
		name: fmt.Sprintf("%s, change %d, done: %v", how, n, done),
		watch: func(r *miniengine.Run, e miniengine.Event) {
			mu.Lock()
			defer mu.Unlock()
			if e.Done != done {
				return
			}
			if n--; n == 0 {
				r.End(how)
			}
		},
		end:   func() error { return nil },
		kills: true,
	}, nil
}

// atPush calls do when a push has arrived at the server, and lets the push go on afterwards.
func (w *world) atPush(skip int, do func(*miniengine.Run) error) fault {
	stall := w.server.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Stall, Skip: skip})
	runs, over, ended := make(chan *miniengine.Run, 1), make(chan struct{}), make(chan error, 1)
	go func() {
		defer stall.Release()
		select {
		case <-stall.Reached():
			run := <-runs
			runs <- run
			ended <- do(run)
		case <-over:
			ended <- nil
		}
	}()
	return fault{
		watch: func(r *miniengine.Run, _ miniengine.Event) {
			select {
			case runs <- r:
			default:
			}
		},
		end: func() error {
			stall.End()
			close(over)
			err := <-ended
			if stall.Fired() > 0 {
				<-stall.Served() // the request of a killed provider arrives all the same
			}
			return err
		},
	}
}

// killAtPush ends something while a push is under way, which arrives all the same.
func (w *world) killAtPush(rnd *rand.Rand) (fault, error) {
	how, skip := deaths[rnd.IntN(len(deaths))], rnd.IntN(2)
	f := w.atPush(skip, func(r *miniengine.Run) error { r.End(how); return nil })
	f.name, f.kills = fmt.Sprintf("%s at push %d", how, skip+1), true
	return f, nil
}

// writeAtPush is a concurrent committer whose commit arrives just before a push.
func (w *world) writeAtPush(rnd *rand.Rand) (fault, error) {
	skip, drift, seed := rnd.IntN(2), rnd.IntN(2) == 0, rnd.Uint64()
	f := w.atPush(skip, func(*miniengine.Run) error { return w.writeAsOther(rand.New(rand.NewPCG(seed, 0)), drift) })
	f.name = fmt.Sprintf("somebody is faster than push %d, drift: %v", skip+1, drift)
	f.harmless, f.drifts = !drift, drift
	return f, nil
}
