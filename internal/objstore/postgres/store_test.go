package postgres

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/objstoretest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/cachetest"
)

// connect opens the store at an address: a URL and a table.
func connect(ctx context.Context, address string) (objstore.Store, error) {
	url, table, _ := strings.Cut(address, " ")
	return Open(ctx, Options{URL: url, Table: table})
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

var tables atomic.Int64

// table returns the name of a table that no other test has.
func table() string { return fmt.Sprintf("test_%d", tables.Add(1)) }

func TestContract(t *testing.T) {
	server := cachetest.StartPostgres(t)
	server.Exec(t, "ALTER SYSTEM SET max_connections = 300") // the suite's stores have four each
	server.Kill()
	server.Restart()
	objstoretest.Suite{
		Open:    func(t testing.TB) objstore.Store { return open(t, Options{URL: server.URL(), Table: table()}) },
		Hints:   true,
		Address: func(testing.TB) string { return server.URL() + " " + table() },
		Connect: connect,
		Expiring: func(t testing.TB) (objstore.Store, func()) {
			s := open(t, Options{URL: server.URL(), Table: table(), TTL: time.Hour})
			return s, func() { server.Exec(t, "UPDATE "+s.sql.table+" SET expires = expires - interval '1 hour'") }
		},
		Breakable: func(t testing.TB) (objstore.Store, func(), func()) {
			own := cachetest.StartPostgres(t)
			return open(t, Options{URL: own.URL()}), own.Kill, own.Restart
		},
		Spoilable: func(t testing.TB) (objstore.Store, objstoretest.Stored) {
			s := open(t, Options{URL: server.URL(), Table: table()})
			return s, stored(t, s)
		},
	}.Run(t)
	t.Run("many make the table at once", func(t *testing.T) { tableRace(t, server) })
	t.Run("what has expired is removed", func(t *testing.T) { sweeps(t, server) })
	t.Run("users with few rights", func(t *testing.T) { fewRights(t, server) })
	t.Run("a schema's table", func(t *testing.T) {
		server.Exec(t, `CREATE SCHEMA "Other"`)
		if err := reads(t, open(t, Options{URL: server.URL(), Table: "Other.objects"})); err != nil {
			t.Error(err)
		}
		err := reads(t, open(t, Options{URL: server.URL(), Table: "nowhere.objects"}))
		if code(err) != "3F000" || !strings.Contains(err.Error(), "create it") {
			t.Errorf("in a schema that is not there: %v", err)
		}
	})
	t.Run("a table of somebody else's", func(t *testing.T) {
		server.Exec(t, `CREATE TABLE theirs (id int, name text)`)
		if err := reads(t, open(t, Options{URL: server.URL(), Table: "theirs"})); err == nil || !strings.Contains(err.Error(), "name another one") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a wrong password", func(t *testing.T) {
		err := reads(t, open(t, Options{URL: "postgres://postgres:s3cret@" + server.Addr + "/postgres?sslmode=disable"}))
		if code(err) != "28P01" || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "check the user and the password") {
			t.Errorf("got %v", err)
		}
	})
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

// stored reaches the values behind a store.
func stored(t testing.TB, s *Store) objstoretest.Stored {
	key := func(name string) []byte {
		k, err := hex.DecodeString(name)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	return objstoretest.Stored{
		Names: func() (names []string) {
			rows, err := s.pool.Query(t.Context(), "SELECT encode(id, 'hex') FROM "+s.sql.table)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			for rows.Next() {
				var name string
				if err := rows.Scan(&name); err != nil {
					t.Fatal(err)
				}
				names = append(names, name)
			}
			return names
		},
		Load: func(name string) (v []byte) {
			if err := s.pool.QueryRow(t.Context(), "SELECT value FROM "+s.sql.table+" WHERE id = $1", key(name)).Scan(&v); err != nil {
				t.Fatal(err)
			}
			return v
		},
		Save: func(name string, v []byte) {
			if _, err := s.pool.Exec(t.Context(), "UPDATE "+s.sql.table+" SET value = $2 WHERE id = $1", key(name), v); err != nil {
				t.Fatal(err)
			}
		},
	}
}

// tableRace lets many stores put first, with and without knowing of each other's lock.
func tableRace(t *testing.T, server *cachetest.Postgres) {
	for range 5 {
		o := Options{URL: server.URL(), Table: table()}
		var wg sync.WaitGroup
		for range 16 {
			s := open(t, o)
			wg.Go(func() {
				if err := reads(t, s); err != nil {
					t.Error(err)
				}
				_ = s.Close()
			})
		}
		wg.Wait()
		o.Table = table()
		for range 8 {
			s := open(t, o)
			s.sql.create = s.sql.create[1:]
			wg.Go(func() {
				if err := reads(t, s); err != nil {
					t.Errorf("without the lock: %v", err)
				}
				_ = s.Close()
			})
		}
		wg.Wait()
	}
}

// sweeps lets objects expire and counts the rows that are left after further puts.
func sweeps(t *testing.T, server *cachetest.Postgres) {
	s := open(t, Options{URL: server.URL(), Table: table(), TTL: time.Hour})
	var all []objstore.Object
	for i := range 300 {
		all = append(all, blob(fmt.Sprint(i)))
	}
	put := func(objects ...objstore.Object) {
		if err := s.Put(t.Context(), objects); err != nil {
			t.Fatal(err)
		}
	}
	rows := func() (n int) {
		if err := s.pool.QueryRow(t.Context(), "SELECT count(*) FROM "+s.sql.table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	put(all[:200]...)
	server.Exec(t, "UPDATE "+s.sql.table+" SET expires = now()")
	put(all[200:210]...)
	if got := rows(); got != 190 {
		t.Errorf("after 10 new ones there are %d rows, want 200 - 20 + 10", got)
	}
	put(all[210:]...)
	if got := rows(); got != 100 {
		t.Errorf("after 90 more there are %d rows, want those that have not expired", got)
	}
	forever := open(t, Options{URL: server.URL(), Table: strings.Trim(s.sql.table, `"`)})
	if err := forever.Put(t.Context(), all[:1]); err != nil {
		t.Fatal(err)
	}
	server.Exec(t, "UPDATE "+s.sql.table+" SET expires = now() WHERE expires IS NOT NULL")
	put(all[1:100]...)
	if got := rows(); got != 100 {
		t.Errorf("there are %d rows, want 99 new ones and the one without an end", got)
	}
}

// fewRights reads and writes as users who may not do all of it.
func fewRights(t *testing.T, server *cachetest.Postgres) {
	owner := open(t, Options{URL: server.URL()})
	if err := reads(t, owner); err != nil {
		t.Fatal(err)
	}
	server.Exec(t, "CREATE ROLE writer LOGIN PASSWORD 'w'; CREATE ROLE reader LOGIN PASSWORD 'r'")
	server.Exec(t, "GRANT SELECT, INSERT, UPDATE, DELETE ON "+owner.sql.table+" TO writer; GRANT SELECT ON "+owner.sql.table+" TO reader")
	at := func(user string) string {
		return "postgres://" + user + "@" + server.Addr + "/postgres?sslmode=disable"
	}
	// A writer who may make no table uses the table that is there.
	if err := reads(t, open(t, Options{URL: at("writer:w"), TTL: time.Hour})); err != nil {
		t.Errorf("writer: %v", err)
	}
	if err := reads(t, open(t, Options{URL: at("writer:w"), Table: "another"})); code(err) != "42501" || !strings.Contains(err.Error(), "grant") {
		t.Errorf("writer without a table: %v", err)
	}
	reader := open(t, Options{URL: at("reader:r")})
	if err := reads(t, reader); code(err) != "42501" || !strings.Contains(err.Error(), "grant") {
		t.Errorf("reader writes: %v", err)
	}
	if got, err := reader.Get(t.Context(), []gitobj.ID{blob("x").ID}); err != nil || !got[0].Held() {
		t.Errorf("reader: got %v, error %v", got, err)
	}
}

func TestOpenSaysNoSecrets(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "s3cret", "host=h password=s3cret", "http://u:s3cret@host", "postgres://u:s3cret@host:port/db", "postgres://u:%s3cret@host", "postgres://u:a s3cret@host:x/",
		"postgres://u:s3cret@host/db?sslmode=s3cret-mode&password=s3cret", "postgres://u:s3cret@host/db?sslrootcert=/nowhere/ca.pem&sslmode=verify-full",
		"postgres://u:s3/cret@host/db", "postgres://[::1:s3cret@host/", "postgres://u:s3cret@host/db?pool_max_conns=s3cret", "\x7fpostgres://u:s3cret@host",
	} {
		_, err := Open(t.Context(), Options{URL: url})
		if err == nil {
			t.Errorf("%q is accepted", url)
			continue
		}
		if strings.Contains(err.Error(), "s3") || strings.Contains(err.Error(), "cret") {
			t.Errorf("%q: %v", url, err)
		}
	}
	for _, o := range []Options{{Table: `x"; DROP TABLE y; --`}, {Table: "a.b.c"}, {Table: "."}, {Table: strings.Repeat("x", 56)}, {TTL: -1}, {MaxObjectSize: -1}} {
		o.URL = "postgres://host/db"
		if _, err := Open(t.Context(), o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

func TestWithoutAServer(t *testing.T) {
	t.Parallel()
	err := reads(t, open(t, Options{URL: "postgres://u:s3cret@127.0.0.1:1/db"}))
	if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "127.0.0.1:1") || !strings.Contains(err.Error(), "check that the server runs") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := open(t, Options{URL: "postgres://u@127.0.0.1:1/db"}).Put(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context: %v", err)
	}
}

func BenchmarkStore(b *testing.B) {
	server := cachetest.StartPostgres(b)
	b.Run("postgres", func(b *testing.B) {
		objstoretest.Benchmark(b, func(t testing.TB) objstore.Store { return open(t, Options{URL: server.URL(), Table: table()}) })
	})
}
