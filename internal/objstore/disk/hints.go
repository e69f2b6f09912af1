package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Hint reads the file of a hint record.
func (s *Store) Hint(ctx context.Context, key string) ([]byte, error) {
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	path, err := s.hintPath(key)
	if err != nil {
		return nil, err
	}
	v, err := s.fresh(path, objstore.MaxHint, s.now(), nil)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, errSpoiled):
		return nil, fmt.Errorf("object cache in %s: file %s: %w", s.Directory(), path, err)
	case err != nil:
		return nil, fmt.Errorf("object cache in %s: %w", s.Directory(), err)
	}
	return v.data, nil
}

// SetHint replaces the file of a hint record.
func (s *Store) SetHint(ctx context.Context, key string, value []byte) error {
	if err := s.check(ctx); err != nil {
		return err
	}
	path, err := s.hintPath(key)
	if err != nil {
		return err
	}
	n, err := s.put(path, kindHint, s.now(), value)
	if err == nil {
		err = s.grow(n)
	}
	if err != nil {
		return fmt.Errorf("object cache in %s: %w", s.Directory(), err)
	}
	return nil
}
