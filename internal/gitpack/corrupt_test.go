package gitpack

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// smallPack has an entry of every sort.
func smallPack(f gitobj.Format) (pack []byte, want []string) {
	var p packWriter
	p.header(5)
	base := p.object(gitobj.KindBlob, []byte("hello, world\n"))
	delta := p.ofsDelta(base, deltaInsert(deltaCopy(deltaOf(13, 10), 0, 7), "git"))
	p.ofsDelta(delta, deltaCopy(deltaOf(10, 10), 0, 10))
	p.refDelta(gitobj.Hash(f, gitobj.KindBlob, []byte("hello, world\n")), deltaInsert(deltaOf(13, 2), "hi"))
	p.object(gitobj.KindTree, nil)
	return p.finish(f), []string{"hello, world\n", "hello, git", "hello, git", "hi", ""}
}

func TestSmallPackIsRead(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		pack, want := smallPack(f)
		objects, err := readAll(NewReader(bytes.NewReader(pack), f, Limits{}, nil))
		if err != nil || len(objects) != len(want) {
			t.Fatalf("%s: %d objects, %v", f, len(objects), err)
		}
		for i, o := range objects {
			if string(o.Data) != want[i] {
				t.Errorf("%s: object %d is %q, want %q", f, i, o.Data, want[i])
			}
		}
	}
}

// TestEveryFlippedBitIsNoticed damages a pack at each bit: no damaged pack may end well.
func TestEveryFlippedBitIsNoticed(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		pack, _ := smallPack(f)
		limits := Limits{MaxObjectSize: 1 << 20}
		for i := range pack {
			for bit := range 8 {
				damaged := bytes.Clone(pack)
				damaged[i] ^= 1 << bit
				pr := NewReader(bytes.NewReader(damaged), f, limits, nil)
				pr.SkipBlobs = i%2 == bit%2 // half of the cases each way
				_, err := readAll(pr)
				if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("%s: byte %d, bit %d: got %v", f, i, bit, err)
				}
			}
		}
	}
}

func TestEveryCutIsNoticed(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		pack, want := smallPack(f)
		for cut := range pack {
			objects, err := readAll(NewReader(bytes.NewReader(pack[:cut]), f, Limits{}, nil))
			if !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
				t.Fatalf("%s: cut at %d: got %v, want io.ErrUnexpectedEOF", f, cut, err)
			}
			skipping := NewReader(bytes.NewReader(pack[:cut]), f, Limits{}, nil)
			skipping.SkipBlobs = true
			if _, err := readAll(skipping); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("%s: cut at %d, without blobs: got %v, want io.ErrUnexpectedEOF", f, cut, err)
			}
			for i, o := range objects {
				if string(o.Data) != want[i] {
					t.Fatalf("%s: cut at %d: object %d is %q", f, cut, i, o.Data)
				}
			}
		}
	}
}

func TestBytesAfterTheEndAreAnError(t *testing.T) {
	t.Parallel()
	pack, _ := smallPack(gitobj.SHA1)
	for _, more := range []string{"x", strings.Repeat("x", 20), strings.Repeat("x", 100_000)} {
		if _, err := readAll(NewReader(strings.NewReader(string(pack)+more), gitobj.SHA1, Limits{}, nil)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%d bytes: got %v, want ErrCorrupt", len(more), err)
		}
	}
}

func TestCraftedPacksAreErrors(t *testing.T) {
	t.Parallel()
	blob := func(p *packWriter) int { return p.object(gitobj.KindBlob, []byte("base")) }
	unknown := gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte("unknown"))
	for name, tc := range map[string]struct {
		entries uint32
		write   func(p *packWriter)
		words   string
	}{
		"a size that is too small":       {1, func(p *packWriter) { p.entry(3, 3, nil, []byte("four")) }, "longer than it says"},
		"a size that is too large":       {1, func(p *packWriter) { p.entry(3, 5, nil, []byte("four")) }, "shorter than it says"},
		"size 0 with content":            {1, func(p *packWriter) { p.entry(3, 0, nil, []byte("x")) }, "longer than it says"},
		"type 0":                         {1, func(p *packWriter) { p.entry(0, 0, nil, nil) }, "type is 0"},
		"type 5":                         {1, func(p *packWriter) { p.entry(5, 0, nil, nil) }, "type is 5"},
		"a size without end":             {1, func(p *packWriter) { p.buf.WriteString(strings.Repeat("\xff", 20)) }, "63 bits"},
		"a base before the pack":         {2, func(p *packWriter) { p.ofsDelta(blob(p)-1, deltaOf(4, 0)) }, "outside of the pack"},
		"a base that is the delta":       {1, func(p *packWriter) { p.entry(typeOfsDelta, 2, []byte{0}, deltaOf(0, 0)) }, "outside of the pack"},
		"a base inside of an entry":      {2, func(p *packWriter) { p.ofsDelta(blob(p)+1, deltaOf(4, 0)) }, "no entry begins"},
		"a distance without end":         {1, func(p *packWriter) { p.entry(typeOfsDelta, 0, bytes.Repeat([]byte{0xff}, 20), nil) }, "outside of the pack"},
		"a base of another size":         {2, func(p *packWriter) { p.ofsDelta(blob(p), deltaOf(5, 0)) }, "base of 5 bytes"},
		"a delta without sizes":          {2, func(p *packWriter) { p.ofsDelta(blob(p), nil) }, "base size"},
		"a delta with half a size":       {2, func(p *packWriter) { p.ofsDelta(blob(p), []byte{4, 0x80}) }, "result size"},
		"a delta size of 64 bits":        {2, func(p *packWriter) { p.ofsDelta(blob(p), append(bytes.Repeat([]byte{0xff}, 9), 1)) }, "base size"},
		"a copy from beyond":             {2, func(p *packWriter) { p.ofsDelta(blob(p), deltaCopy(deltaOf(4, 4), 1, 4)) }, "beyond its base"},
		"a copy from far beyond":         {2, func(p *packWriter) { p.ofsDelta(blob(p), deltaCopy(deltaOf(4, 4), 1<<31, 1)) }, "beyond its base"},
		"a copy of 64 KiB":               {2, func(p *packWriter) { p.ofsDelta(blob(p), append(deltaOf(4, 4), 0x80)) }, "beyond its base"},
		"a copy that is cut":             {2, func(p *packWriter) { p.ofsDelta(blob(p), append(deltaOf(4, 4), 0xff, 0, 0)) }, "broken instruction"},
		"an insertion that is cut":       {2, func(p *packWriter) { p.ofsDelta(blob(p), append(deltaOf(4, 4), 4, 'a')) }, "broken instruction"},
		"the reserved instruction":       {2, func(p *packWriter) { p.ofsDelta(blob(p), append(deltaOf(4, 4), 0)) }, "broken instruction"},
		"a result that is too short":     {2, func(p *packWriter) { p.ofsDelta(blob(p), deltaInsert(deltaOf(4, 4), "abc")) }, "less than it says"},
		"a result that is too long":      {2, func(p *packWriter) { p.ofsDelta(blob(p), deltaInsert(deltaOf(4, 4), "abcde")) }, "more than it says"},
		"fewer entries than announced":   {3, func(p *packWriter) { blob(p) }, ""},
		"more entries than announced":    {1, func(p *packWriter) { blob(p); blob(p) }, "more after its end"},
		"no deflate stream":              {1, func(p *packWriter) { p.buf.WriteString("\x34abcdefgh") }, "zlib"},
		"a delta of an unknown, too big": {1, func(p *packWriter) { p.entry(typeRefDelta, 3, unknown.Append(nil), []byte("four")) }, "longer than it says"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p packWriter
			p.header(tc.entries)
			tc.write(&p)
			pack := p.finish(gitobj.SHA1)
			_, err := readAll(NewReader(bytes.NewReader(pack), gitobj.SHA1, Limits{}, nil))
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), tc.words) {
				t.Errorf("got %v, want an error with %q", err, tc.words)
			}
		})
	}
}

func TestPackHeader(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		pack string
		want error
	}{
		"no pack":          {"<html><body>", ErrCorrupt},
		"version 1":        {"PACK\x00\x00\x00\x01\x00\x00\x00\x00", ErrCorrupt},
		"version 4":        {"PACK\x00\x00\x00\x04\x00\x00\x00\x00", ErrCorrupt},
		"too many entries": {"PACK\x00\x00\x00\x02\xff\xff\xff\xff", ErrTooLarge},
		"nothing":          {"", io.ErrUnexpectedEOF},
		"half of it":       {"PACK\x00", io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := readAll(NewReader(strings.NewReader(tc.pack), gitobj.SHA1, Limits{}, nil)); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
	var p packWriter
	p.header(0)
	if objects, err := readAll(NewReader(bytes.NewReader(p.finish(gitobj.SHA1)), gitobj.SHA1, Limits{}, nil)); err != nil || len(objects) != 0 {
		t.Errorf("an empty pack: got %d objects, %v", len(objects), err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	chain := func(n int) []byte {
		var p packWriter
		p.header(uint32(n + 1))
		at := p.object(gitobj.KindBlob, []byte("base"))
		for range n {
			at = p.ofsDelta(at, deltaCopy(deltaOf(4, 4), 0, 4))
		}
		return p.finish(gitobj.SHA1)
	}
	bomb := func() []byte { // 64 KiB, 1 MiB, 16 MiB, 256 MiB, 4 GiB
		var p packWriter
		p.header(5)
		size := 64 << 10
		at := p.object(gitobj.KindBlob, make([]byte, size))
		for range 4 {
			delta := deltaOf(size, 16*size)
			for range 16 {
				for left, from := size, 0; left > 0; {
					n := min(left, 0xffffff)
					delta = deltaCopy(delta, from, n)
					left, from = left-n, from+n
				}
			}
			at, size = p.ofsDelta(at, delta), 16*size
		}
		return p.finish(gitobj.SHA1)
	}()
	zeros := func() []byte {
		var p packWriter
		p.header(1)
		p.object(gitobj.KindBlob, make([]byte, 3<<20))
		return p.finish(gitobj.SHA1)
	}()
	for name, tc := range map[string]struct {
		pack   []byte
		limits Limits
		want   error
	}{
		"a chain as deep as allowed":     {chain(10), Limits{MaxDepth: 10}, nil},
		"one deeper":                     {chain(11), Limits{MaxDepth: 10}, ErrTooLarge},
		"the deepest that git makes":     {chain(4095), Limits{}, nil},
		"one deeper than that":           {chain(4096), Limits{}, ErrTooLarge},
		"as many objects as allowed":     {chain(3), Limits{MaxObjects: 4}, nil},
		"one more":                       {chain(4), Limits{MaxObjects: 4}, ErrTooLarge},
		"a bomb of deltas":               {bomb, Limits{MaxObjectSize: 2 << 20}, ErrTooLarge},
		"a bomb in all":                  {bomb, Limits{MaxTotal: 1 << 20}, ErrTooLarge},
		"an object as large as allowed":  {zeros, Limits{MaxObjectSize: 3 << 20}, nil},
		"one byte larger":                {zeros, Limits{MaxObjectSize: 3<<20 - 1}, ErrTooLarge},
		"together as large as allowed":   {zeros, Limits{MaxTotal: 3 << 20}, nil},
		"one byte too large together":    {zeros, Limits{MaxTotal: 3<<20 - 1}, ErrTooLarge},
		"larger than all bases together": {zeros, Limits{MaxRetained: 1 << 20}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := readAll(NewReader(bytes.NewReader(tc.pack), gitobj.SHA1, tc.limits, nil)); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func TestWhatIsSkippedIsCheckedToo(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		size   int64
		limits Limits
		want   error
	}{
		"the right size":     {4, Limits{}, nil},
		"too small a size":   {3, Limits{}, ErrCorrupt},
		"too large a size":   {5, Limits{}, ErrCorrupt},
		"beyond one object":  {4, Limits{MaxObjectSize: 3}, nil},
		"beyond all objects": {4, Limits{MaxTotal: 3}, ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p packWriter
			p.header(1)
			p.entry(byte(gitobj.KindBlob), tc.size, nil, []byte("four"))
			pr := NewReader(bytes.NewReader(p.finish(gitobj.SHA1)), gitobj.SHA1, tc.limits, nil)
			pr.SkipBlobs = true
			if objects, err := readAll(pr); !errors.Is(err, tc.want) || len(objects) != 0 {
				t.Errorf("got %d objects, %v; want %v", len(objects), err, tc.want)
			}
		})
	}
}

// TestMemoryFollowsBytesNotClaims announces much and delivers nothing.
func TestMemoryFollowsBytesNotClaims(t *testing.T) {
	var object, delta packWriter
	object.header(1)
	object.entry(3, 200<<20, nil, []byte("ten bytes!"))
	delta.header(2)
	at := delta.object(gitobj.KindBlob, []byte("base"))
	delta.ofsDelta(at, deltaInsert(deltaOf(4, 200<<20), "ten bytes!"))
	for name, pack := range map[string][]byte{"an object": object.finish(gitobj.SHA1), "a delta": delta.finish(gitobj.SHA1)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := readAll(NewReader(bytes.NewReader(pack), gitobj.SHA1, Limits{}, nil)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: got %v, want ErrCorrupt", name, err)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 2<<20 {
			t.Errorf("%s of 200 MiB that is not there allocates %d bytes", name, got)
		}
	}
}
