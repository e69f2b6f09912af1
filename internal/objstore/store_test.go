package objstore_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/objstoretest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	objstoretest.Suite{
		Open: func(testing.TB) objstore.Store { return objstore.NewMemory(objstore.MemoryOptions{}) },
		Bounded: func(_ testing.TB, maxSize int64) (objstore.Store, func()) {
			return objstore.NewMemory(objstore.MemoryOptions{MaxSize: maxSize}), nil
		},
		Expiring: func(testing.TB) (objstore.Store, func()) {
			var c clock
			store := objstore.NewMemory(objstore.MemoryOptions{TTL: time.Minute, Now: c.now})
			return store, func() { c.add(time.Minute) }
		},
	}.Run(t)
}

// TestStoresThatForgetKeepTheContract covers eviction, expiry and the empty store: a miss is fine,
// a wrong answer is not.
func TestStoresThatForgetKeepTheContract(t *testing.T) {
	for name, open := range map[string]func() objstore.Store{
		"memory for a handful of objects": func() objstore.Store {
			return objstore.NewMemory(objstore.MemoryOptions{MaxSize: 4 << 10})
		},
		"memory that is always expired": func() objstore.Store {
			var c clock
			return objstore.NewMemory(objstore.MemoryOptions{TTL: time.Second, Now: func() time.Time { return c.add(time.Hour) }})
		},
		"memory that takes no object": func() objstore.Store {
			return objstore.NewMemory(objstore.MemoryOptions{MaxSize: 1})
		},
		"none": func() objstore.Store { return new(objstore.None) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			objstoretest.Suite{Open: func(testing.TB) objstore.Store { return open() }, Forgets: true}.Run(t)
		})
	}
}

func TestVerifiedKeepsTheContract(t *testing.T) {
	objstoretest.Run(t, func(t testing.TB) objstore.Store {
		return objstore.Verified(objstore.NewMemory(objstore.MemoryOptions{}), func(_ context.Context, e *objstore.MismatchError) {
			t.Errorf("reported %v", e)
		})
	})
}

// clock is a clock that only moves when told.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) add(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
	return c.t
}

func (c *clock) now() time.Time { return c.add(0) }

func blob(content string) objstore.Object {
	data := []byte(content)
	return objstore.Object{ID: gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, data), Kind: gitobj.KindBlob, Data: data}
}

func put(t testing.TB, s objstore.Store, objects ...objstore.Object) {
	t.Helper()
	if err := s.Put(t.Context(), objects); err != nil {
		t.Fatal(err)
	}
}

// held reports which of the objects the store holds.
func held(t testing.TB, s objstore.Store, objects ...objstore.Object) []bool {
	t.Helper()
	ids := make([]gitobj.ID, len(objects))
	for i, o := range objects {
		ids[i] = o.ID
	}
	got, err := s.Get(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	h := make([]bool, len(got))
	for i, o := range got {
		h[i] = o.Held()
	}
	return h
}

func TestContextCarriesTheStore(t *testing.T) {
	s := new(objstore.None)
	if got := objstore.FromContext(objstore.NewContext(t.Context(), s)); got != s {
		t.Errorf("got %v, want the store that was put in", got)
	}
	inner := new(objstore.None)
	ctx := objstore.NewContext(objstore.NewContext(t.Context(), s), inner)
	if got := objstore.FromContext(ctx); got != inner {
		t.Error("the innermost store does not win")
	}
}

func TestContextWithoutAStoreGivesAMemory(t *testing.T) {
	for name, ctx := range map[string]context.Context{
		"no store":  t.Context(),
		"nil store": objstore.NewContext(t.Context(), nil),
	} {
		s := objstore.FromContext(ctx)
		put(t, s, blob("x"))
		if !held(t, s, blob("x"))[0] {
			t.Errorf("%s: the store that stands in holds nothing", name)
		}
		if held(t, objstore.FromContext(ctx), blob("x"))[0] {
			t.Errorf("%s: two askers share a store", name)
		}
	}
}

// liar is a store whose answers can be spoiled.
type liar struct {
	objstore.Store
	spoil func([]objstore.Object) []objstore.Object
	err   error
}

func (l liar) Get(ctx context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	objects, err := l.Store.Get(ctx, ids)
	return l.spoil(objects), errors.Join(err, l.err)
}

func TestVerifiedTurnsAWrongObjectIntoAMiss(t *testing.T) {
	type objects = []objstore.Object
	one, two, three := blob("one"), blob("two"), blob("three")
	down := errors.New("server went away")
	for name, c := range map[string]struct {
		spoil    func(objects) objects
		err      error
		want     []bool
		reported int
		wantErr  bool
	}{
		"truthful":           {spoil: func(o objects) objects { return o }, want: []bool{true, true, true}},
		"one bit turned":     {spoil: func(o objects) objects { o[1].Data = []byte("twp"); return o }, want: []bool{true, false, true}, reported: 1},
		"cut short":          {spoil: func(o objects) objects { o[2].Data = o[2].Data[:2]; return o }, want: []bool{true, true, false}, reported: 1},
		"another kind":       {spoil: func(o objects) objects { o[0].Kind = gitobj.KindTree; return o }, want: []bool{false, true, true}, reported: 1},
		"no such kind":       {spoil: func(o objects) objects { o[0].Kind = 9; return o }, want: []bool{false, true, true}, reported: 1},
		"missing, with data": {spoil: func(o objects) objects { o[0].Kind = 0; return o }, want: []bool{false, true, true}, reported: 1},
		"another object":     {spoil: func(o objects) objects { o[0] = two; return o }, want: []bool{false, true, true}, reported: 1},
		"wrong id only":      {spoil: func(o objects) objects { o[0].ID = two.ID; return o }, want: []bool{true, true, true}},
		"all swapped":        {spoil: func(o objects) objects { slices.Reverse(o); return o }, want: []bool{false, true, false}, reported: 2},
		"too few":            {spoil: func(o objects) objects { return o[:1] }, want: []bool{false, false, false}, wantErr: true},
		"too many":           {spoil: func(o objects) objects { return append(o, one) }, want: []bool{false, false, false}, wantErr: true},
		"error with a part": {
			spoil: func(o objects) objects { o[2] = objstore.Object{}; return o }, err: down,
			want: []bool{true, true, false}, wantErr: true,
		},
		"error alone": {spoil: func(objects) objects { return nil }, err: down, want: []bool{false, false, false}, wantErr: true},
	} {
		t.Run(name, func(t *testing.T) {
			memory := objstore.NewMemory(objstore.MemoryOptions{})
			put(t, memory, one, two, three)
			reported := 0
			s := objstore.Verified(liar{memory, c.spoil, c.err}, func(_ context.Context, e *objstore.MismatchError) {
				reported++
				if e.Error() == "" || e.ID.IsZero() || e.ID == e.Got {
					t.Errorf("report says nothing: %#v", e)
				}
			})
			ids := []gitobj.ID{one.ID, two.ID, three.ID}
			got, err := s.Get(t.Context(), ids)
			if (err != nil) != c.wantErr || c.err != nil && !errors.Is(err, c.err) {
				t.Errorf("got error %v", err)
			}
			if len(got) != 3 {
				t.Fatalf("got %d answers, want 3", len(got))
			}
			for i, o := range got {
				if o.ID != ids[i] || o.Held() != c.want[i] || !o.Held() && o.Data != nil {
					t.Errorf("answer %d: got %s %q, want held %v", i, o.Kind, o.Data, c.want[i])
				}
			}
			if reported != c.reported {
				t.Errorf("reported %d wrong objects, want %d", reported, c.reported)
			}
		})
	}
	quiet := objstore.Verified(liar{objstore.NewMemory(objstore.MemoryOptions{}), func(objects) objects { return objects{two} }, nil}, nil)
	if held(t, quiet, one)[0] {
		t.Error("without a report the wrong object is held")
	}
}

// BenchmarkStore gives the figures that every backend's benchmark gives.
func BenchmarkStore(b *testing.B) {
	b.Run("memory", func(b *testing.B) {
		objstoretest.Benchmark(b, func(testing.TB) objstore.Store { return objstore.NewMemory(objstore.MemoryOptions{}) })
	})
}
