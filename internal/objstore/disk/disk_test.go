package disk

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/objstoretest"
)

func TestMain(m *testing.M) {
	objstoretest.Writer(connect)
	os.Exit(m.Run())
}

func connect(ctx context.Context, directory string) (objstore.Store, error) {
	return Open(ctx, Options{Directory: directory})
}

// open opens a store in a directory of its own and with a clock that stands still, unless o has
// others.
func open(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Directory == "" {
		o.Directory = filepath.Join(t.TempDir(), "cache")
	}
	if o.Now == nil {
		o.Now = newClock(t).now
	}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// clock is a clock that moves when it is told to. It begins at the time of the file system, which
// sets the times of files.
type clock struct {
	start time.Time
	ahead atomic.Int64
}

func newClock(t testing.TB) *clock {
	t.Helper()
	path := filepath.Join(t.TempDir(), "now")
	must(t, os.WriteFile(path, nil, 0o600))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return &clock{start: info.ModTime()}
}

func (c *clock) now() time.Time      { return c.start.Add(time.Duration(c.ahead.Load())) }
func (c *clock) add(d time.Duration) { c.ahead.Add(int64(d)) }

func TestDiskKeepsTheContract(t *testing.T) {
	objstoretest.Suite{
		Open:    func(t testing.TB) objstore.Store { return open(t, Options{}) },
		Hints:   true,
		Address: func(t testing.TB) string { return t.TempDir() },
		Connect: connect,
		Bounded: func(t testing.TB, maxSize int64) (objstore.Store, func()) {
			s := open(t, Options{MaxSize: maxSize})
			return s, s.sweeping.running.Wait
		},
		Expiring: func(t testing.TB) (objstore.Store, func()) {
			c := newClock(t)
			return open(t, Options{TTL: time.Hour, Now: c.now}), func() { c.add(time.Hour + time.Second) }
		},
		Breakable: func(t testing.TB) (objstore.Store, func(), func()) {
			s := open(t, Options{})
			aside := s.Directory() + ".aside"
			return s, func() {
					must(t, os.Rename(s.Directory(), aside), os.WriteFile(s.Directory(), nil, 0o600))
				}, func() {
					must(t, os.Remove(s.Directory()), os.Rename(aside, s.Directory()))
				}
		},
		Spoilable: func(t testing.TB) (objstore.Store, objstoretest.Stored) {
			s := open(t, Options{})
			return s, stored(t, s)
		},
	}.Run(t)
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}

// values returns the files of objects and hint records, and other files in their directories.
func values(t testing.TB, s *Store) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(s.root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Dir(path) != s.root {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func stored(t testing.TB, s *Store) objstoretest.Stored {
	return objstoretest.Stored{
		Names: func() []string { return values(t, s) },
		Load: func(name string) []byte {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			return b
		},
		Save: func(name string, v []byte) { must(t, os.WriteFile(name, v, 0o600)) },
	}
}

func blob(content string) objstore.Object {
	data := []byte(content)
	return objstore.Object{ID: gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, data), Kind: gitobj.KindBlob, Data: data}
}

func put(t testing.TB, s *Store, objects ...objstore.Object) {
	t.Helper()
	if err := s.Put(t.Context(), objects); err != nil {
		t.Fatal(err)
	}
}

func held(t testing.TB, s *Store, o objstore.Object) bool {
	t.Helper()
	got, err := s.Get(t.Context(), []gitobj.ID{o.ID})
	if err != nil {
		t.Fatal(err)
	}
	return got[0].Held()
}

func TestNothingIsTouchedBeforeSomethingIsPut(t *testing.T) {
	s := open(t, Options{})
	if held(t, s, blob("x")) {
		t.Error("an empty store holds something")
	}
	if _, err := os.Stat(s.Directory()); err == nil {
		t.Error("reading made the directory")
	}
}

func TestOthersCannotReadTheFiles(t *testing.T) {
	s := open(t, Options{})
	put(t, s, blob("x"))
	must(t, objstore.SetHint(t.Context(), s, objstore.HintKey("k"), []byte("v")), s.sweep(), s.Close()) // no sweep of its own is under way then
	err := filepath.WalkDir(s.Directory(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[d.IsDir()]; err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), want)
		}
		return err
	})
	must(t, err)
	tag, err := os.ReadFile(filepath.Join(s.Directory(), "CACHEDIR.TAG"))
	if err != nil || !strings.HasPrefix(string(tag), "Signature: 8a477f597d28d172789f06886806bc55") {
		t.Errorf("CACHEDIR.TAG: %q, %v", tag, err)
	}
}

func TestAStoreWithoutADirectoryLiesInTheUsersCache(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/somewhere")
	s, err := Open(t.Context(), Options{})
	if err != nil || s.Directory() != "/somewhere/nanogit" {
		t.Errorf("got %q, %v", s.Directory(), err)
	}
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	if _, err := Open(t.Context(), Options{}); err == nil {
		t.Error("a store without any directory was opened")
	}
}

func TestAKeyIsNoPath(t *testing.T) {
	s := open(t, Options{})
	for _, key := range []string{"", "..", "../../x", "a/b", `a\b`, "A", "g"} {
		if err := s.SetHint(t.Context(), key, []byte("v")); err == nil {
			t.Errorf("the key %q was taken", key)
		}
		if _, err := s.Hint(t.Context(), key); err == nil {
			t.Errorf("the key %q was answered", key)
		}
	}
}

func TestAStoreThatTakesLessPassesLargeFilesOver(t *testing.T) {
	large := open(t, Options{})
	small := open(t, Options{Directory: large.Directory(), MaxObjectSize: 10})
	put(t, large, blob("more than ten bytes"), blob("ten bytes."))
	if held(t, small, blob("more than ten bytes")) || !held(t, small, blob("ten bytes.")) {
		t.Error("the limit does not hold for what others put")
	}
	if !held(t, large, blob("more than ten bytes")) {
		t.Error("the file was removed")
	}
}

func BenchmarkStore(b *testing.B) {
	b.Run("disk", func(b *testing.B) {
		objstoretest.Benchmark(b, func(t testing.TB) objstore.Store { return open(t, Options{}) })
	})
}
