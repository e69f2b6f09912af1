package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Note reads the file of a hint record.
func (s *Store) Note(ctx context.Context, key string) ([]byte, error) {
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	path, err := s.notePath(key)
	if err != nil {
		return nil, err
	}
	v, err := s.fresh(path, objstore.MaxNote, s.now(), nil)
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

// SetNote replaces the file of a hint record.
func (s *Store) SetNote(ctx context.Context, key string, value []byte) error {
	if err := s.check(ctx); err != nil {
		return err
	}
	path, err := s.notePath(key)
	if err != nil {
		return err
	}
	n, err := s.put(path, kindNote, s.now(), value)
	if err == nil {
		err = s.grow(n)
	}
	if err != nil {
		return fmt.Errorf("object cache in %s: %w", s.Directory(), err)
	}
	return nil
}
