package objstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/objstoretest"
)

// withHints is a Memory with hint records.
type withHints struct {
	*objstore.Memory
	mu    sync.Mutex
	hints map[string][]byte
}

func newWithHints(o objstore.MemoryOptions) *withHints {
	return &withHints{Memory: objstore.NewMemory(o), hints: map[string][]byte{}}
}

func (n *withHints) Hint(ctx context.Context, key string) ([]byte, error) {
	if _, err := n.Get(ctx, nil); err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.hints[key], nil
}

func (n *withHints) SetHint(ctx context.Context, key string, value []byte) error {
	if err := n.Put(ctx, nil); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hints[key] = append([]byte(nil), value...)
	return nil
}

// frail is a store that can be told to fail, to hang, or to hang whatever its context says.
type frail struct {
	objstore.Store
	mu     sync.Mutex
	fail   error
	hang   bool
	deaf   chan struct{} // waits for it, if it is not nil
	calls  int
	writes int
}

func (f *frail) set(do func(*frail)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do(f)
}

func (f *frail) trouble(ctx context.Context) error {
	f.mu.Lock()
	f.calls++
	fail, hang, deaf := f.fail, f.hang, f.deaf
	f.mu.Unlock()
	if deaf != nil {
		<-deaf
	}
	if hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return fail
}

func (f *frail) Get(ctx context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	if err := f.trouble(ctx); err != nil {
		return objstore.Missing(ids), err
	}
	return f.Store.Get(ctx, ids)
}

func (f *frail) Put(ctx context.Context, objects []objstore.Object) error {
	f.set(func(f *frail) { f.writes++ })
	if err := f.trouble(ctx); err != nil {
		return err
	}
	return f.Store.Put(ctx, objects)
}

func (f *frail) Hint(ctx context.Context, key string) ([]byte, error) {
	if err := f.trouble(ctx); err != nil {
		return nil, err
	}
	return objstore.Hint(ctx, f.Store, key)
}

func (f *frail) SetHint(ctx context.Context, key string, value []byte) error {
	if err := f.trouble(ctx); err != nil {
		return err
	}
	return objstore.SetHint(ctx, f.Store, key, value)
}

func metered(t testing.TB, s objstore.Store) *objstore.Metered {
	t.Helper()
	m, err := objstore.NewMetered(s, objstore.MeterOptions{Type: "memory"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestWrappersKeepTheContract runs the suite around a memory, each wrapper alone and then all as
// the provider has them.
func TestWrappersKeepTheContract(t *testing.T) {
	guard := func(s objstore.Store) objstore.Store {
		return objstore.NewGuarded(s, objstore.GuardOptions{ReadTimeout: time.Hour, WriteTimeout: time.Hour, CloseTimeout: time.Hour, MaxQueue: 64 << 20, Rest: time.Nanosecond})
	}
	for name, wrap := range map[string]func(testing.TB, objstore.Store) objstore.Store{
		"verified": func(_ testing.TB, s objstore.Store) objstore.Store { return objstore.Verified(s, nil) },
		"metered":  func(t testing.TB, s objstore.Store) objstore.Store { return metered(t, s) },
		"guarded":  func(_ testing.TB, s objstore.Store) objstore.Store { return guard(s) },
		"all": func(t testing.TB, s objstore.Store) objstore.Store {
			return guard(metered(t, objstore.Verified(s, nil)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			objstoretest.Suite{
				Hints: true,
				Open: func(t testing.TB) objstore.Store {
					return wrap(t, newWithHints(objstore.MemoryOptions{MaxSize: 256 << 20}))
				},
				Breakable: func(t testing.TB) (objstore.Store, func(), func()) {
					f := &frail{Store: newWithHints(objstore.MemoryOptions{})}
					return wrap(t, f), func() { f.set(func(f *frail) { f.fail = errors.New("gone") }) },
						func() { f.set(func(f *frail) { f.fail = nil }) }
				},
			}.Run(t)
		})
	}
}

func ids(objects ...objstore.Object) []gitobj.ID {
	all := make([]gitobj.ID, len(objects))
	for i, o := range objects {
		all[i] = o.ID
	}
	return all
}

func TestTheFrontOfAMemoryIsThatMemory(t *testing.T) {
	large := func() *objstore.Memory {
		return objstore.NewMemory(objstore.MemoryOptions{MaxObjectSize: objstore.FrontSize})
	}
	fromContext := objstore.FromContext(t.Context())
	configured, err := objstore.MemoryBackend.Open(t.Context(), objstore.Config{MaxSize: 1, MaxObjectSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		store objstore.Store
		same  bool
	}{
		"a memory":                          {large(), true},
		"a measured memory":                 {metered(t, large()), true},
		"the memory of a context":           {fromContext, true},
		"the smallest configured memory":    {configured, true},
		"a memory whose hashes are checked": {objstore.Verified(large(), nil), false},
		"a memory for small objects":        {objstore.NewMemory(objstore.MemoryOptions{}), false},
		"a small memory":                    {objstore.NewMemory(objstore.MemoryOptions{MaxSize: 1 << 20, MaxObjectSize: objstore.FrontSize}), false},
		"no store":                          {new(objstore.None), false},
	} {
		front := objstore.Front(c.store)
		put(t, front, blob("x"))
		if same := held(t, c.store, blob("x"))[0]; same != c.same || !held(t, front, blob("x"))[0] {
			t.Errorf("%s: it is its own front: %v, want %v", name, same, c.same)
		}
	}
}

// warnings collects the warnings of a guard.
type warnings struct {
	mu  sync.Mutex
	all []error
}

func (w *warnings) add(_ context.Context, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, err)
}

func (w *warnings) want(t *testing.T, n int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.all) != n {
		t.Errorf("%d warnings, want %d: %v", len(w.all), n, w.all)
	}
}

func TestGuardedAnswersAMissForAStoreThatHangs(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		t.Run(fmt.Sprintf("deaf %v", deaf), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &frail{Store: objstore.NewMemory(objstore.MemoryOptions{})}
				put(t, f, blob("x"))
				f.hang = !deaf
				if deaf {
					f.deaf = make(chan struct{})
				}
				var w warnings
				g := objstore.NewGuarded(f, objstore.GuardOptions{Warn: w.add})
				began := time.Now()
				for range 100 {
					if held(t, g, blob("x"))[0] {
						t.Fatal("a store that hangs answered")
					}
				}
				if took := time.Since(began); took != objstore.DefaultReadTimeout {
					t.Errorf("100 reads took %s, want one timeout of %s", took, objstore.DefaultReadTimeout)
				}
				put(t, g, blob("y"))
				if took := time.Since(began); took != objstore.DefaultReadTimeout {
					t.Errorf("with a put it took %s: the put did not heed what the reads had found out", took)
				}
				w.want(t, 1)
				if !errors.Is(w.all[0], context.DeadlineExceeded) {
					t.Errorf("the warning is %v", w.all[0])
				}
				f.set(func(f *frail) { f.hang = false })
				if deaf {
					close(f.deaf)
					f.set(func(f *frail) { f.deaf = nil })
				}
				time.Sleep(objstore.DefaultRest) // of the bubble's clock
				if !held(t, g, blob("x"))[0] {
					t.Error("the store was not tried again after its rest")
				}
				w.want(t, 1)
			})
		})
	}
}

func TestGuardedNeverMakesAPutWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &frail{Store: objstore.NewMemory(objstore.MemoryOptions{})}
		var w warnings
		g := objstore.NewGuarded(f, objstore.GuardOptions{Warn: w.add})
		put(t, g, blob("first"))
		f.set(func(f *frail) { f.hang = true })
		began := time.Now()
		for i := range 5000 {
			put(t, g, blob(fmt.Sprint(i)))
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("5000 puts took %s", took)
		}
		if !held(t, g, blob("4999"))[0] {
			t.Error("what waits to be written is not held")
		}
		if err := g.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != objstore.DefaultCloseTimeout {
			t.Errorf("Close took %s, want %s", took, objstore.DefaultCloseTimeout)
		}
	})
}

func TestGuardedWarnsOfTheFirstPutAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &frail{Store: objstore.NewMemory(objstore.MemoryOptions{}), fail: errors.New("read-only file system")}
		var w warnings
		g := objstore.NewGuarded(f, objstore.GuardOptions{Warn: w.add})
		put(t, g, blob("1"), blob("2"), blob("3"))
		w.want(t, 1)
		if err := g.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		put(t, g, blob("4"))
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
		w.want(t, 1)
		if f.writes != 1 {
			t.Errorf("a store that takes nothing was written to %d times", f.writes)
		}
	})
}

func TestGuardedWritesWhatItHasRoomFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := objstore.NewMemory(objstore.MemoryOptions{})
		f := &frail{Store: m, deaf: make(chan struct{})}
		close(f.deaf)
		g := objstore.NewGuarded(f, objstore.GuardOptions{MaxQueue: 64 << 10})
		put(t, g, blob("first"))
		stuck := make(chan struct{})
		f.set(func(f *frail) { f.deaf = stuck })
		const n = 1000
		for i := range n {
			put(t, g, blob(fmt.Sprint(i)))
		}
		dropped := g.Dropped()
		if dropped < n/2 || dropped > n*9/10 {
			t.Errorf("%d of %d dropped", dropped, n)
		}
		close(stuck)
		if err := g.Close(); err != nil {
			t.Error(err)
		}
		if got := m.Stats().Objects; got != 0 {
			t.Errorf("a closed memory holds %d", got)
		}
	})
}

func TestGuardedTellsOfSpoiledValuesAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &frail{Store: objstore.NewMemory(objstore.MemoryOptions{}), fail: fmt.Errorf("disk: %w", objstore.ErrCorrupt)}
		var w warnings
		g := objstore.NewGuarded(f, objstore.GuardOptions{Warn: w.add})
		for range 3 {
			held(t, g, blob("x"))
		}
		w.want(t, 3)
		if f.calls != 3 {
			t.Errorf("asked %d times, want 3", f.calls)
		}
	})
}

func TestGuardedLeavesTheCallersContextToTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &frail{Store: objstore.NewMemory(objstore.MemoryOptions{}), hang: true}
		var w warnings
		g := objstore.NewGuarded(f, objstore.GuardOptions{Warn: w.add, ReadTimeout: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		if _, err := g.Get(ctx, ids(blob("x"))); !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v", err)
		}
		w.want(t, 0)
		f.set(func(f *frail) { f.hang = false })
		held(t, g, blob("x"))
		if f.calls != 2 {
			t.Errorf("the store was left alone for what its caller did: %d calls", f.calls)
		}
	})
}

// slow is a store that takes a second for each call.
type slow struct{ objstore.None }

func (s *slow) Get(ctx context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	time.Sleep(time.Second) // of the bubble's clock
	return s.None.Get(ctx, ids)
}

func (s *slow) Put(ctx context.Context, objects []objstore.Object) error {
	time.Sleep(time.Second)
	return s.None.Put(ctx, objects)
}

func TestMeteredAddsUpTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := metered(t, new(slow))
		put(t, m, blob("a"))
		for range 3 {
			held(t, m, blob("a"))
		}
		if got := m.Totals(); got.GetTime != 3*time.Second || got.PutTime != time.Second {
			t.Errorf("three gets took %s and a put %s, a second each", got.GetTime, got.PutTime)
		}
	})
}

func TestMeteredCounts(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	spans := tracetest.NewSpanRecorder()
	f := &frail{Store: newWithHints(objstore.MemoryOptions{})}
	m, err := objstore.NewMetered(f, objstore.MeterOptions{
		Type:   "memory",
		Meter:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)),
		Tracer: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, m, blob("12345"), blob("678"))
	held(t, m, blob("12345"), blob("missing"), blob("678"))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	must(m.SetHint(t.Context(), "k", []byte("v")))
	f.set(func(f *frail) { f.fail = errors.New("redis://user:secret@host is down") })
	if _, err := m.Get(t.Context(), ids(blob("12345"))); err == nil {
		t.Error("the error was swallowed")
	}
	if err := m.Put(t.Context(), []objstore.Object{blob("9")}); err == nil {
		t.Error("the error was swallowed")
	}
	totals := m.Totals()
	totals.GetTime, totals.PutTime = 0, 0
	if want := (objstore.Totals{Gets: 2, Puts: 2, Hits: 2, Misses: 2, Put: 2, BytesIn: 8, Bytes: 8, Errors: 2}); totals != want {
		t.Errorf("totals %+v, want %+v", totals, want)
	}
	var rm metricdata.ResourceMetrics
	must(reader.Collect(t.Context(), &rm))
	got := map[string]int64{}
	for _, sm := range rm.ScopeMetrics {
		for _, one := range sm.Metrics {
			switch data := one.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					got[one.Name+" "+label(p.Attributes)] = p.Value
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					got[one.Name+" "+label(p.Attributes)] = int64(p.Count)
				}
			}
		}
	}
	want := map[string]int64{
		"nanogit.object_cache.objects get memory hit": 2, "nanogit.object_cache.objects get memory miss": 2,
		"nanogit.object_cache.objects put memory sent": 2, "nanogit.object_cache.objects put memory failed": 1,
		"nanogit.object_cache.io get memory": 8, "nanogit.object_cache.io put memory": 8, "nanogit.object_cache.io set_note memory": 1,
		"nanogit.object_cache.operation.duration get memory": 1, "nanogit.object_cache.operation.duration get memory unavailable": 1,
		"nanogit.object_cache.operation.duration put memory": 1, "nanogit.object_cache.operation.duration put memory unavailable": 1,
		"nanogit.object_cache.operation.duration set_note memory": 1,
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: got %d, want %d", name, got[name], want[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
	names := ""
	for _, s := range spans.Ended() {
		names += s.Name() + " " + s.Status().Description + ";"
	}
	if want := "object_cache put ;object_cache get ;object_cache set_note ;object_cache get unavailable;object_cache put unavailable;"; names != want {
		t.Errorf("spans %q, want %q", names, want)
	}
}

// label joins the values of attributes in an order of its own.
func label(set attribute.Set) string {
	out := ""
	for _, key := range []attribute.Key{"nanogit.object_cache.operation", "nanogit.object_cache.type", "nanogit.object_cache.result", "error.type"} {
		if v, ok := set.Value(key); ok {
			if out != "" {
				out += " "
			}
			out += v.AsString()
		}
	}
	return out
}
