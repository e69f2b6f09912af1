package packstage

import (
	"fmt"
	"iter"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Stage holds outgoing objects. It is safe for concurrent use.
type Stage struct {
	o        Options // without Format
	encoders *encoders

	mu       sync.Mutex
	format   gitobj.Format // of all staged objects; 0 until it is known
	closed   bool
	entries  map[gitobj.ID]*entry
	deltas   map[gitobj.ID]*entry // objects staged as deltas, which entries may hold too: see PutDelta
	memory   int64                // bytes of entries held in chunks
	inflight int64                // bytes held in chunks of objects that are still being encoded
	spooled  int64                // bytes of entries held in the spool
	spooling bool                 // new entries go to the spool; never becomes false again
	spool    spool
	packs    uint64 // the number of packs made; marks the entries of a pack
}

// entry is a staged object as a pack holds it: type and size, then the deflated content. It lies in
// chunks or in the spool, and moves from chunks to the spool at most once. So chunks stay valid for
// a reader that has them; extents stay valid while the entry is held.
type entry struct {
	chunks  [][]byte // Auto, before its move to disk; exactly as long as their content
	extents []extent // in the spool
	size    int64    // of the content, in bytes
	length  int64    // of the entry, in bytes
	refs    int32    // by callers: Put and Retain, less Release
	pins    int32    // by open packs and readers, for whom the entry stays after the last Release
	pack    uint64   // the last pack that has it
	kind    gitobj.Kind
	delta   bool // it is one of Stage.deltas
}

// New returns an empty stage. It touches no file; the error is about the options.
func New(o Options) (*Stage, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Stage{
		o:        o,
		encoders: newEncoders(*o.Level),
		format:   o.Format,
		entries:  make(map[gitobj.ID]*entry),
		deltas:   make(map[gitobj.ID]*entry),
		spooling: o.Mode != Auto,
		spool:    spool{directory: o.Directory, create: createFile},
	}
	if o.Mode == Memory {
		s.spool = spool{create: createMemory}
	}
	return s, nil
}

// SetFormat sets the object format of all staged objects. It stays once it is known: another format
// is an ErrFormat.
func (s *Stage) SetFormat(f gitobj.Format) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case f.Size() == 0:
		return fmt.Errorf("stage: %w: %d is none", ErrFormat, f)
	case s.format != 0 && s.format != f:
		return fmt.Errorf("stage: %w: %s, and it was %s before", ErrFormat, f, s.format)
	}
	s.format = f
	return nil
}

// known returns the object format, or an ErrFormat until it is known.
func (s *Stage) known() (gitobj.Format, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.format == 0 {
		return 0, fmt.Errorf("%w: not known yet", ErrFormat)
	}
	return s.format, nil
}

// Has reports whether the object is staged: put, and not released as often as it was put and
// retained.
func (s *Stage) Has(id gitobj.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heldLocked(id) != nil
}

// Sizes returns the bytes of a staged object, and of its entry in a pack. It reports false if the
// object is not staged.
func (s *Stage) Sizes(id gitobj.ID) (content, packed int64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.heldLocked(id); e != nil {
		return e.size, e.length, true
	}
	return 0, 0, false
}

// Retain adds a reference to a staged object. It reports false, and does nothing, if the object is
// not staged.
func (s *Stage) Retain(id gitobj.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.heldLocked(id)
	if e != nil {
		e.refs++
	}
	return e != nil
}

// Release removes a reference for each id; ids that are not staged are skipped. The space of an
// object without references is free at once, or when the last pack with it is closed.
func (s *Stage) Release(ids ...gitobj.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if e := s.heldLocked(id); e != nil {
			e.refs--
			s.dropLocked(id, e)
		}
	}
}

// heldLocked returns the entry that callers hold references to, or nil.
func (s *Stage) heldLocked(id gitobj.ID) *entry {
	if e := s.entries[id]; e != nil && e.refs > 0 {
		return e
	}
	return nil
}

// sameLocked returns the deltas, or the other entries.
func (s *Stage) sameLocked(delta bool) map[gitobj.ID]*entry {
	if delta {
		return s.deltas
	}
	return s.entries
}

// allLocked iterates over all entries, deltas included.
func (s *Stage) allLocked() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for _, m := range []map[gitobj.ID]*entry{s.entries, s.deltas} {
			for _, e := range m {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// unpinLocked removes a pin.
func (s *Stage) unpinLocked(id gitobj.ID, e *entry) {
	e.pins--
	s.dropLocked(id, e)
}

// dropLocked frees the entry if nothing needs it any more.
func (s *Stage) dropLocked(id gitobj.ID, e *entry) {
	if e.refs > 0 || e.pins > 0 || s.closed {
		return
	}
	delete(s.sameLocked(e.delta), id)
	if len(e.extents) > 0 {
		s.spooled -= e.length
		s.spool.release(e.extents)
	} else {
		s.memory -= e.length
	}
}

// roomLocked decides where bytes more of a number of new objects go: to the spool or, if it reports
// false, into chunks. In Auto mode it first moves the chunks to the spool when they would take too
// much memory.
func (s *Stage) roomLocked(objects int, bytes int64) (spool bool, err error) {
	switch {
	case s.closed:
		return false, ErrClosed
	case s.spooling:
		return true, nil
	case len(s.entries)+len(s.deltas)+objects <= s.o.AutoObjects && s.memory+s.inflight+bytes <= s.o.AutoBytes:
		return false, nil
	}
	if err := s.spillLocked(); err != nil {
		return false, err
	}
	return true, nil
}

// spillLocked moves the entries in memory to disk, all of them or, on error, none. It writes at
// most AutoBytes under the lock, once in the life of a stage.
func (s *Stage) spillLocked() error {
	moved := make(map[*entry][]extent, len(s.entries))
	var all []extent
	for e := range s.allLocked() {
		extents, f, err := s.spool.reserve(nil, e.length)
		all = append(all, extents...)
		if err == nil {
			if err = writeExtents(f, extents, e.chunks...); err != nil {
				err = s.spool.fault("write", err)
			}
		}
		if err != nil {
			s.spool.release(all)
			return err
		}
		moved[e] = extents
	}
	for e, extents := range moved {
		e.extents, e.chunks = extents, nil
	}
	s.spooled, s.memory, s.spooling = s.spooled+s.memory, 0, true
	return nil
}

// Stats are the sizes of a stage.
type Stats struct {
	Objects int   // staged, or still part of an open pack; deltas count in addition to whole objects
	Memory  int64 // bytes in memory, objects that are still being staged included
	Disk    int64 // bytes of objects on disk
	File    int64 // length of the temporary file in bytes; 0 without a file
	OnDisk  bool  // new objects go to disk
}

// Stats returns the current sizes of the stage.
func (s *Stage) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Stats{Objects: len(s.entries) + len(s.deltas), Memory: s.memory + s.inflight}
	if s.o.Mode == Memory {
		st.Memory += s.spooled
		return st
	}
	st.Disk, st.File, st.OnDisk = s.spooled, s.spool.space.end, s.spooling
	return st
}

// Close frees everything held, memory and file, even of open packs. Their readers fail with
// ErrClosed from then on, as do calls that are under way. A second Close does nothing.
func (s *Stage) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.memory, s.inflight, s.spooled = 0, 0, 0
	clear(s.entries)
	clear(s.deltas)
	return s.spool.close()
}

// ioError returns the error of a read or write of the file that failed: ErrClosed if the stage was
// closed meanwhile.
func (s *Stage) ioError(op string, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	return s.spool.fault(op, err)
}
