package miniengine

import (
	"context"
	"maps"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Event is the beginning or the end of a change.
type Event struct {
	Address string
	Action  Action
	Done    bool
}

// Death is the way in which a run is cut off.
type Death string

// The deaths.
const (
	alive Death = ""
	// Interrupt is Ctrl-C: no further change begins, and the provider is asked to stop the changes
	// under way and answers.
	Interrupt Death = "interrupt"
	// KillEngine ends the engine, as kill -9 does: its provider lives on until it notices.
	KillEngine Death = "kill of the engine"
	// KillProvider ends the provider, as kill -9 or a crash does: its open requests are answered by
	// an error.
	KillProvider Death = "kill of the provider"
	// KillBoth ends both at once.
	KillBoth Death = "kill of both"
)

// Run is an apply under way.
type Run struct {
	engine    *Engine
	processes processes
	plan      *Plan
	watch     func(*Run, Event)
	cancel    context.CancelFunc
	stop      chan struct{} // closed when nothing more is to begin

	mu     sync.Mutex // guards the fields below
	death  Death
	state  State            // as the engine has it
	disk   State            // as it was written last
	closed map[string]error // the processes that have exited before the end, by their alias
	report Report
}

// End ends the run and returns at once. Only its first call has an effect.
func (r *Run) End(how Death) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.death != alive {
		return
	}
	r.death = how
	close(r.stop)
	switch how {
	case Interrupt:
		// The framework cancels the contexts of all requests; that can fail for no reason that
		// matters here.
		r.processes.each(func(p *Process) {
			_, _ = p.Server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{})
		})
	case KillProvider, KillBoth:
		r.processes.kill()
		r.cancel()
	case KillEngine:
		r.cancel()
	}
}

// Died says how the run was ended, "" when it was not.
func (r *Run) Died() Death {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.death
}

// begin reports whether a change may begin.
func (r *Run) begin() bool {
	return r.Died() == alive
}

// save writes the object that a change left to the state, unless the engine was killed. It reports
// whether it did.
func (r *Run) save(key string, o *Object, deletes bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch r.death {
	case KillEngine, KillBoth:
		return false // nobody is left to write
	case KillProvider:
		o = crashed(r.state[key], deletes) // nobody has answered
	}
	r.state.with(key, o)
	r.disk = maps.Clone(r.state)
	return r.death != KillProvider
}

// depose gives the object at an address another key. That is not written before the next change is.
func (r *Run) depose(address, key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.with(key, r.state[address])
	r.state.with(address, nil)
}

// restore takes that back when there is nothing at the address.
func (r *Run) restore(address, key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state[address] == nil {
		r.state.with(address, r.state[key])
		r.state.with(key, nil)
	}
}

// left is the state that the run leaves.
func (r *Run) left() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.death == KillEngine || r.death == KillBoth {
		return r.disk
	}
	return r.state
}

// object returns the object that state has for a key.
func (r *Run) object(key string) *Object {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state[key]
}

func (r *Run) note(report *Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Errors = append(r.report.Errors, report.Errors...)
	r.report.Warnings = append(r.report.Warnings, report.Warnings...)
}
