// Package objstoretest holds the contract of objstore.Store as tests, one subtest for each sentence, each on a fresh store.
//
//	backend's test ──► Suite{Open: …}.Run(t) ──► for each check: Open ──► use the store ──► compare with the contract
//
// A backend's own test is a call of Run and what only that backend can do; a wrapper runs the suite around a backend.
package objstoretest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Suite says how to get a store, and what that store need not do.
type Suite struct {
	// Open returns a fresh, empty store for one subtest. The suite closes it; what else is to be cleaned up is
	// Open's business (testing.TB.Cleanup).
	Open func(t testing.TB) objstore.Store
	// Forgets says that the store may have forgotten anything at any time: it is small, or holds nothing. Then a
	// missing object is never wrong; a wrong object always is.
	Forgets bool
	// MaxObjectSize is the largest content that the store takes, in bytes; 0 is objstore.DefaultMaxObjectSize.
	MaxObjectSize int64
}

// Run runs the suite on a store that forgets nothing within the suite and takes objects of the default size.
func Run(t *testing.T, open func(t testing.TB) objstore.Store) {
	Suite{Open: open}.Run(t)
}

// Run runs each check as a subtest on its own store.
func (s Suite) Run(t *testing.T) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := s.Open(t)
			if err := s.check(t.Context(), c, store); err != nil {
				t.Error(err)
			}
		})
	}
}

// check runs one check and closes the store.
func (s Suite) check(ctx context.Context, c check, store objstore.Store) error {
	if s.MaxObjectSize == 0 {
		s.MaxObjectSize = objstore.DefaultMaxObjectSize
	}
	err := c.run(&subject{Suite: s, store: store}, ctx)
	if closeErr := store.Close(); closeErr != nil {
		err = errors.Join(err, fmt.Errorf("Close: %w", closeErr))
	}
	return err
}

// check is one sentence of the contract.
type check struct {
	name string
	run  func(*subject, context.Context) error
}

var checks = []check{
	{"what was put is got, byte for byte", (*subject).roundTrip},
	{"an object that was never put has kind 0 and no data", (*subject).missing},
	{"answers are in the order of the ids", (*subject).aligned},
	{"an id named twice is answered twice", (*subject).duplicates},
	{"a call without ids is answered without objects", (*subject).empty},
	{"the zero id is a miss", (*subject).zeroID},
	{"both object formats live side by side", (*subject).formats},
	{"the four kinds are told apart", (*subject).kinds},
	{"an object without content is held", (*subject).emptyObject},
	{"a large object is held whole", (*subject).large},
	{"an object above the limit is passed over and harms nothing", (*subject).tooLarge},
	{"ten thousand objects go in one call", (*subject).batch},
	{"putting an object again changes nothing", (*subject).idempotent},
	{"an object may be put twice in one call", (*subject).putDuplicates},
	{"the slices of a call are the caller's", (*subject).ownSlices},
	{"data stays valid after more puts and after close", (*subject).dataOutlives},
	{"an object without id or kind is refused, and the call with it", (*subject).invalid},
	{"a cancelled context ends get and put", (*subject).cancelled},
	{"many users at once see only what was put", (*subject).concurrent},
	{"a closed store says so, and may be closed again", (*subject).closed},
}
