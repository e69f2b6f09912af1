package provider

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/disk"
)

// lateStore takes the first object at once; the next ones take a while, and do not fit.
type lateStore struct {
	objstore.None
	puts int
	late time.Duration
}

func (s *lateStore) Put(ctx context.Context, _ []objstore.Object) error {
	if s.puts++; s.puts == 1 {
		return nil
	}
	select {
	case <-time.After(s.late):
		return errors.New("no space left on device")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// guardedBy returns a cache in front of s that was given two objects.
func guardedBy(t *testing.T, s objstore.Store) *cache {
	t.Helper()
	c := &cache{trouble: newTrouble(disk.Backend, objstore.Config{})}
	c.guarded = objstore.NewGuarded(s, objstore.GuardOptions{Warn: c.trouble.add})
	t.Cleanup(func() { _ = c.guarded.Close() })
	var objects []objstore.Object
	for _, text := range []string{"one", "two"} {
		objects = append(objects, objstore.Object{ID: gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(text)), Kind: gitobj.KindBlob, Data: []byte(text)})
	}
	if err := c.guarded.Put(t.Context(), objects); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheLastAnswerTellsOfACacheThatIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := guardedBy(t, &lateStore{late: patience / 2})
		if told := c.warnings(); len(told) != 1 {
			t.Errorf("told %v, want one warning", told)
		}
		if told := c.warnings(); len(told) != 0 {
			t.Errorf("told again: %v", told)
		}
	})
}

func TestASlowCacheCostsAllAnswersTogetherALittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := guardedBy(t, &lateStore{late: time.Hour})
		began := time.Now()
		for range 10 {
			c.warnings()
		}
		if took := time.Since(began); took != patience {
			t.Errorf("ten answers waited %s, want %s", took, patience)
		}
	})
}
