package cachetest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Postgres is a PostgreSQL server with an empty database, which outlives Kill. Its only user is
// postgres.
type Postgres struct {
	process
	Addr     string // host:port
	Password string // of the user postgres
}

// StartPostgres makes a database and starts its server for a test.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	initdb, server := postgresProgram("initdb"), postgresProgram("postgres")
	if initdb == "" || server == "" {
		absent(t, "PostgreSQL's initdb and postgres are neither on PATH nor in /usr/lib/postgresql", "install the package postgresql")
	}
	owner := ownerOf(t)
	dir, port := directory(t), freePort(t)
	s := &Postgres{Addr: loopback(port), Password: "pw-of-the-test"}
	secret := filepath.Join(dir, "password")
	if err := os.WriteFile(secret, []byte(s.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	owner.give(t, dir, secret)
	as := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
		owner.run(cmd)
		return cmd
	}
	data := filepath.Join(dir, "data")
	out, err := as(initdb, "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "--no-locale", "--no-sync").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	s.process = process{t: t, name: "postgres", listens: "database system is ready to accept connections", ping: s.ping, quit: syscall.SIGQUIT, command: func() *exec.Cmd {
		return as(server, "-D", data, "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-k", "", "-F",
			"-c", "max_connections=100", "-c", "shared_buffers=32MB", "-c", "dynamic_shared_memory_type=mmap")
	}}
	s.start()
	return s
}

// URL is where the database is, with the password.
func (s *Postgres) URL() string {
	return "postgres://postgres:" + s.Password + "@" + s.Addr + "/postgres?sslmode=disable"
}

func (s *Postgres) ping(ctx context.Context) error {
	c, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return err
	}
	return c.Close(ctx)
}

// Exec runs SQL as the superuser.
func (s *Postgres) Exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(t.Context())) }()
	if _, err := c.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// postgresProgram finds a program of PostgreSQL; Debian keeps these outside of PATH, by version. ""
// says that it is missing.
func postgresProgram(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name) // the pattern is well formed
	if len(found) == 0 {
		return ""
	}
	slices.Sort(found)
	return found[len(found)-1]
}
