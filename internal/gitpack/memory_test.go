package gitpack

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/peak"
)

// makes is a delta that repeats a base until there are size bytes, a multiple of it.
func makes(base, size int) []byte {
	d := deltaOf(base, size)
	for range size / base {
		d = deltaCopy(d, 0, base)
	}
	return d
}

// TestMemoryIsBoundedWhateverAPackMakes reads packs of some kilobytes that make gigabytes. The
// objects are let go of at once.
func TestMemoryIsBoundedWhateverAPackMakes(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	for name, c := range map[string]struct {
		pack        func(p *packWriter)
		count       uint32
		large, none int // objects without their content, and without anything
	}{
		"deltas that each make 256 MiB": {func(p *packWriter) {
			base := p.object(gitobj.KindBlob, make([]byte, 8*mib))
			for range 20 {
				p.ofsDelta(base, makes(8*mib, 256*mib))
			}
		}, 21, 20, 20},
		"large objects": {func(p *packWriter) {
			for range 2 {
				p.object(gitobj.KindBlob, make([]byte, 80*mib))
			}
		}, 2, 2, 0},
		"objects that just fit": {func(p *packWriter) {
			at := p.object(gitobj.KindBlob, make([]byte, 15*mib))
			for range 20 {
				at = p.ofsDelta(at, makes(15*mib, 15*mib))
			}
		}, 21, 0, 0},
		"a long chain": {func(p *packWriter) {
			at := p.object(gitobj.KindBlob, make([]byte, mib))
			for range 2000 {
				at = p.ofsDelta(at, makes(mib, mib))
			}
		}, 2001, 0, 0},
		"deltas that are large themselves": {func(p *packWriter) {
			base := p.object(gitobj.KindBlob, []byte("base"))
			for range 2 {
				p.ofsDelta(base, append(deltaOf(4, 256*mib), make([]byte, 80*mib)...))
			}
		}, 3, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p packWriter
			p.header(c.count)
			c.pack(&p)
			pack := bytes.Clone(p.finish(gitobj.SHA1))
			p = packWriter{}
			grew := peak.Growth(t, func() {
				large, none := 0, 0
				r := NewReader(bytes.NewReader(pack), gitobj.SHA1, Limits{}, nil)
				for {
					o, err := r.Next()
					if err == io.EOF {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
					if o.Large != (o.Data == nil) {
						t.Errorf("%d bytes, large %v", len(o.Data), o.Large)
					}
					if o.Large {
						large++
					}
					if o.Unresolved {
						none++
					}
				}
				if large != c.large || none != c.none {
					t.Errorf("%d objects without their content, %d of them unresolved; want %d and %d", large, none, c.large, c.none)
				}
			})
			t.Logf("a pack of %d KiB takes %d MiB", len(pack)>>10, grew>>20)
			if grew > 64*mib {
				t.Errorf("a pack of %d KiB takes %d MiB", len(pack)>>10, grew>>20)
			}
		})
	}
}

// A large object's name and size are known although its content is not held; a limit on objects
// holds all the same.
func TestALargeObjectIsNamed(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("0123456789"), 100)
	var p packWriter
	p.header(3)
	at := p.object(gitobj.KindBlob, content)
	p.ofsDelta(at, makes(1000, 1000))
	p.object(gitobj.KindBlob, []byte("small"))
	pack := p.finish(gitobj.SHA1)
	limits := Limits{MaxInFlight: 999}
	objects, err := readAll(NewReader(bytes.NewReader(pack), gitobj.SHA1, limits, nil))
	if err != nil || len(objects) != 3 {
		t.Fatalf("%d objects, %v", len(objects), err)
	}
	large := Object{ID: gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, content), Kind: gitobj.KindBlob, Size: 1000, Large: true}
	if got := objects[0]; got.ID != large.ID || got.Kind != large.Kind || got.Size != large.Size || !got.Large || got.Data != nil || got.Unresolved {
		t.Errorf("got %+v, want %+v", got, large)
	}
	if !objects[1].Unresolved || string(objects[2].Data) != "small" {
		t.Errorf("then %+v and %q", objects[1], objects[2].Data)
	}
	limits.MaxObjectSize = 999
	if _, err := readAll(NewReader(bytes.NewReader(pack), gitobj.SHA1, limits, nil)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("beyond the limit: %v", err)
	}
}
