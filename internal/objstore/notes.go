package objstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Notes is an ability that a store may have in addition to objects: it keeps hint records, short
// values that may be replaced, such as the commit at which a branch was read last. Any writer of a
// shared store may have written a record, so that its readers must be right with any value and
// without a value. Like objects, records may be forgotten at any time.
type Notes interface {
	// Note returns the value that was set last under key, or nil if there is none.
	Note(ctx context.Context, key string) ([]byte, error)
	// SetNote replaces the value under key. It is kept for as long as an object would be.
	SetNote(ctx context.Context, key string, value []byte) error
}

// MaxNote is the length of the longest hint record, in bytes.
const MaxNote = 1 << 10

// NoteKey returns the key of the hint record about a subject with these parts: 64 hexadecimal
// digits, which any backend can use as a name and which hide the parts.
func NoteKey(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p) // a hash's Write never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Note returns the hint record under key: nil if s holds no such record, or keeps no records.
func Note(ctx context.Context, s Store, key string) ([]byte, error) {
	n, ok := s.(Notes)
	if !ok {
		return nil, nil
	}
	value, err := n.Note(ctx, key)
	if len(value) > MaxNote {
		return nil, fmt.Errorf("object store answered a note of %d bytes, and none is longer than %d", len(value), MaxNote)
	}
	return value, err
}

// SetNote sets the hint record under key, if s keeps records.
func SetNote(ctx context.Context, s Store, key string, value []byte) error {
	if len(value) > MaxNote {
		return fmt.Errorf("a note of %d bytes is longer than %d", len(value), MaxNote)
	}
	if n, ok := s.(Notes); ok {
		return n.SetNote(ctx, key, value)
	}
	return nil
}
