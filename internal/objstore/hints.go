package objstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Hints is an ability that a store may have in addition to objects: it keeps hint records, short
// values that may be replaced, such as the commit at which a branch was read last. Any writer of a
// shared store may have written a record, so that its readers must be right with any value and
// without a value. Like objects, records may be forgotten at any time.
type Hints interface {
	// Hint returns the value that was set last under key, or nil if there is none.
	Hint(ctx context.Context, key string) ([]byte, error)
	// SetHint replaces the value under key. It is kept for as long as an object would be.
	SetHint(ctx context.Context, key string, value []byte) error
}

// MaxHint is the length of the longest hint record, in bytes.
const MaxHint = 1 << 10

// HintKey returns the key of the hint record about a subject with these parts: 64 hexadecimal
// digits, which any backend can use as a name and which hide the parts.
func HintKey(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p) // a hash's Write never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Hint returns the hint record under key: nil if s holds no such record, or keeps no records.
func Hint(ctx context.Context, s Store, key string) ([]byte, error) {
	n, ok := s.(Hints)
	if !ok {
		return nil, nil
	}
	value, err := n.Hint(ctx, key)
	if len(value) > MaxHint {
		return nil, fmt.Errorf("object store answered a hint record of %d bytes, and none is longer than %d", len(value), MaxHint)
	}
	return value, err
}

// SetHint sets the hint record under key, if s keeps records.
func SetHint(ctx context.Context, s Store, key string, value []byte) error {
	if len(value) > MaxHint {
		return fmt.Errorf("a hint record of %d bytes is longer than %d", len(value), MaxHint)
	}
	if n, ok := s.(Hints); ok {
		return n.SetHint(ctx, key, value)
	}
	return nil
}
