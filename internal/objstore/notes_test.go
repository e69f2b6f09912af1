package objstore_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// noted is a store with notes of any length.
type noted struct {
	objstore.None
	notes map[string][]byte
}

func (n *noted) Note(_ context.Context, key string) ([]byte, error) { return n.notes[key], nil }

func (n *noted) SetNote(_ context.Context, key string, value []byte) error {
	n.notes[key] = value
	return nil
}

func TestNotesAreAnAbilityThatAStoreMayLack(t *testing.T) {
	if err := objstore.SetNote(t.Context(), &objstore.None{}, "key", []byte("value")); err != nil {
		t.Errorf("SetNote on a store without notes: %v", err)
	}
	if got, err := objstore.Note(t.Context(), &objstore.None{}, "key"); got != nil || err != nil {
		t.Errorf("Note of a store without notes: %q, %v", got, err)
	}
	s := &noted{notes: map[string][]byte{}}
	if err := objstore.SetNote(t.Context(), s, "key", []byte("value")); err != nil {
		t.Fatal(err)
	}
	if got, err := objstore.Note(t.Context(), s, "key"); string(got) != "value" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestNotesAreShort(t *testing.T) {
	s := &noted{notes: map[string][]byte{"long": bytes.Repeat([]byte("x"), objstore.MaxNote+1)}}
	if got, err := objstore.Note(t.Context(), s, "long"); got != nil || err == nil {
		t.Errorf("a note of %d bytes was handed on, error %v", len(got), err)
	}
	if err := objstore.SetNote(t.Context(), s, "new", s.notes["long"]); err == nil || s.notes["new"] != nil {
		t.Errorf("a note that is too long was set, error %v", err)
	}
}

func TestNoteKeyTellsPartsApart(t *testing.T) {
	if a, b := objstore.NoteKey("ab", "c"), objstore.NoteKey("a", "bc"); a == b || len(a) != 64 {
		t.Errorf("keys %q and %q", a, b)
	}
}
