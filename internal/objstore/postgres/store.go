// Package postgres keeps objects in a table of a PostgreSQL database.
//
//	Get(ids)     ──► SELECT … WHERE id = ANY($1)               a single round trip
//	Put(objects) ──► INSERT … FROM unnest($1, $2) ON CONFLICT  for each 4 MiB, about, in the order of ids
//	                 DELETE … WHERE expires <= now() LIMIT     twice as many as were written, with a TTL only
//
//	id      bytea, primary key    an object's 20 or 32 bytes, as the object format has it; "note:" and the key of a hint record
//	value   bytea                 a record (package remote); the value of a hint record
//	expires timestamptz           by the server's clock; null for never
//
// The table is made, unlogged, by the first Put that does not find it: a cache need not survive a
// crash of the server, and so costs its log and its replicas nothing. A table that is there already
// is used as it is.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/remote"
)

// The most that goes in a statement.
const (
	writeCount = 1024    // objects
	writeSize  = 4 << 20 // bytes, about
)

// hintMark begins the id of a hint record, which is thereby longer than an object's.
const hintMark = "note:"

// Options are the location of the database and the form in which objects are kept there.
type Options struct {
	// URL is postgres://[user[:password]@]host[:port]/database, with settings of libpq in its query
	// (sslmode, sslrootcert); settings that it leaves out come from the PG… environment and from
	// ~/.pgpass.
	// It is required.
	URL string
	// Table is the table's name, with a schema's name and a dot before it if that is not the first
	// in the search path; letters, digits and underscores, the case is kept. "" is DefaultTable.
	Table string
	// TTL is the time for which an object is kept after it was put; 0 is without end.
	TTL time.Duration
	// MaxObjectSize is the largest content that is kept or read, in bytes; 0 is
	// objstore.DefaultMaxObjectSize.
	MaxObjectSize int64
}

// Store is an objstore.Store with objstore.Hints.
type Store struct {
	pool      *pgxpool.Pool
	site      *remote.Site
	sql       statements
	ttl       *float64 // seconds; nil is without end
	maxObject int64
	open      remote.Open
}

// Open returns a store. It does not connect: the only errors are those of the options, and they
// have no secrets.
func Open(_ context.Context, o Options) (*Store, error) {
	if o.TTL < 0 || o.MaxObjectSize < 0 {
		return nil, fmt.Errorf("postgres object cache: ttl %s and max_object_size %d must not be negative", o.TTL, o.MaxObjectSize)
	}
	s := &Store{maxObject: o.MaxObjectSize}
	if s.maxObject == 0 {
		s.maxObject = objstore.DefaultMaxObjectSize
	}
	if o.TTL > 0 {
		seconds := o.TTL.Seconds()
		s.ttl = &seconds
	}
	var err error
	if s.sql, err = statementsFor(o.Table); err != nil {
		return nil, err
	}
	config, err := parse(o.URL, s.maxObject)
	if err != nil {
		return nil, err
	}
	s.site = site(config)
	// The pool outlives the call, and Close ends it. It connects when it is first asked.
	if s.pool, err = pgxpool.NewWithConfig(context.Background(), config); err != nil {
		return nil, s.site.Fail("open", err)
	}
	return s, nil
}

// Get reads all ids with a single query. A value that is no record is a miss and
// objstore.ErrCorrupt.
func (s *Store) Get(ctx context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	if err := s.open.Check(ctx); err != nil {
		return objstore.Missing(ids), err
	}
	a := remote.NewAnswer(ids, s.maxObject)
	if len(a.IDs()) == 0 {
		return a.Objects, nil
	}
	err := s.read(ctx, a)
	if code(err) == undefinedTable {
		err = nil // nothing was put yet
	}
	if err = s.open.Cause(ctx, err); err == nil {
		err = a.Damage()
	}
	return a.Objects, s.fail(fmt.Sprintf("get %d objects", len(ids)), err)
}

func (s *Store) read(ctx context.Context, a *remote.Answer) error {
	keys := make([][]byte, len(a.IDs()))
	for i, id := range a.IDs() {
		keys[i] = id.Append(nil)
	}
	rows, err := s.pool.Query(ctx, s.sql.get, keys, s.maxObject+remote.RecordOverhead)
	if err != nil {
		return err
	}
	defer rows.Close()
	for !a.Full() && rows.Next() {
		var key, record []byte // a copy each
		if err := rows.Scan(&key, &record); err != nil {
			return err
		}
		id, err := gitobj.IDFromBytes(key)
		if err != nil {
			return fmt.Errorf("%w: %w", objstore.ErrCorrupt, err)
		}
		a.Add(id, record)
	}
	return rows.Err()
}

// Put writes objects in statements of about 4 MiB, each a transaction of its own. An object that is
// held is left alone, unless it has expired or its value is another than it would be now. With a
// TTL, some of the expired objects are removed.
func (s *Store) Put(ctx context.Context, objects []objstore.Object) error {
	if err := s.open.Check(ctx); err != nil {
		return err
	}
	if err := objstore.Validate(objects); err != nil {
		return err
	}
	err := remote.Batches(objects, s.maxObject, writeCount, writeSize, func(batch []remote.Entry) error {
		keys, values := make([][]byte, len(batch)), make([][]byte, len(batch))
		for i, e := range batch {
			keys[i], values[i] = e.ID.Append(nil), e.Record
		}
		if err := s.write(ctx, s.sql.put, keys, values); err != nil {
			return err
		}
		if s.ttl == nil {
			return nil
		}
		_, err := s.pool.Exec(ctx, s.sql.sweep, 2*len(batch))
		return err
	})
	return s.fail(fmt.Sprintf("put %d objects", len(objects)), s.open.Cause(ctx, err))
}

// write runs an insertion, and makes the table if it is missing.
func (s *Store) write(ctx context.Context, sql string, key, value any) error {
	_, err := s.pool.Exec(ctx, sql, key, value, s.ttl)
	if code(err) != undefinedTable {
		return err
	}
	if err := s.create(ctx); err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, sql, key, value, s.ttl)
	return err
}

// create makes the table. Of many writers at once the first makes it, and the others wait for that.
func (s *Store) create(ctx context.Context) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		for _, sql := range s.sql.create {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	switch code(err) {
	case duplicateTable, duplicateObject, uniqueViolation: // a program that does not take this lock made it
		return nil
	}
	if err != nil {
		return fmt.Errorf("create table %s: %w", s.sql.table, err)
	}
	return nil
}

// Hint returns the value under key.
func (s *Store) Hint(ctx context.Context, key string) ([]byte, error) {
	if err := s.open.Check(ctx); err != nil {
		return nil, err
	}
	var value []byte
	err := s.pool.QueryRow(ctx, s.sql.hint, []byte(hintMark+key), objstore.MaxHint).Scan(&value)
	if errors.Is(err, pgx.ErrNoRows) || code(err) == undefinedTable {
		return nil, nil
	}
	if err != nil {
		return nil, s.fail("read a hint record", s.open.Cause(ctx, err))
	}
	return value, nil
}

// SetHint replaces the value under key; it lasts for the TTL.
func (s *Store) SetHint(ctx context.Context, key string, value []byte) error {
	if err := s.open.Check(ctx); err != nil {
		return err
	}
	err := s.write(ctx, s.sql.setHint, []byte(hintMark+key), append([]byte{}, value...))
	return s.fail("write a hint record", s.open.Cause(ctx, err))
}

// Close closes the connections. A second Close does nothing.
func (s *Store) Close() error {
	if s.open.Close() {
		s.pool.Close()
	}
	return nil
}

// fail adds the location and the next step to an error, save ErrClosed, which callers tell apart.
func (s *Store) fail(op string, err error) error {
	if errors.Is(err, objstore.ErrClosed) {
		return err
	}
	return s.site.Fail(op, err)
}
