package objstore_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// anyHints is a store with hint records of any length.
type anyHints struct {
	objstore.None
	hints map[string][]byte
}

func (n *anyHints) Hint(_ context.Context, key string) ([]byte, error) { return n.hints[key], nil }

func (n *anyHints) SetHint(_ context.Context, key string, value []byte) error {
	n.hints[key] = value
	return nil
}

func TestHintsAreAnAbilityThatAStoreMayLack(t *testing.T) {
	if err := objstore.SetHint(t.Context(), &objstore.None{}, "key", []byte("value")); err != nil {
		t.Errorf("SetHint on a store without hint records: %v", err)
	}
	if got, err := objstore.Hint(t.Context(), &objstore.None{}, "key"); got != nil || err != nil {
		t.Errorf("Hint of a store without hint records: %q, %v", got, err)
	}
	s := &anyHints{hints: map[string][]byte{}}
	if err := objstore.SetHint(t.Context(), s, "key", []byte("value")); err != nil {
		t.Fatal(err)
	}
	if got, err := objstore.Hint(t.Context(), s, "key"); string(got) != "value" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestHintsAreShort(t *testing.T) {
	s := &anyHints{hints: map[string][]byte{"long": bytes.Repeat([]byte("x"), objstore.MaxHint+1)}}
	if got, err := objstore.Hint(t.Context(), s, "long"); got != nil || err == nil {
		t.Errorf("a hint record of %d bytes was handed on, error %v", len(got), err)
	}
	if err := objstore.SetHint(t.Context(), s, "new", s.hints["long"]); err == nil || s.hints["new"] != nil {
		t.Errorf("a hint record that is too long was set, error %v", err)
	}
}

func TestHintKeyTellsPartsApart(t *testing.T) {
	if a, b := objstore.HintKey("ab", "c"), objstore.HintKey("a", "bc"); a == b || len(a) != 64 {
		t.Errorf("keys %q and %q", a, b)
	}
}
