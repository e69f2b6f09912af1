package redis

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/objstoretest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/cachetest"
)

// connect opens the store at an address: a URL and a key prefix.
func connect(ctx context.Context, address string) (objstore.Store, error) {
	url, prefix, _ := strings.Cut(address, " ")
	return Open(ctx, Options{URL: url, KeyPrefix: prefix})
}

func TestMain(m *testing.M) {
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

// prefix returns a key prefix that no other test has.
func prefix() string { return fmt.Sprintf("test%d:", prefixes.Add(1)) }

func TestContract(t *testing.T) {
	server := cachetest.StartRedis(t, cachetest.RedisOptions{})
	objstoretest.Suite{
		Open:    func(t testing.TB) objstore.Store { return open(t, Options{URL: server.URL(), KeyPrefix: prefix()}) },
		Hints:   true,
		Address: func(testing.TB) string { return server.URL() + " " + prefix() },
		Connect: connect,
		Expiring: func(t testing.TB) (objstore.Store, func()) {
			s := open(t, Options{URL: server.URL(), KeyPrefix: prefix(), TTL: time.Hour})
			return s, func() { expire(t, s) }
		},
		Breakable: func(t testing.TB) (objstore.Store, func(), func()) {
			own := cachetest.StartRedis(t, cachetest.RedisOptions{})
			return open(t, Options{URL: own.URL()}), own.Kill, own.Restart
		},
		Spoilable: func(t testing.TB) (objstore.Store, objstoretest.Stored) {
			s := open(t, Options{URL: server.URL(), KeyPrefix: prefix()})
			return s, stored(t, s)
		},
	}.Run(t)
}

// expire ends the time of all keys that the store gave a time to live.
func expire(t testing.TB, s *Store) {
	for _, name := range stored(t, s).Names() {
		left, err := s.client.PTTL(t.Context(), name).Result()
		if err != nil || left > s.ttl {
			t.Fatalf("%s: %s left, error %v; want at most %s", name, left, err, s.ttl)
		}
		if left < 0 {
			continue // it has no time to live, and stays
		}
		if err := s.client.PExpire(t.Context(), name, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// stored gives access to the values behind a store.
func stored(t testing.TB, s *Store) objstoretest.Stored {
	return objstoretest.Stored{
		Names: func() []string {
			names, err := s.client.Keys(t.Context(), s.prefix+"*").Result()
			if err != nil {
				t.Fatal(err)
			}
			return names
		},
		Load: func(name string) []byte {
			v, err := s.client.Get(t.Context(), name).Bytes()
			if err != nil {
				t.Fatal(err)
			}
			return v
		},
		Save: func(name string, v []byte) {
			if err := s.client.Set(t.Context(), name, v, 0).Err(); err != nil {
				t.Fatal(err)
			}
		},
	}
}

func BenchmarkStore(b *testing.B) {
	server := cachetest.StartRedis(b, cachetest.RedisOptions{})
	b.Run("redis", func(b *testing.B) {
		objstoretest.Benchmark(b, func(t testing.TB) objstore.Store { return open(t, Options{URL: server.URL(), KeyPrefix: prefix()}) })
	})
}
