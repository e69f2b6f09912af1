package packstage

import "slices"

// extent is a run of bytes in the file: from off up to, but not including, off+len.
type extent struct{ off, len int64 }

func (e extent) end() int64 { return e.off + e.len }

// space keeps track of which bytes of a file are reserved: all bytes below end but those in free.
// The byte before end is always reserved. So end is never more than the most bytes that were
// reserved at the same time, and 0 when nothing is.
type space struct {
	end  int64
	free []extent // ascending; no extent touches another or end
}

// reserve reserves n bytes and appends their extents to dst: the free extents with the lowest
// offsets first, cut as needed, then new bytes at the end. An extent that continues the last of dst
// extends it instead.
func (s *space) reserve(dst []extent, n int64) []extent {
	for n > 0 {
		e := extent{s.end, n}
		if len(s.free) > 0 {
			f := &s.free[0]
			e = extent{f.off, min(f.len, n)}
			f.off += e.len
			f.len -= e.len
			if f.len == 0 {
				s.free = s.free[1:]
			}
		} else {
			s.end += n
		}
		n -= e.len
		if last := len(dst) - 1; last >= 0 && dst[last].end() == e.off {
			dst[last].len += e.len
		} else {
			dst = append(dst, e)
		}
	}
	return dst
}

// release frees extents that reserve returned.
func (s *space) release(extents []extent) {
	for _, e := range extents {
		s.releaseExtent(e)
	}
}

func (s *space) releaseExtent(e extent) {
	i, _ := slices.BinarySearchFunc(s.free, e.off, func(f extent, off int64) int { return int(min(max(f.off-off, -1), 1)) })
	if i < len(s.free) && s.free[i].off == e.end() {
		e.len += s.free[i].len
		s.free = slices.Delete(s.free, i, i+1)
	}
	if i > 0 && s.free[i-1].end() == e.off {
		i--
		e.off, e.len = s.free[i].off, s.free[i].len+e.len
		s.free = slices.Delete(s.free, i, i+1)
	}
	if e.end() == s.end {
		s.end = e.off
		return
	}
	s.free = slices.Insert(s.free, i, e)
}
