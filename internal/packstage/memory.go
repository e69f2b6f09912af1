package packstage

import (
	"io"
	"os"
	"sync"
)

// slabSize is the number of bytes of memory that are taken from the system at a time. The part of
// the last slab that is never written costs nothing: the system provides pages when they are
// touched.
const slabSize = 1 << 20

// slabs is a file in memory, for Memory mode. On Unix it lies outside of the garbage collector's
// heap, which would keep half as much again free for garbage (more with the usual GOGC), and would
// return freed memory only some time after a push: TestTheModesDifferInMemoryAndInNothingElse
// weighs the whole provider.
type slabs struct {
	mu     sync.RWMutex // held for reading by calls that read or write bytes, which never overlap
	slabs  [][]byte
	closed bool
}

// createMemory makes an empty file in memory; it ignores the directory.
func createMemory(string) (file, error) { return new(slabs), nil }

// WriteAt implements io.WriterAt. The file grows as needed; an error says that the system has no
// memory left.
func (m *slabs) WriteAt(p []byte, off int64) (int, error) {
	if err := m.grow(off + int64(len(p))); err != nil {
		return 0, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.each(p, off, func(slab, part []byte) { copy(slab, part) })
}

// ReadAt implements io.ReaderAt.
func (m *slabs) ReadAt(p []byte, off int64) (int, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.each(p, off, func(slab, part []byte) { copy(part, slab) })
}

// each calls do for the parts of p that lie in the same slab, with the bytes of the slab from there
// on.
func (m *slabs) each(p []byte, off int64, do func(slab, part []byte)) (n int, err error) {
	if m.closed {
		return 0, os.ErrClosed
	}
	for n < len(p) {
		i, at := int((off+int64(n))/slabSize), int((off+int64(n))%slabSize)
		if i >= len(m.slabs) {
			return n, io.EOF
		}
		part := p[n:min(len(p), n+slabSize-at)]
		do(m.slabs[i][at:], part)
		n += len(part)
	}
	return n, nil
}

// grow makes the file at least size bytes long.
func (m *slabs) grow(size int64) error {
	m.mu.RLock()
	enough := size <= int64(len(m.slabs))*slabSize
	m.mu.RUnlock()
	if enough {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for !m.closed && int64(len(m.slabs))*slabSize < size {
		slab, err := mapSlab()
		if err != nil {
			return err
		}
		m.slabs = append(m.slabs, slab)
	}
	return nil
}

// Truncate returns to the system the slabs that begin at size or after it.
func (m *slabs) Truncate(size int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cutLocked(size)
}

func (m *slabs) cutLocked(size int64) (err error) {
	for last := len(m.slabs) - 1; last >= 0 && int64(last)*slabSize >= size; last-- {
		if unmapErr := unmapSlab(m.slabs[last]); unmapErr != nil {
			err = unmapErr
		}
		m.slabs[last], m.slabs = nil, m.slabs[:last]
	}
	return err
}

// Close returns all slabs to the system.
func (m *slabs) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return m.cutLocked(0)
}
