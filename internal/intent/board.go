package intent

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Branch is a branch of a repository, whose address is in its canonical form.
type Branch struct{ Repository, Name string }

// Notice is everything that resources said about a path.
type Notice struct {
	// Claims counts the resources that are to have the path: those that exist by their tokens, and
	// those that are to be created.
	Claims Claims
	// Blob is the blob that the path is to have; "" while it is not known.
	Blob string
	// Leaves is the blob that a resource has at the path and gives up, by a rename, a removal or
	// otherwise; "" for none.
	Leaves string
	// Taken: a nanogit_commit that is planned to run takes the removal of the path.
	Taken bool
	// Ended: the nanogit_commit that named the path is to be removed.
	Ended bool
	// Removed: the removal of a resource that has the path was planned.
	Removed bool
	// Doubtful: when its removal was planned, it was not possible to wait for another resource's
	// claim of the path.
	Doubtful bool
	// Contested: two resources claim the path with different blobs.
	Contested bool
	// Mirrored: a resource makes the directory an exact mirror, and removes all other files below
	// it.
	Mirrored bool
	// Confirmed: the plan found that another resource has the path, with its present blob.
	Confirmed bool
	// holders are the tokens of the resources that have the path in state.
	holders []string
}

// Other returns the blob of the path by the claims, and reports whether a resource other than that
// of this token claims it.
func (n Notice) Other(token string) (blob string, ok bool) {
	return n.Blob, n.Claims.fresh > 0 || slices.ContainsFunc(n.Claims.tokens, func(t string) bool { return t != token })
}

// Replaced reports whether an existing resource was planned to have this blob. A resource that is
// to be created with it is then the same resource: with -replace, Terraform plans it as an update,
// and once more as a creation.
func (n Notice) Replaced(blob string) bool { return len(n.Claims.tokens) == 1 && n.Blob == blob }

// Unclaimed reports whether a resource has the path in state without claiming it.
func (n Notice) Unclaimed() bool {
	return slices.ContainsFunc(n.holders, func(t string) bool { return !slices.Contains(n.Claims.tokens, t) })
}

// HandedOver reports whether a resource gives up the path, and another is to have it with the same
// blob.
func (n Notice) HandedOver() bool { return n.Claims.Any() && n.Leaves != "" && n.Leaves == n.Blob }

// Claims counts the resources that are to have a path.
type Claims struct {
	tokens []string // of those that exist
	fresh  int      // those that are to be created
}

// Any reports whether any resource claims the path.
func (c Claims) Any() bool { return len(c.tokens) > 0 || c.fresh > 0 }

// Several reports whether two resources certainly claim the path. Terraform plans a replacement as
// an existing resource and as a resource to be created: those two are the same resource.
func (c Claims) Several() bool { return len(c.tokens) > 1 || c.fresh > max(1, len(c.tokens)) }

// Limits of waiting.
const (
	// waiters bounds the number of concurrent waits: Terraform works on ten resources concurrently
	// by default.
	waiters = 8
	// leastPatience is the patience that remains after many have waited in vain.
	leastPatience = 2 * time.Millisecond
)

// Message is a statement of a resource about a path.
type Message struct {
	Kind   Kind
	Branch Branch
	Path   string
	Blob   string // of a claim, or of a path that is given up; "" while it is not known
	Token  string // of a claim
}

// Kind is the kind of a message. Processes send these values to each other.
type Kind byte

// The kinds of messages.
const (
	hold    Kind = 'h'
	claim   Kind = 'c'
	leave   Kind = 'l'
	remove  Kind = 'r'
	doubt   Kind = 'd'
	confirm Kind = 'v'
	mirror  Kind = 'm'
	take    Kind = 't'
	end     Kind = 'e'
	begun   Kind = '+' // the first call of a process is under way
	idle    Kind = '-' // no call of the process is under way
)

// Link carries messages between the processes of a run: each configuration of a provider is a
// process of its own.
type Link interface {
	// Post sends messages to the other processes.
	Post(messages []Message)
	// Receive returns the messages of other processes since the last call, and whether a call is
	// under way in any of them.
	Receive() (messages []Message, busy bool)
	// Alone reports whether the run has no other process at present.
	Alone() bool
}

// Run has the means of a process to know the run that it is part of. The zero value is a run of a
// single process.
type Run struct {
	Link Link // nil for none
	// Patience is the time that a plan waits for another resource to say something about its path,
	// while no other resource is being planned; default 150 ms. Most plans do not wait.
	Patience time.Duration
	Records  *Records // nil for none
}

// Board is the notice board of a run. The zero value is ready, and a nil Board knows nothing. It is
// safe for concurrent use.
type Board struct {
	run Run

	mu      sync.Mutex // guards the fields below
	notices map[Branch]map[string]Notice
	doubts  map[Branch][]string // the paths whose notice is doubtful
	news    chan struct{}       // closed when anything changes; nil when nobody waits
	busy    int                 // calls that may still say something
	others  bool                // another process has such calls
	waiting int
	vain    int // how many waits were in vain
}

// New returns the board of a process that is part of a run.
func New(r Run) *Board {
	r.Patience = cmp.Or(r.Patience, 150*time.Millisecond)
	return &Board{run: r}
}

// Patience returns the time to wait for another resource of the run.
func (b *Board) Patience() time.Duration {
	if b == nil {
		return 0
	}
	return b.run.Patience
}

// Begin records that a call is under way which may say something. The function that it returns
// records its end, and may be called twice.
func (b *Board) Begin() (end func()) {
	if b == nil {
		return func() {}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.occupyLocked(1)
	return sync.OnceFunc(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.occupyLocked(-1)
	})
}

// occupyLocked changes the number of calls that may still say something.
func (b *Board) occupyLocked(n int) {
	was := b.busy
	b.busy += n
	switch {
	case b.run.Link == nil:
	case was == 0 && b.busy > 0:
		b.run.Link.Post([]Message{{Kind: begun}})
	case was > 0 && b.busy == 0:
		b.run.Link.Post([]Message{{Kind: idle}})
	}
	b.tellLocked()
}

// tellLocked wakes the waits: something has changed.
func (b *Board) tellLocked() {
	if b.news != nil {
		close(b.news)
		b.news = nil
	}
}

// say records messages of this process, and sends them to the others.
func (b *Board) say(messages ...Message) {
	if b == nil || len(messages) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range messages {
		b.applyLocked(m)
		keeps := m.Kind == claim && slices.Contains(b.notices[m.Branch][m.Path].holders, m.Token)
		b.run.Records.addClaim(m, keeps)
	}
	if b.run.Link != nil {
		b.run.Link.Post(messages)
	}
	b.tellLocked()
}

// applyLocked applies a message to the notice of its path.
func (b *Board) applyLocked(m Message) {
	if b.notices == nil {
		b.notices = make(map[Branch]map[string]Notice)
	}
	paths := b.notices[m.Branch]
	if paths == nil {
		paths = make(map[string]Notice)
		b.notices[m.Branch] = paths
	}
	n := paths[m.Path]
	switch m.Kind {
	case hold:
		n.holders = appendNew(n.holders, m.Token)
	case doubt:
		n.Doubtful = true
		if b.doubts == nil {
			b.doubts = make(map[Branch][]string)
		}
		b.doubts[m.Branch] = append(b.doubts[m.Branch], m.Path)
	case confirm:
		n.Confirmed = true
	case mirror:
		n.Mirrored = true
	case claim:
		n.Contested = n.Contested || n.Claims.Any() && n.Blob != "" && m.Blob != "" && n.Blob != m.Blob
		n.Blob = m.Blob
		n.Claims.add(m.Token)
	case leave:
		n.Leaves = m.Blob
	case remove:
		n.Removed = true
	case take:
		n.Taken = true
	case end:
		n.Ended = true
	}
	paths[m.Path] = n
}

func (c *Claims) add(token string) {
	if token == "" {
		c.fresh++
		return
	}
	c.tokens = appendNew(c.tokens, token)
}

// appendNew never changes the slice that it gets: a caller may have a Notice with it.
func appendNew(all []string, s string) []string {
	if slices.Contains(all, s) {
		return all
	}
	return append(slices.Clip(all), s)
}

// Hold records that a resource has the paths in state.
func (b *Board) Hold(at Branch, token string, paths ...string) {
	messages := make([]Message, len(paths))
	for i, path := range paths {
		messages[i] = Message{Kind: hold, Branch: at, Path: path, Token: token}
	}
	b.say(messages...)
}

// Mirror records that a resource removes all other files below a directory; "" is the root.
func (b *Board) Mirror(at Branch, dir string) { b.sayAll(mirror, at, []string{dir}) }

// Confirm records that the plan found another resource to have the path, with its present blob.
func (b *Board) Confirm(at Branch, path string) { b.sayAll(confirm, at, []string{path}) }

// Doubt records that it was not possible to wait for other resources' claims of the paths.
func (b *Board) Doubt(at Branch, paths ...string) { b.sayAll(doubt, at, paths) }

// Claim records that a configured resource is to have the paths, each with its blob; "" for a blob
// that is not known. token identifies the resource; "" for a resource that is to be created.
func (b *Board) Claim(at Branch, token string, blobs map[string]string) {
	messages := make([]Message, 0, len(blobs))
	for path, blob := range blobs {
		messages = append(messages, Message{claim, at, path, blob, token})
	}
	b.say(messages...)
}

// Leave records that a resource gives up a path at which it has this blob.
func (b *Board) Leave(at Branch, path, blob string) {
	b.say(Message{Kind: leave, Branch: at, Path: path, Blob: blob})
}

func (b *Board) sayAll(kind Kind, at Branch, paths []string) {
	messages := make([]Message, len(paths))
	for i, path := range paths {
		messages[i] = Message{Kind: kind, Branch: at, Path: path}
	}
	b.say(messages...)
}

// Remove records that the removal of the resource which has the paths was planned.
func (b *Board) Remove(at Branch, paths ...string) { b.sayAll(remove, at, paths) }

// Take records that a nanogit_commit which is planned to run takes the removal of the paths.
func (b *Board) Take(at Branch, paths ...string) { b.sayAll(take, at, paths) }

// End records that the nanogit_commit which named the paths is to be removed.
func (b *Board) End(at Branch, paths ...string) { b.sayAll(end, at, paths) }

// Some returns the paths whose notice satisfies the function.
func (b *Board) Some(at Branch, paths []string, is func(path string, n Notice) bool) (some []string) {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.receiveLocked()
	for _, path := range paths {
		if n, ok := b.notices[at][path]; ok && is(path, n) {
			some = append(some, path)
		}
	}
	return some
}

// All returns the paths of a branch whose notice satisfies the function, in order.
func (b *Board) All(at Branch, is func(Notice) bool) (all []string) {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.receiveLocked()
	for path, n := range b.notices[at] {
		if is(n) {
			all = append(all, path)
		}
	}
	slices.Sort(all)
	return all
}

// Settled returns the doubtful paths which are known by now to be handed over, in order.
func (b *Board) Settled(at Branch) (paths []string) {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.receiveLocked()
	for _, path := range b.doubts[at] {
		if b.notices[at][path].HandedOver() {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// At returns the notice of a path so far.
func (b *Board) At(at Branch, path string) Notice {
	if b == nil {
		return Notice{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.receiveLocked()
	return b.notices[at][path]
}

// receiveLocked applies the messages of other processes.
func (b *Board) receiveLocked() {
	if b.run.Link == nil {
		return
	}
	messages, busy := b.run.Link.Receive()
	b.others = busy
	for _, m := range messages {
		b.applyLocked(m)
	}
}

// Verdict is the outcome of a wait.
type Verdict int

// The verdicts.
const (
	Unknown Verdict = iota // too many wait, or the caller has gone: it may still be said
	Said                   // the awaited statement was made
	Silent                 // nothing was under way for the whole of the caller's patience
)

const (
	// On a busy machine the engine's next call comes later. So a wait is prolonged by lateFactor
	// times the delay of its timer. mostSlack bounds the sum.
	lateFactor = 10
	mostSlack  = 2 * time.Second
)

// receiveEvery is the interval at which a wait looks for messages of other processes.
const receiveEvery = 20 * time.Millisecond

// Await waits until the notice of each of the paths satisfies the function. The caller's own call
// does not count as under way: it must have said all its messages before.
func (b *Board) Await(ctx context.Context, patience time.Duration, at Branch, paths []string, enough func(path string, n Notice) bool) Verdict {
	if b == nil {
		return Unknown
	}
	said := func() bool {
		for _, path := range paths {
			if !enough(path, b.notices[at][path]) {
				return false
			}
		}
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.receiveLocked()
	if said() {
		return Said
	}
	if b.waiting >= waiters {
		return Unknown
	}
	b.waiting++
	b.occupyLocked(-1)
	defer func() {
		b.waiting--
		b.occupyLocked(1)
	}()
	patience = max(min(patience, leastPatience), patience>>min(b.vain, 20))
	var quiet time.Time     // since when nothing is under way
	var slack time.Duration // the addition to the patience on a busy machine
	for {
		now := time.Now()
		switch {
		case said():
			return Said
		case b.busy > 0 || b.others:
			quiet = time.Time{}
		case quiet.IsZero():
			quiet = now
		case now.Sub(quiet) >= patience+slack:
			b.vain++
			return Silent
		}
		if b.news == nil {
			b.news = make(chan struct{})
		}
		news := b.news
		wait := time.Duration(1<<63 - 1)
		if b.run.Link != nil {
			wait = receiveEvery
		}
		if !quiet.IsZero() {
			wait = min(wait, patience+slack-now.Sub(quiet))
		}
		b.mu.Unlock()
		late, gone := pause(ctx, news, wait)
		slack = min(slack+lateFactor*late, mostSlack)
		b.mu.Lock()
		b.receiveLocked()
		if gone {
			return Unknown
		}
	}
}

// pause waits for news, for a while. It returns how much longer the wait took, and whether the
// caller has gone.
func pause(ctx context.Context, news <-chan struct{}, d time.Duration) (late time.Duration, gone bool) {
	began := time.Now()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-news:
	case <-t.C:
		late = max(0, time.Since(began)-d)
	case <-ctx.Done():
		return 0, true
	}
	return late, false
}
