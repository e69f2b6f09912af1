package packstage

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// TestAnyInterleavingMatchesTheModel stages, releases, packs and reads at random, in all three
// modes in parallel. The model is a map of references. The modes must agree with it, and their
// packs must be equal.
func TestAnyInterleavingMatchesTheModel(t *testing.T) {
	t.Parallel()
	for range 5 {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 0))
			m := newModel(t, rnd)
			for range 250 {
				m.step(t)
			}
			m.finish(t)
		})
	}
}

type model struct {
	rnd      *rand.Rand
	stages   []*Stage
	contents [][]byte
	ids      []gitobj.ID
	refs     []int // by content
	open     []openPacks
	most     int64 // bytes held at most, at any time
}

// openPacks is the same pack in each mode.
type openPacks struct {
	packs []*Pack
	want  []byte
}

func newModel(t *testing.T, rnd *rand.Rand) *model {
	m := &model{rnd: rnd}
	for _, mode := range modes {
		m.stages = append(m.stages, newStage(t, Options{Mode: mode, Directory: emptyAfter(t), AutoObjects: 1 + rnd.IntN(12), AutoBytes: 3 * chunkSize}))
	}
	for i := range 40 {
		c := noise(rnd.Uint64(), rnd.IntN(2000))
		if i%13 == 12 {
			c = noise(rnd.Uint64(), rnd.IntN(4*chunkSize))
		}
		m.contents = append(m.contents, c)
		m.ids = append(m.ids, gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, c))
	}
	m.refs = make([]int, len(m.contents))
	return m
}

// step does an operation at random on an object at random, in every stage and in the model.
func (m *model) step(t *testing.T) {
	i := m.rnd.IntN(len(m.contents))
	switch op := m.rnd.IntN(20); {
	case op < 8:
		for _, s := range m.stages {
			putBytes(t, s, m.contents[i])
		}
		m.refs[i]++
	case op < 15:
		for _, s := range m.stages {
			s.Release(m.ids[i])
		}
		m.refs[i] = max(0, m.refs[i]-1)
	case op < 16:
		for _, s := range m.stages {
			if got := s.Retain(m.ids[i]); got != (m.refs[i] > 0) {
				t.Fatalf("Retain: got %v with %d references", got, m.refs[i])
			}
		}
		if m.refs[i] > 0 {
			m.refs[i]++
		}
	case op < 18:
		m.pack(t)
	case op < 19 && len(m.open) > 0:
		k := m.rnd.IntN(len(m.open))
		m.readAndClose(t, m.open[k])
		m.open = slices.Delete(m.open, k, k+1)
	}
	for _, s := range m.stages {
		m.compare(t, s, i)
	}
}

func (m *model) pack(t *testing.T) {
	var ids []gitobj.ID
	for _, i := range m.rnd.Perm(len(m.ids)) {
		if m.refs[i] > 0 && m.rnd.IntN(3) > 0 {
			ids = append(ids, m.ids[i])
		}
	}
	var o openPacks
	for _, s := range m.stages {
		p := newPack(t, s, ids...)
		got := packBytes(t, p)
		if o.want == nil {
			o.want = got
		} else if !bytes.Equal(got, o.want) {
			t.Fatalf("pack of %d objects: mode %s does not agree with the others", len(ids), s.o.Mode)
		}
		o.packs = append(o.packs, p)
	}
	m.open = append(m.open, o)
}

func (m *model) readAndClose(t *testing.T, o openPacks) {
	for _, p := range o.packs {
		if got, err := io.ReadAll(p.NewReader()); err != nil || !bytes.Equal(got, o.want) {
			t.Fatalf("mode %s: an open pack changed, error %v", p.s.o.Mode, err)
		}
		p.Close()
	}
}

// compare checks an object and the counts of the stage.
func (m *model) compare(t *testing.T, s *Stage, i int) {
	if got := s.Has(m.ids[i]); got != (m.refs[i] > 0) {
		t.Fatalf("mode %s: Has is %v with %d references", s.o.Mode, got, m.refs[i])
	}
	if m.refs[i] > 0 {
		if _, got, err := s.Bytes(m.ids[i]); err != nil || !bytes.Equal(got, m.contents[i]) {
			t.Fatalf("mode %s: content is spoiled, error %v", s.o.Mode, err)
		}
	}
	st := s.Stats()
	if s.o.Mode != Auto {
		m.most = max(m.most, st.Disk, st.Memory)
	}
	var free int64
	for _, e := range s.spool.space.free {
		free += e.len
	}
	end := s.spool.space.end
	if end != s.spooled+free || s.o.Mode != Auto && end > m.most {
		t.Fatalf("mode %s: spool of %d bytes holds %d, %d free, %d were held at most", s.o.Mode, end, s.spooled, free, m.most)
	}
	if (end == 0) != (s.spool.f == nil) {
		t.Fatalf("mode %s: spool of %d bytes, open: %v", s.o.Mode, end, s.spool.f != nil)
	}
	if s.o.Mode == Memory && st.File+st.Disk != 0 || s.o.Mode == Disk && st.Memory != 0 {
		t.Fatalf("mode %s: %+v", s.o.Mode, st)
	}
}

func (m *model) finish(t *testing.T) {
	for _, o := range m.open {
		m.readAndClose(t, o)
	}
	for _, s := range m.stages {
		for i, id := range m.ids {
			for range m.refs[i] {
				s.Release(id)
			}
		}
		if st := s.Stats(); st.Objects+int(st.Memory+st.Disk+st.File) != 0 {
			t.Errorf("mode %s: all was released, and something is left: %+v", s.o.Mode, st)
		}
	}
}

// TestSpaceIsHandedOutOnceAndTakenBack checks the books of a file against a map of its bytes.
func TestSpaceIsHandedOutOnceAndTakenBack(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	var s space
	used := map[int64]bool{}
	var held [][]extent
	most := 0
	for range 5000 {
		if rnd.IntN(2) == 0 || len(held) == 0 {
			n := int64(1 + rnd.IntN(40))
			got := s.reserve(nil, n)
			for i, e := range got {
				if i > 0 && got[i-1].end() == e.off {
					t.Fatalf("two extents that are one: %v", got)
				}
				for b := e.off; b < e.end(); b++ {
					if used[b] {
						t.Fatalf("byte %d was handed out twice", b)
					}
					used[b] = true
				}
				n -= e.len
			}
			if n != 0 {
				t.Fatalf("%d bytes too few", n)
			}
			held = append(held, got)
		} else {
			i := rnd.IntN(len(held))
			s.release(held[i])
			for _, e := range held[i] {
				for b := e.off; b < e.end(); b++ {
					delete(used, b)
				}
			}
			held = slices.Delete(held, i, i+1)
		}
		most = max(most, len(used))
		var free int64
		for i, e := range s.free {
			if e.len <= 0 || e.end() >= s.end || i > 0 && s.free[i-1].end() >= e.off {
				t.Fatalf("free list %v of a file of %d bytes", s.free, s.end)
			}
			free += e.len
		}
		if s.end != free+int64(len(used)) || s.end > int64(most) {
			t.Fatalf("file of %d bytes: %d used, %d free, at most %d were used", s.end, len(used), free, most)
		}
	}
}
