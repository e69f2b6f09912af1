package intent

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Place is a branch of a repository, whose address stands in one form for all spellings of it.
type Place struct{ Repository, Branch string }

// Notice is everything that was said about one path of a place.
type Notice struct {
	// Claims are how many resources have the path: those that exist by their tokens, and those that
	// are to be created.
	Claims Claims
	// Blob is the blob that the path is to hold; "" while it is not known.
	Blob string
	// Leaves is the blob that a resource holds at the path and gives up, by a rename, a removal or
	// otherwise; "" for none.
	Leaves string
	// Taken: a nanogit_commit that is planned to run takes the removal of the path.
	Taken bool
	// Ended: the nanogit_commit that named the path is to be removed.
	Ended bool
	// Removed: the removal of a resource that has the path was planned.
	Removed bool
	// Doubtful: when that was planned, it could not be waited for whether another resource has the
	// path.
	Doubtful bool
	// Contested: two resources claim the path with different blobs.
	Contested bool
	// Mirrored: a resource makes the directory an exact mirror, and removes whatever else is below
	// it.
	Mirrored bool
	// Vouched: the plan found that another resource has the path, with the blob that is there.
	Vouched bool
	// holders are the tokens of the resources that have the path in state.
	holders []string
}

// Rival returns the blob that a resource other than the one with this token is to have at the path.
func (n Notice) Rival(token string) (blob string, ok bool) {
	return n.Blob, n.Claims.fresh > 0 || slices.ContainsFunc(n.Claims.tokens, func(t string) bool { return t != token })
}

// Replaced reports whether a resource that exists was planned to hold this blob. One that is to be
// created with it is then the same resource: with -replace, Terraform plans it as an update, and
// once more as a creation.
func (n Notice) Replaced(blob string) bool { return len(n.Claims.tokens) == 1 && n.Blob == blob }

// Unclaimed reports whether a resource has the path in state that did not claim it.
func (n Notice) Unclaimed() bool {
	return slices.ContainsFunc(n.holders, func(t string) bool { return !slices.Contains(n.Claims.tokens, t) })
}

// HandedOver reports whether one resource gives up the path, and another one is to have it with the
// same blob.
func (n Notice) HandedOver() bool { return n.Claims.Any() && n.Leaves != "" && n.Leaves == n.Blob }

// Claims counts the resources that have one path.
type Claims struct {
	tokens []string // of those that exist
	fresh  int      // those that are to be created
}

// Any reports whether a resource has the path.
func (c Claims) Any() bool { return len(c.tokens) > 0 || c.fresh > 0 }

// Several reports whether it is certain that two resources have the path. Terraform plans a
// replacement as the resource that exists and one that is to be created: those two are one.
func (c Claims) Several() bool { return len(c.tokens) > 1 || c.fresh > max(1, len(c.tokens)) }

// Limits of waiting.
const (
	// waiters bounds how many wait at a time: Terraform works on ten resources at once by default.
	waiters = 8
	// leastPatience is what is left of everybody's patience after many have waited in vain.
	leastPatience = 2 * time.Millisecond
)

// Message is one thing that a resource says of a path.
type Message struct {
	Kind  Kind
	Place Place
	Path  string
	Blob  string // of a claim and of what is left; "" while it is not known
	Token string // of a claim
}

// Kind tells messages apart. The values are those that processes send to each other.
type Kind byte

// The kinds of messages.
const (
	hold   Kind = 'h'
	claim  Kind = 'c'
	leave  Kind = 'l'
	remove Kind = 'r'
	doubt  Kind = 'd'
	vouch  Kind = 'v'
	mirror Kind = 'm'
	take   Kind = 't'
	end    Kind = 'e'
	begun  Kind = '+' // the first call of a process is under way
	idle   Kind = '-' // no call of it is
)

// Link carries messages between the processes of one run: each configuration of a provider is a
// process of its own.
type Link interface {
	// Post sends messages to the others.
	Post(messages []Message)
	// Receive returns the messages of others since the last call, and whether a call is under way
	// in one of them.
	Receive() (messages []Message, busy bool)
	// Alone reports whether there is no other process of the run at present.
	Alone() bool
}

// Run tells processes about the run that they are part of. The zero value is a run of
// one process.
type Run struct {
	Link Link // nil for none
	// Patience is how long a plan waits, while no other resource is being planned, for one that
	// says something about its path; default 150 ms. Many plans have none.
	Patience time.Duration
	Records  *Records // nil for none
}

// Board is the notice board of one run. The zero value is ready, and a nil Board knows nothing. It
// is safe for concurrent use.
type Board struct {
	run Run

	mu      sync.Mutex // guards what follows
	places  map[Place]map[string]Notice
	doubts  map[Place][]string // the paths whose notice is doubtful
	news    chan struct{}      // closed when anything changes; nil when nobody waits
	busy    int                // calls that may still say something
	others  bool               // another process has such calls
	waiting int
	haste   int // how often somebody waited in vain
}

// New is the board of a process that is part of a run.
func New(r Run) *Board {
	r.Patience = cmp.Or(r.Patience, 150*time.Millisecond)
	return &Board{run: r}
}

// Patience is how long to wait for another resource of the run.
func (b *Board) Patience() time.Duration {
	if b == nil {
		return 0
	}
	return b.run.Patience
}

// Begin notes that a call is under way which may say something. The function that it returns notes
// its end, and may be called twice.
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

func (b *Board) tellLocked() {
	if b.news != nil {
		close(b.news)
		b.news = nil
	}
}

// say notes messages of this process, and sends them to the others.
func (b *Board) say(messages ...Message) {
	if b == nil || len(messages) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range messages {
		b.noteLocked(m)
		keeps := m.Kind == claim && slices.Contains(b.places[m.Place][m.Path].holders, m.Token)
		b.run.Records.hear(m, keeps)
	}
	if b.run.Link != nil {
		b.run.Link.Post(messages)
	}
	b.tellLocked()
}

func (b *Board) noteLocked(m Message) {
	if b.places == nil {
		b.places = make(map[Place]map[string]Notice)
	}
	paths := b.places[m.Place]
	if paths == nil {
		paths = make(map[string]Notice)
		b.places[m.Place] = paths
	}
	n := paths[m.Path]
	switch m.Kind {
	case hold:
		n.holders = appendNew(n.holders, m.Token)
	case doubt:
		n.Doubtful = true
		if b.doubts == nil {
			b.doubts = make(map[Place][]string)
		}
		b.doubts[m.Place] = append(b.doubts[m.Place], m.Path)
	case vouch:
		n.Vouched = true
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

// appendNew never changes the slice that it gets: a Notice may be in somebody's hands.
func appendNew(all []string, s string) []string {
	if slices.Contains(all, s) {
		return all
	}
	return append(slices.Clip(all), s)
}

// Hold notes that a resource has the paths in state.
func (b *Board) Hold(at Place, token string, paths ...string) {
	messages := make([]Message, len(paths))
	for i, path := range paths {
		messages[i] = Message{Kind: hold, Place: at, Path: path, Token: token}
	}
	b.say(messages...)
}

// Mirror notes that a resource removes whatever else is below a directory; the root for an empty
// one.
func (b *Board) Mirror(at Place, dir string) { b.sayAll(mirror, at, []string{dir}) }

// Vouch notes that the plan found another resource to have the path, with the blob that is there.
func (b *Board) Vouch(at Place, path string) { b.sayAll(vouch, at, []string{path}) }

// Doubt notes that it could not be waited for whether another resource has the paths.
func (b *Board) Doubt(at Place, paths ...string) { b.sayAll(doubt, at, paths) }

// Claim notes that a configured resource has the paths, each with the blob that it is to hold; ""
// for one that is not known. token tells the resource from all others; "" for one that is to be
// created.
func (b *Board) Claim(at Place, token string, blobs map[string]string) {
	messages := make([]Message, 0, len(blobs))
	for path, blob := range blobs {
		messages = append(messages, Message{claim, at, path, blob, token})
	}
	b.say(messages...)
}

// Leave notes that a resource gives up a path at which it holds this blob.
func (b *Board) Leave(at Place, path, blob string) {
	b.say(Message{Kind: leave, Place: at, Path: path, Blob: blob})
}

func (b *Board) sayAll(kind Kind, at Place, paths []string) {
	messages := make([]Message, len(paths))
	for i, path := range paths {
		messages[i] = Message{Kind: kind, Place: at, Path: path}
	}
	b.say(messages...)
}

// Remove notes that the removal of the resource which has the paths was planned.
func (b *Board) Remove(at Place, paths ...string) { b.sayAll(remove, at, paths) }

// Take notes that a nanogit_commit which is planned to run takes the removal of the paths.
func (b *Board) Take(at Place, paths ...string) { b.sayAll(take, at, paths) }

// End notes that the nanogit_commit which named the paths is to be removed.
func (b *Board) End(at Place, paths ...string) { b.sayAll(end, at, paths) }

// Some returns those of the paths of which a notice is as the function has it.
func (b *Board) Some(at Place, paths []string, is func(path string, n Notice) bool) (some []string) {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.receiveLocked()
	for _, path := range paths {
		if n, ok := b.places[at][path]; ok && is(path, n) {
			some = append(some, path)
		}
	}
	return some
}

// All returns the paths of a place of which a notice is as the function has it, in order.
func (b *Board) All(at Place, is func(Notice) bool) (all []string) {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.receiveLocked()
	for path, n := range b.places[at] {
		if is(n) {
			all = append(all, path)
		}
	}
	slices.Sort(all)
	return all
}

// Settled returns the doubtful paths of which it is known by now that they are handed over, in
// order.
func (b *Board) Settled(at Place) (paths []string) {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.receiveLocked()
	for _, path := range b.doubts[at] {
		if b.places[at][path].HandedOver() {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// At is what was said about a path so far.
func (b *Board) At(at Place, path string) Notice {
	if b == nil {
		return Notice{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.receiveLocked()
	return b.places[at][path]
}

// receiveLocked takes in the messages of other processes.
func (b *Board) receiveLocked() {
	if b.run.Link == nil {
		return
	}
	messages, busy := b.run.Link.Receive()
	b.others = busy
	for _, m := range messages {
		b.noteLocked(m)
	}
}

// Verdict is how a wait ended.
type Verdict int

// The verdicts.
const (
	Unknown Verdict = iota // too many wait, or the caller has gone: it may still be said
	Said                   // what was waited for
	Silent                 // nothing was under way for the whole of the caller's patience
)

const (
	// lateFactor times the delay of a timer is what a wait takes longer on a machine that is busy:
	// the engine's next call comes later there. mostSlack bounds the sum.
	lateFactor = 10
	mostSlack  = 2 * time.Second
)

// receiveEvery is how often a wait looks for messages of other processes.
const receiveEvery = 20 * time.Millisecond

// Await waits until enough was said about each of the paths, as the function has it. The caller's
// own call does not count as one under way: it has to have said everything that it has to say.
func (b *Board) Await(ctx context.Context, patience time.Duration, at Place, paths []string, enough func(path string, n Notice) bool) Verdict {
	if b == nil {
		return Unknown
	}
	said := func() bool {
		for _, path := range paths {
			if !enough(path, b.places[at][path]) {
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
	patience = max(min(patience, leastPatience), patience>>min(b.haste, 20))
	var quiet time.Time     // since when nothing is under way
	var slack time.Duration // what a busy machine adds to the patience
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
			b.haste++
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

// pause waits for news, for a while. It reports by how much the wait took longer than that, and
// whether the caller has gone.
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
