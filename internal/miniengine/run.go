package miniengine

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Event is the beginning or the end of a change.
type Event struct {
	Address string
	Action  Action
	Done    bool
}

// Death is how a run ends before its time.
type Death string

// The deaths.
const (
	alive Death = ""
	// Interrupt is Ctrl-C: nothing more is begun, and what is under way is asked to stop and answers.
	Interrupt Death = "interrupt"
	// KillEngine ends the engine, as kill -9 does: its provider lives on until it notices.
	KillEngine Death = "kill of the engine"
	// KillProvider ends the provider, as kill -9 or a crash does: what it was asked is answered by an error.
	KillProvider Death = "kill of the provider"
	// KillBoth ends both at once.
	KillBoth Death = "kill of both"
)

// Run is one apply.
type Run struct {
	engine  *Engine
	process *Process
	plan    *Plan
	watch   func(*Run, Event)
	cancel  context.CancelFunc
	stop    chan struct{} // closed when nothing more is to begin

	mu     sync.Mutex // guards what follows
	death  Death
	state  State // as it is on disk
	report Report
}

// End ends the run; the first one counts. It returns at once.
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
		// The framework cancels the contexts of all requests; that can fail for no reason that matters here.
		_, _ = r.process.Server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{})
	case KillProvider, KillBoth:
		r.process.Kill()
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

// save writes what a change left to the state, as far as somebody is left to do it. It reports whether there was.
func (r *Run) save(address string, o *Object) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch r.death {
	case KillEngine, KillBoth:
		return false // nobody is left to write
	case KillProvider:
		r.state.with(address, crashed(r.state[address])) // nobody has answered
		return false
	}
	r.state.with(address, o)
	return true
}

func (r *Run) note(report *Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Errors = append(r.report.Errors, report.Errors...)
	r.report.Warnings = append(r.report.Warnings, report.Warnings...)
}
