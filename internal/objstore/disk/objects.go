package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Get reads files, several at once.
func (s *Store) Get(ctx context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	objects := objstore.Missing(ids)
	if err := s.check(ctx); err != nil {
		return objects, err
	}
	now := s.now()
	var spoiled spoilage
	var room objstore.Room
	err := each(ctx, len(ids), func(i int) error {
		if ids[i].Format() == 0 {
			return nil
		}
		path := s.objectPath(ids[i])
		v, err := s.fresh(path, s.maxObject, now, &room)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case errors.Is(err, errSpoiled):
			spoiled.add(path)
		case err != nil:
			return err
		case v.kind.Valid():
			objects[i].Kind, objects[i].Data = v.kind, v.data
		}
		return nil
	})
	if err != nil {
		return objects, fmt.Errorf("object cache in %s: %w", s.Directory(), err)
	}
	return objects, spoiled.err(s)
}

// spoilage collects the spoiled files of a call.
type spoilage struct {
	mu    sync.Mutex
	n     int
	first string
}

func (p *spoilage) add(path string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.n == 0 {
		p.first = path
	}
	p.n++
}

func (p *spoilage) err(s *Store) error {
	switch p.n {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("object cache in %s: file %s: %w", s.Directory(), p.first, errSpoiled)
	}
	return fmt.Errorf("object cache in %s: file %s and %d more: %w", s.Directory(), p.first, p.n-1, errSpoiled)
}

// fresh reads a file that has not expired, and sets its time of last use. An expired file is
// removed and is fs.ErrNotExist.
func (s *Store) fresh(path string, limit int64, now time.Time, room *objstore.Room) (value, error) {
	v, err := read(path, limit, room)
	if err != nil {
		return value{}, err
	}
	if s.ttl > 0 {
		if now.Sub(v.put) >= s.ttl {
			_ = os.Remove(path) // a file that stayed would keep the next put out
			return value{}, fs.ErrNotExist
		}
		return v, nil // with a TTL files are swept by the time at which they were put
	}
	if now.Sub(v.used) > usedGranularity {
		_ = os.Chtimes(path, now, now) // matters for the order of eviction only
	}
	return v, nil
}

// usedGranularity is the most by which a file's time of last use lies behind the truth: thus most
// reads write nothing.
const usedGranularity = time.Hour

// buffers are the memory in which files are put together.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// Put writes the objects that are missing, several files at once.
func (s *Store) Put(ctx context.Context, objects []objstore.Object) error {
	if err := s.check(ctx); err != nil {
		return err
	}
	if err := objstore.Validate(objects); err != nil {
		return err
	}
	now := s.now()
	var grown atomic.Int64
	err := each(ctx, len(objects), func(i int) error {
		o := objects[i]
		if int64(len(o.Data)) > s.maxObject {
			return nil
		}
		path := s.objectPath(o.ID)
		if _, err := s.fresh(path, s.maxObject, now, nil); err == nil {
			return nil
		}
		n, err := s.put(path, o.Kind, now, o.Data)
		grown.Add(n)
		return err
	})
	err = errors.Join(err, s.grow(grown.Load()))
	if err != nil {
		return fmt.Errorf("object cache in %s: %w", s.Directory(), err)
	}
	return nil
}

// put writes a value and returns the room that it takes.
func (s *Store) put(path string, kind gitobj.Kind, now time.Time, data []byte) (int64, error) {
	b, _ := buffers.Get().(*[]byte)
	*b = appendValue((*b)[:0], path, kind, now, data)
	n := room(int64(len(*b)))
	err := s.write(path, *b)
	if cap(*b) <= 64<<10 { // larger buffers are rare
		buffers.Put(b)
	}
	if err == nil {
		return n, nil
	}
	// On Windows a file that another process reads cannot be replaced. That file is the value that
	// was to be put.
	if v, readErr := s.fresh(path, s.maxObject, now, nil); readErr == nil && kind.Valid() && v.kind == kind {
		return 0, nil
	}
	return 0, err
}
