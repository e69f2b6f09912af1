package objstoretest

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// connectNowhere opens a store that no other process shares.
func connectNowhere(context.Context, string) (objstore.Store, error) {
	return objstore.NewMemory(objstore.MemoryOptions{}), nil
}

func TestMain(m *testing.M) {
	Writer(connectNowhere)
	os.Exit(m.Run())
}

// jar is a store with hint records and with access to its values.
type jar struct {
	objstore.None
	mu      sync.Mutex
	objects map[string][]byte // by id, kind first
	hints   map[string][]byte

	keepsFirst bool // putting again does not replace
	pinned     bool // hint records are the caller's slice
	stopped    bool
	lies       bool // while stopped
}

func newJar() *jar { return &jar{objects: map[string][]byte{}, hints: map[string][]byte{}} }

func (j *jar) Get(ctx context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	all, err := j.None.Get(ctx, ids)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err != nil || j.stopped && !j.lies {
		return all, errors.Join(err, errors.New("stopped"))
	}
	for i, id := range ids {
		if v := j.objects[id.String()]; len(v) > 0 {
			all[i] = objstore.Object{ID: id, Kind: gitobj.Kind(v[0]), Data: v[1:]}
			if j.stopped {
				all[i].Data = []byte("a lie")
			}
		}
	}
	return all, nil
}

func (j *jar) Put(ctx context.Context, objects []objstore.Object) error {
	if err := j.None.Put(ctx, objects); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, o := range objects {
		if _, ok := j.objects[o.ID.String()]; (!ok || !j.keepsFirst) && len(o.Data) <= objstore.DefaultMaxObjectSize {
			j.objects[o.ID.String()] = append([]byte{byte(o.Kind)}, o.Data...)
		}
	}
	return nil
}

func (j *jar) Hint(ctx context.Context, key string) ([]byte, error) {
	_, err := j.None.Get(ctx, nil)
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.hints[key], err
}

func (j *jar) SetHint(ctx context.Context, key string, value []byte) error {
	if err := j.None.Put(ctx, nil); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.pinned {
		value = slices.Clone(value)
	}
	j.hints[key] = value
	return nil
}

func (j *jar) stop(stopped bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stopped = stopped
}

func (j *jar) stored() Stored {
	return Stored{
		Names: func() []string { return slices.Sorted(maps.Keys(j.objects)) },
		Load:  func(name string) []byte { return slices.Clone(j.objects[name]) },
		Save:  func(name string, v []byte) { j.objects[name] = v },
	}
}

// suiteOf is a suite with every ability that a jar has.
func suiteOf(spoil func(*jar)) Suite {
	open := func() *jar {
		j := newJar()
		spoil(j)
		return j
	}
	return Suite{
		Hints: true,
		Open:  func(testing.TB) objstore.Store { return open() },
		Breakable: func(testing.TB) (objstore.Store, func(), func()) {
			j := open()
			return j, func() { j.stop(true) }, func() { j.stop(false) }
		},
		Spoilable: func(testing.TB) (objstore.Store, Stored) {
			j := open()
			return j, j.stored()
		},
	}
}

func TestSuitePassesAStoreThatKeepsTheContract(t *testing.T) {
	suiteOf(func(*jar) {}).Run(t)
}

// TestChecksOfAbilitiesFindWhatIsBroken runs single checks on stores that they are there to find.
func TestChecksOfAbilitiesFindWhatIsBroken(t *testing.T) {
	unbounded := suiteOf(func(*jar) {})
	unbounded.Bounded = func(testing.TB, int64) (objstore.Store, func()) {
		return objstore.NewMemory(objstore.MemoryOptions{}), nil
	}
	forgetsAll := suiteOf(func(*jar) {})
	forgetsAll.Bounded = func(testing.TB, int64) (objstore.Store, func()) { return new(objstore.None), nil }
	forgetsAll.Forgets = true
	lasting := suiteOf(func(*jar) {})
	lasting.Expiring = func(testing.TB) (objstore.Store, func()) { return newJar(), func() {} }
	apart := Suite{Address: func(testing.TB) string { return "" }, Connect: connectNowhere}
	for name, c := range map[string]struct {
		Suite
		check string
	}{
		"hint records that are the caller's slice": {suiteOf(func(j *jar) { j.pinned = true }), "a hint record is the value that was set last under its key"},
		"hint records among objects":               {suiteOf(func(j *jar) { j.hints = j.objects }), "a hint record and an object of the same name do not meet"},
		"a store without hint records":             {Suite{Hints: true, Open: func(testing.TB) objstore.Store { return new(objstore.None) }}, "a hint record is the value that was set last under its key"},
		"a bound that does not bind":               {unbounded, "a full store forgets, and holds what came last"},
		"a full store that holds nothing":          {forgetsAll, "a full store forgets, and holds what came last"},
		"objects that last for ever":               {lasting, "an object lasts for its time and can be put again"},
		"a store that lies when it is away":        {suiteOf(func(j *jar) { j.lies = true }), "a store that goes away lies to nobody, and comes back"},
		"spoiled values that stay":                 {suiteOf(func(j *jar) { j.keepsFirst = true }), "a changed byte is a miss or an error, and the next put mends it"},
		"values cut short that stay":               {suiteOf(func(j *jar) { j.keepsFirst = true }), "a value cut short or grown is a miss or an error"},
		"swapped values that stay":                 {suiteOf(func(j *jar) { j.keepsFirst = true }), "swapped values are misses or errors"},
		"processes that see nothing":               {apart, "what one process puts another one gets"},
		"stores at one address, worlds apart":      {apart, "a store of two users closes for one of them"},
	} {
		t.Run(name, func(t *testing.T) {
			i := slices.IndexFunc(checks, func(ch check) bool { return ch.name == c.check })
			if i < 0 {
				t.Fatalf("there is no check %q", c.check)
			}
			if checks[i].needs == nil || !checks[i].needs(c.Suite) {
				t.Fatalf("%q does not run on this suite", c.check)
			}
			if err := c.Suite.check(t.Context(), t, checks[i]); err == nil {
				t.Error("the check found nothing")
			}
		})
	}
}
