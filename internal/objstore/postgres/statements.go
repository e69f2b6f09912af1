package postgres

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// DefaultTable is the table's name when the options leave it out.
const DefaultTable = "nanogit_objects"

// name is the form of a table's or schema's name. PostgreSQL has room for 63 bytes, of which the
// index adds 8.
var name = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,54}$`)

// statements are the SQL for a table.
type statements struct {
	table                          string // quoted
	create                         []string
	get, put, sweep, hint, setHint string
}

// statementsFor returns the statements for a table, and an error if that is no name of a table.
func statementsFor(table string) (statements, error) {
	if table == "" {
		table = DefaultTable
	}
	parts := strings.Split(table, ".")
	for _, p := range parts {
		if len(parts) > 2 || !name.MatchString(p) {
			return statements{}, fmt.Errorf("postgres object cache: table %q is not a name of up to 55 letters, digits and underscores, "+
				"with or without a schema's name and a dot before it", table)
		}
	}
	t := pgx.Identifier(parts).Sanitize()
	index := pgx.Identifier{parts[len(parts)-1] + "_expires"}.Sanitize()
	upsert := func(rows, where string) string {
		return `INSERT INTO ` + t + ` AS held (id, value, expires) SELECT n.id, n.value, now() + make_interval(secs => $3) FROM ` + rows + ` AS n (id, value)
			ON CONFLICT (id) DO UPDATE SET value = excluded.value, expires = excluded.expires` + where
	}
	const fresh = `(expires IS NULL OR expires > now())`
	return statements{
		table: t,
		create: []string{
			// Two processes that make a table at once would fail on the catalogue: this lock holds
			// all others until the transaction ends.
			`SELECT pg_advisory_xact_lock(hashtext('nanogit object cache'))`,
			`CREATE UNLOGGED TABLE IF NOT EXISTS ` + t + ` (id bytea PRIMARY KEY, value bytea NOT NULL, expires timestamptz)`,
			`CREATE INDEX IF NOT EXISTS ` + index + ` ON ` + t + ` (expires) WHERE expires IS NOT NULL`,
		},
		// A value may be anything: a value that is too long for a record does not leave the server.
		get:  `SELECT id, value FROM ` + t + ` WHERE id = ANY($1::bytea[]) AND octet_length(value) <= $2::bigint AND ` + fresh,
		hint: `SELECT value FROM ` + t + ` WHERE id = $1::bytea AND octet_length(value) <= $2::bigint AND ` + fresh,
		put: upsert(`unnest($1::bytea[], $2::bytea[])`,
			` WHERE held.value IS DISTINCT FROM excluded.value OR held.expires <= now()`),
		setHint: upsert(`(VALUES ($1::bytea, $2::bytea))`, ``),
		// Rows that another writer has locked are left to that writer: no writer waits.
		sweep: `DELETE FROM ` + t + ` WHERE id IN (SELECT id FROM ` + t + ` WHERE expires <= now() LIMIT $1::bigint FOR UPDATE SKIP LOCKED)`,
	}, nil
}

// The codes of the server that are told apart (PostgreSQL, appendix A).
const (
	uniqueViolation = "23505"
	undefinedTable  = "42P01"
	duplicateTable  = "42P07"
	duplicateObject = "42710" // of the row type that a table has
)

// code is the server's code of an error, or "".
func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}
