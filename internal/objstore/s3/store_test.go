package s3

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/objstoretest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/cachetest"
)

// connect opens the store at an address: endpoint, bucket, region and prefix.
func connect(ctx context.Context, address string) (objstore.Store, error) {
	f := strings.Fields(address)
	return Open(ctx, Options{Endpoint: f[0], Bucket: f[1], Region: f[2], Prefix: f[3]})
}

// None of this machine's credentials and settings are for the tests.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_ACCESS_KEY_ID") != "access-of-the-test" { // a writer has its parent's
		for _, v := range os.Environ() {
			if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
				_ = os.Unsetenv(name)
			}
		}
	}
	_ = os.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	_ = os.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	objstoretest.Writer(connect)
	os.Exit(m.Run())
}

func open(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

var prefixes atomic.Int64

// prefix returns a prefix that no other test has.
func prefix() string { return fmt.Sprintf("test%d/cache", prefixes.Add(1)) }

// start starts a server and gives this process its credentials, which are those of all servers for
// tests.
func start(t testing.TB) *cachetest.S3 {
	t.Helper()
	s := cachetest.StartS3(t)
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": s.AccessKey, "AWS_SECRET_ACCESS_KEY": s.Secret} {
		if os.Getenv(name) != value {
			t.Setenv(name, value)
		}
	}
	return s
}

func at(s *cachetest.S3) Options {
	return Options{Endpoint: s.Addr, Bucket: s.Bucket, Region: s.Region, Prefix: prefix()}
}

func TestContract(t *testing.T) {
	server := start(t)
	objstoretest.Suite{
		Open:  func(t testing.TB) objstore.Store { return open(t, at(server)) },
		Hints: true,
		Address: func(testing.TB) string {
			o := at(server)
			return strings.Join([]string{o.Endpoint, o.Bucket, o.Region, o.Prefix}, " ")
		},
		Connect: connect,
		Expiring: func(t testing.TB) (objstore.Store, func()) {
			o := at(server)
			o.TTL = time.Hour
			return open(t, o), func() { age(t, filepath.Join(server.Dir, o.Bucket, o.Prefix)) }
		},
		Breakable: func(t testing.TB) (objstore.Store, func(), func()) {
			own := start(t)
			return open(t, at(own)), own.Kill, own.Restart
		},
		Spoilable: func(t testing.TB) (objstore.Store, objstoretest.Stored) {
			o := at(server)
			return open(t, o), stored(t, filepath.Join(server.Dir, o.Bucket, o.Prefix))
		},
	}.Run(t)
}

// age makes the objects in a directory of the server two hours older.
func age(t testing.TB, dir string) {
	for _, name := range files(t, dir) {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		then := info.ModTime().Add(-2 * time.Hour)
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
}

func files(t testing.TB, dir string) (names []string) {
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var name string
			name, err = filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// stored gives access to the values behind a store, which the server keeps as files.
func stored(t testing.TB, dir string) objstoretest.Stored {
	return objstoretest.Stored{
		Names: func() []string { return files(t, dir) },
		Load: func(name string) []byte {
			v, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			return v
		},
		Save: func(name string, v []byte) {
			if err := os.WriteFile(filepath.Join(dir, name), v, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	}
}

func blob(data string) objstore.Object {
	return objstore.Object{ID: gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(data)), Kind: gitobj.KindBlob, Data: []byte(data)}
}

// reads puts an object and reads it back.
func reads(t testing.TB, s *Store) error {
	t.Helper()
	if err := s.Put(t.Context(), []objstore.Object{blob("x")}); err != nil {
		return err
	}
	got, err := s.Get(t.Context(), []gitobj.ID{blob("x").ID})
	if err == nil && string(got[0].Data) != "x" {
		t.Errorf("got %q", got[0].Data)
	}
	return err
}

func BenchmarkStore(b *testing.B) {
	server := start(b)
	b.Run("s3", func(b *testing.B) {
		objstoretest.Benchmark(b, func(t testing.TB) objstore.Store { return open(t, at(server)) })
	})
}
