// Package objstoretest holds the contract of objstore.Store as tests, a subtest for each sentence,
// each on a fresh store.
//
//	backend's test ──► Suite{Open: …}.Run(t) ──► for each check: Open ──► use the store ──► compare with the contract
//	                                      │
//	                                      └─ further processes (Writer): this test's program, started again
//
// A backend's own test is a call of Run and tests of its peculiarities; a wrapper runs the suite
// around a backend.
package objstoretest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Suite opens the store under test, and holds the abilities of that store and the ways to interfere
// with it. A check that needs a field that is left out does not run.
type Suite struct {
	// Open returns a fresh, empty store for a subtest. The suite closes the store; Open sees to
	// everything else that has to be cleaned up (testing.TB.Cleanup).
	Open func(t testing.TB) objstore.Store
	// Forgets says that the store may have forgotten anything at any time: it is small, or holds
	// nothing. Then a missing object is never wrong; a wrong object always is.
	Forgets bool
	// MaxObjectSize is the largest content that the store takes, in bytes; 0 is
	// objstore.DefaultMaxObjectSize.
	MaxObjectSize int64
	// Hints says that the store keeps hint records (objstore.Hints).
	Hints bool

	// Address returns a fresh, empty location, in the form that Connect takes, which any number of
	// stores share.
	Address func(t testing.TB) string
	// Connect opens a store at an address, in this process or in another: see Writer.
	Connect func(ctx context.Context, address string) (objstore.Store, error)
	// Bounded returns a store that holds at most maxSize bytes and forgets the least recently used
	// objects, about. settle waits for a store that forgets in the background; it may be nil.
	Bounded func(t testing.TB, maxSize int64) (store objstore.Store, settle func())
	// Expiring returns a store whose objects last for a time. elapse lets that time go by: it moves
	// the store's clock, or the times that a server has stored, and does not wait.
	Expiring func(t testing.TB) (store objstore.Store, elapse func())
	// Breakable returns a store that this test alone uses. stop takes its server or its directory
	// away; start brings that back at the same address, empty or not. start is nil if it cannot be
	// brought back.
	Breakable func(t testing.TB) (store objstore.Store, stop, start func())
	// Spoilable returns a store and access to the values behind it.
	Spoilable func(t testing.TB) (objstore.Store, Stored)
}

// Stored is access to the values of a backend, for a check to spoil. Its functions fail the test by
// themselves (testing.TB.Fatal).
type Stored struct {
	Names func() []string             // of all values, including hint records
	Load  func(name string) []byte    // the bytes of a value; the caller's to change
	Save  func(name string, v []byte) // replaces them, also after the store has removed the value
}

// Run runs the suite on a store that forgets nothing within the suite and takes objects of the
// default size.
func Run(t *testing.T, open func(t testing.TB) objstore.Store) {
	Suite{Open: open}.Run(t)
}

// Run runs each check as a subtest on its own store.
func (s Suite) Run(t *testing.T) {
	for _, c := range checks {
		if c.needs != nil && !c.needs(s) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := s.check(t.Context(), t, c); err != nil {
				t.Error(err)
			}
		})
	}
}

// check runs a check on a store of Open, or on a store that the check itself opens.
func (s Suite) check(ctx context.Context, t testing.TB, c check) (err error) {
	if s.MaxObjectSize == 0 {
		s.MaxObjectSize = objstore.DefaultMaxObjectSize
	}
	sub := &subject{Suite: s, t: t}
	defer func() {
		if sub.store == nil {
			return
		}
		if closeErr := sub.store.Close(); closeErr != nil {
			err = errors.Join(err, fmt.Errorf("Close: %w", closeErr))
		}
	}()
	if c.needs == nil || c.usual {
		sub.store = s.Open(t)
	}
	return c.run(sub, ctx)
}

// check is a sentence of the contract.
type check struct {
	name  string
	run   func(*subject, context.Context) error
	needs func(Suite) bool // nil for a check that every store passes
	usual bool             // needs something, and the store that Open opens
}

var (
	hints     = func(s Suite) bool { return s.Hints }
	shared    = func(s Suite) bool { return s.Address != nil && s.Connect != nil }
	bounded   = func(s Suite) bool { return s.Bounded != nil }
	expiring  = func(s Suite) bool { return s.Expiring != nil }
	breakable = func(s Suite) bool { return s.Breakable != nil }
	spoilable = func(s Suite) bool { return s.Spoilable != nil }
)

var checks = []check{
	{name: "what was put is got, byte for byte", run: (*subject).roundTrip},
	{name: "an object that was never put has kind 0 and no data", run: (*subject).missing},
	{name: "answers are in the order of the ids", run: (*subject).aligned},
	{name: "an id named twice is answered twice", run: (*subject).duplicates},
	{name: "a call without ids is answered without objects", run: (*subject).empty},
	{name: "the zero id is a miss", run: (*subject).zeroID},
	{name: "both object formats live side by side", run: (*subject).formats},
	{name: "the four kinds are told apart", run: (*subject).kinds},
	{name: "an object without content is held", run: (*subject).emptyObject},
	{name: "a large object is held whole", run: (*subject).large},
	{name: "an object above the limit is passed over and harms nothing", run: (*subject).tooLarge},
	{name: "many large objects go in one call", run: (*subject).manyLarge},
	{name: "ten thousand objects go in one call", run: (*subject).batch},
	{name: "putting an object again changes nothing", run: (*subject).idempotent},
	{name: "an object may be put twice in one call", run: (*subject).putDuplicates},
	{name: "the slices of a call are the caller's", run: (*subject).ownSlices},
	{name: "data stays valid after more puts and after close", run: (*subject).dataOutlives},
	{name: "an object without id or kind is refused, and the call with it", run: (*subject).invalid},
	{name: "a cancelled context ends get and put", run: (*subject).cancelled},
	{name: "a context cancelled in mid-call leaves whole objects", run: (*subject).cancelledMidCall},
	{name: "many users at once see only what was put", run: (*subject).concurrent},
	{name: "a closed store says so, and may be closed again", run: (*subject).closed},

	{name: "a hint record is the value that was set last under its key", run: (*subject).hintRoundTrip, needs: hints, usual: true},
	{name: "a hint record and an object of the same name do not meet", run: (*subject).hintAndObject, needs: hints, usual: true},
	{name: "many users at once set whole hint records", run: (*subject).hintConcurrent, needs: hints, usual: true},
	{name: "hint records end with the context and with the store", run: (*subject).hintEnds, needs: hints, usual: true},

	{name: "one answer is bounded, however little what it inflates takes", run: (*subject).boundedAnswer, needs: shared, usual: true},
	{name: "what one process puts another one gets", run: (*subject).processes, needs: shared},
	{name: "a process killed while it puts leaves whole objects", run: (*subject).killedProcess, needs: shared},
	{name: "a store of two users closes for one of them", run: (*subject).closedForOne, needs: shared},
	{name: "a full store forgets, and holds what came last", run: (*subject).evicts, needs: bounded},
	{name: "an object lasts for its time and can be put again", run: (*subject).expires, needs: expiring},
	{name: "a store that goes away lies to nobody, and comes back", run: (*subject).breaks, needs: breakable},
	{name: "a store that goes away in mid-run ends every call", run: (*subject).breaksMidRun, needs: breakable},
	{name: "a changed byte is a miss or an error, and the next put mends it", run: (*subject).flipped, needs: spoilable},
	{name: "a value cut short or grown is a miss or an error", run: (*subject).cut, needs: spoilable},
	{name: "swapped values are misses or errors", run: (*subject).swapped, needs: spoilable},
}
