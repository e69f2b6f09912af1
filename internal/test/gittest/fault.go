package gittest

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Services, as [Fault] and [Request] name them.
const (
	InfoRefs    = "info/refs"
	UploadPack  = "git-upload-pack"
	ReceivePack = "git-receive-pack"
)

// Kind selects the effect of a [Fault]. Kinds are comparable.
type Kind struct {
	action action
	n      int64
}

type action int

const (
	doStatus action = iota + 1
	doDropBefore
	doDropDuring
	doDropAfter
	doCut
	doGarbage
	doStall
	doTwice
)

// The kinds that need no number.
var (
	// DropBefore reads the whole request, then drops the connection: the repository never hears of
	// it.
	DropBefore = Kind{action: doDropBefore}
	// DropAfter lets git do all it was asked for, then drops the connection before the first byte
	// of the answer.
	DropAfter = Kind{action: doDropAfter}
	// Garbage answers 200, with the content type of a good answer and a body that is none:
	// [Fault].Body, or noise.
	Garbage = Kind{action: doGarbage}
	// Twice has git do all it was asked for, keeps the answer back and has git do it again, as a
	// gateway that repeats a request.
	Twice = Kind{action: doTwice}
	// Stall answers nothing before [Injected.Release]; then the request is served as if nothing had
	// been.
	Stall = Kind{action: doStall}
)

// Status answers with this code and no service. Codes 429 and 503 carry "Retry-After: 0" unless
// [Fault].Header says otherwise.
func Status(code int) Kind { return Kind{doStatus, int64(code)} }

// DropDuring drops the connection when n bytes of the request's body have been read: the repository
// never hears of it.
func DropDuring(n int64) Kind { return Kind{doDropDuring, n} }

// CutAfter lets git answer the request, and drops the connection after n bytes of the answer's
// body. An answer of exactly n bytes loses its end mark; a shorter answer arrives whole.
func CutAfter(n int64) Kind { return Kind{doCut, n} }

// Fault is something that goes wrong with the requests that it matches. The zero value of each
// matching field matches all.
type Fault struct {
	Service string // [InfoRefs], [UploadPack] or [ReceivePack]
	Command string // of a v2 request: "ls-refs" or "fetch"; of an [InfoRefs] request: the service it asks about
	Path    string // the begin of the URL's path, to select a repository
	Agent   string // the end of the User-Agent, to select a client
	Skip    int    // let so many matching requests through first
	Times   int    // how often it happens; 0 is once, negative is for ever
	Kind    Kind
	Header  http.Header // added to the answer of [Status] and [Garbage]
	Body    []byte      // instead of the usual body of [Status] and [Garbage]
}

// Injected is a fault that waits for its requests. It is safe for concurrent use.
type Injected struct {
	fault   Fault
	reached chan struct{}
	release chan struct{}
	served  chan struct{}

	mu      sync.Mutex // guards the fields below
	matched int
	fired   int
	ended   bool
}

// Inject makes f happen to requests from now on. Faults are asked in the order of their injection;
// a request meets no more than one.
func (s *Server) Inject(f Fault) *Injected {
	in := &Injected{fault: f, reached: make(chan struct{}), release: make(chan struct{}), served: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, in)
	return in
}

// Fired returns how often the fault has happened so far.
func (in *Injected) Fired() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.fired
}

// Reached is closed when the fault happens for the first time.
func (in *Injected) Reached() <-chan struct{} { return in.reached }

// Served is closed when the first request that the fault happened to is over, and git with it.
func (in *Injected) Served() <-chan struct{} { return in.served }

// over records that a request has ended.
func (in *Injected) over() {
	in.mu.Lock()
	defer in.mu.Unlock()
	select {
	case <-in.served:
	default:
		close(in.served)
	}
}

// Release lets the requests go on that a [Stall] holds, and holds no more. Calling it again does
// nothing.
func (in *Injected) Release() {
	in.mu.Lock()
	defer in.mu.Unlock()
	select {
	case <-in.release:
	default:
		close(in.release)
	}
}

// End keeps the fault from happening again. Requests that it holds stay held until
// [Injected.Release].
func (in *Injected) End() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.ended = true
}

// take claims the fault for a request; false if the fault does not match it.
func (in *Injected) take(service, command, path, agent string) bool {
	f := &in.fault
	if (f.Service != "" && f.Service != service) || (f.Command != "" && f.Command != command) || !strings.HasPrefix(path, f.Path) || !strings.HasSuffix(agent, f.Agent) {
		return false
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if times := max(f.Times, 1); in.ended || f.Times >= 0 && in.fired >= times {
		return false
	}
	if in.matched++; in.matched <= f.Skip {
		return false
	}
	if in.fired++; in.fired == 1 {
		close(in.reached)
	}
	return true
}

// faultFor is the fault that a request meets, nil for none.
func (s *Server) faultFor(service, command, path, agent string) *Injected {
	s.mu.Lock()
	faults := slices.Clone(s.faults)
	s.mu.Unlock()
	for _, in := range faults {
		if in.take(service, command, path, agent) {
			return in
		}
	}
	return nil
}
