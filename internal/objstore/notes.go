package objstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Notes is an ability that a store may have beside holding objects: short values that may be
// replaced, such as the commit that a branch was last seen at. A note is a hint from an unknown
// writer. Whoever reads one must be right with any value, and with none; like objects, notes may be
// forgotten at any time.
type Notes interface {
	// Note returns the value last set under key, or nil if there is none.
	Note(ctx context.Context, key string) ([]byte, error)
	// SetNote replaces the value under key. It is kept for as long as an object would be.
	SetNote(ctx context.Context, key string, value []byte) error
}

// MaxNote is the longest value of a note, in bytes.
const MaxNote = 1 << 10

// NoteKey names a note by what it is about: 64 hexadecimal digits, which any backend can use as a
// name and which tell nobody what the parts were.
func NoteKey(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p) // a hash's Write never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Note returns what s has noted under key: nil if there is nothing, or if s keeps no notes.
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

// SetNote notes value under key, if s keeps notes.
func SetNote(ctx context.Context, s Store, key string, value []byte) error {
	if len(value) > MaxNote {
		return fmt.Errorf("a note of %d bytes is longer than %d", len(value), MaxNote)
	}
	if n, ok := s.(Notes); ok {
		return n.SetNote(ctx, key, value)
	}
	return nil
}
