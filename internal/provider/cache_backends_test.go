package provider

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/cachetest"
)

// backend is a shared cache, empty at first, with access to its values that does not go through the
// provider. Values have the names of objects and hint records, in hexadecimal digits: 40 for an
// object, 64 for a hint record.
type backend struct {
	url  string                      // as NANOGIT_OBJECT_CACHE has it
	load func(name string) []byte    // nil if it holds no such value
	save func(name string, v []byte) // replaces a value
}

// isHint tells the name of a hint record from the name of an object.
func isHint(name string) bool { return len(name) == 64 }

var backends = map[string]func(*testing.T) backend{
	"disk": func(t *testing.T) backend {
		dir := t.TempDir()
		load, save := inFiles(t, func(name string) string {
			if isHint(name) {
				return filepath.Join(dir, "v1", "notes", name)
			}
			return filepath.Join(dir, "v1", "objects", name[:2], name[2:])
		})
		return backend{"disk:" + dir, load, save}
	},
	"redis":    onRedis,
	"postgres": onPostgres,
	"s3": func(t *testing.T) backend {
		server := cachetest.StartS3(t)
		// The environment belongs to the whole process: this server's test runs by itself.
		t.Setenv("AWS_ACCESS_KEY_ID", server.AccessKey)
		t.Setenv("AWS_SECRET_ACCESS_KEY", server.Secret)
		t.Setenv("AWS_SESSION_TOKEN", "")
		load, save := inFiles(t, func(name string) string {
			if isHint(name) {
				name = filepath.Join("notes", name)
			}
			return filepath.Join(server.Dir, server.Bucket, "some", "prefix", name)
		})
		return backend{"s3://" + server.Bucket + "/some/prefix?region=" + server.Region + "&endpoint=http://" + server.Addr, load, save}
	},
}

// onEachBackend runs a test on a cache of each type, at the same time where that is possible.
func onEachBackend(t *testing.T, run func(*testing.T, backend)) {
	t.Helper()
	for name, start := range backends {
		t.Run(name, func(t *testing.T) {
			if name != "s3" {
				t.Parallel()
			}
			run(t, start(t))
		})
	}
}

// inFiles gives access to values that lie in a file each.
func inFiles(t *testing.T, path func(name string) string) (load func(string) []byte, save func(string, []byte)) {
	return func(name string) []byte {
			v, err := os.ReadFile(path(name))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			return v
		}, func(name string, v []byte) {
			if err := os.WriteFile(path(name), v, 0o600); err != nil {
				t.Fatal(err)
			}
		}
}

// onRedis starts a server with a cache under a key prefix.
func onRedis(t *testing.T) backend {
	server := cachetest.StartRedis(t, cachetest.RedisOptions{})
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr})
	t.Cleanup(func() { _ = client.Close() })
	key := func(name string) string {
		if isHint(name) {
			return "test:note:" + name
		}
		return "test:" + name
	}
	return backend{
		url: server.URL() + "?key_prefix=test:",
		load: func(name string) []byte {
			v, err := client.Get(t.Context(), key(name)).Bytes()
			if err != nil && !errors.Is(err, goredis.Nil) {
				t.Fatal(err)
			}
			return v
		},
		save: func(name string, v []byte) {
			if err := client.SetXX(t.Context(), key(name), v, 0).Err(); err != nil {
				t.Fatal(err)
			}
		},
	}
}

// onPostgres starts a server with a cache in a table.
func onPostgres(t *testing.T) backend {
	server := cachetest.StartPostgres(t)
	c, err := pgx.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.WithoutCancel(t.Context())) })
	key := func(name string) []byte {
		if isHint(name) {
			return []byte("note:" + name)
		}
		id, err := hex.DecodeString(name)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	return backend{
		url: server.URL() + "&table=test_objects",
		load: func(name string) (v []byte) {
			err := c.QueryRow(t.Context(), "SELECT value FROM test_objects WHERE id = $1", key(name)).Scan(&v)
			if err != nil && !errors.Is(err, pgx.ErrNoRows) {
				t.Fatal(err)
			}
			return v
		},
		save: func(name string, v []byte) {
			if _, err := c.Exec(t.Context(), "UPDATE test_objects SET value = $2 WHERE id = $1", key(name), v); err != nil {
				t.Fatal(err)
			}
		},
	}
}
