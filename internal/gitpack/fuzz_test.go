package gitpack

import (
	"bytes"
	"io"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// FuzzReader reads anything as a pack. The trailer is made right, or damage would end every run
// there.
func FuzzReader(f *testing.F) {
	for _, format := range formats {
		pack, _ := smallPack(format)
		f.Add(pack[:len(pack)-format.Size()], format == gitobj.SHA256, false, int64(1<<20))
		f.Add(pack[:len(pack)-format.Size()], format == gitobj.SHA256, true, int64(300))
	}
	f.Add([]byte("PACK\x00\x00\x00\x02\x00\x00\x00\x00"), false, false, int64(0))
	f.Fuzz(func(t *testing.T, body []byte, sha256, skip bool, retained int64) {
		format := gitobj.SHA1
		if sha256 {
			format = gitobj.SHA256
		}
		h := format.New()
		h.Write(body)
		limits := Limits{MaxObjectSize: 1 << 16, MaxTotal: 1 << 20, MaxObjects: 1 << 10, MaxRetained: max(retained, 1)}
		external := func(gitobj.ID) (gitobj.Kind, []byte, bool) { return gitobj.KindBlob, []byte("hello, world\n"), skip }
		r := NewReader(bytes.NewReader(h.Sum(bytes.Clone(body))), format, limits, external)
		r.SkipBlobs = skip
		for range limits.MaxObjects + 1 {
			o, err := r.Next()
			if err != nil {
				if _, again := r.Next(); again != err {
					t.Fatalf("first %v, then %v", err, again)
				}
				return
			}
			if !o.Unresolved && (o.ID != gitobj.Hash(format, o.Kind, o.Data) || !o.Kind.Valid()) {
				t.Fatalf("%s %s has other content", o.Kind, o.ID)
			}
		}
		t.Fatal("more objects than allowed")
	})
}

func FuzzDelta(f *testing.F) {
	f.Add([]byte("hello, world\n"), deltaInsert(deltaCopy(deltaOf(13, 10), 0, 7), "git"))
	f.Add([]byte("base"), append(deltaOf(4, 4), 0x90, 4))
	f.Add(make([]byte, 1<<17), append(deltaOf(1<<17, 1<<17), 0x80, 0x84, 1))
	f.Add([]byte{}, deltaOf(0, 0))
	f.Fuzz(func(t *testing.T, from, delta []byte) {
		base, size, instructions, err := deltaSizes(delta)
		if err != nil || base != int64(len(from)) || size > 1<<20 || checkDelta(instructions, base, size) != nil {
			return
		}
		if got := applyDelta(make([]byte, 0, size), from, instructions); int64(len(got)) != size || int64(cap(got)) != size {
			t.Fatalf("%d bytes instead of %d", len(got), size)
		}
	})
}

func FuzzEncode(f *testing.F) {
	f.Add([]byte("hello"), uint8(1))
	f.Add([]byte{}, uint8(0))
	f.Fuzz(func(t *testing.T, content []byte, level uint8) {
		e, err := NewEncoder(gitobj.SHA1, int(level%10))
		if err != nil {
			t.Fatal(err)
		}
		pack := bytes.NewBuffer(AppendPackHeader(nil, 1))
		id, n, err := e.EncodeBytes(pack, gitobj.KindBlob, content)
		if err != nil || n != int64(pack.Len())-packHeaderSize {
			t.Fatalf("%d bytes, %v", n, err)
		}
		h := gitobj.SHA1.New()
		h.Write(pack.Bytes())
		r := NewReader(bytes.NewReader(h.Sum(pack.Bytes())), gitobj.SHA1, Limits{}, nil)
		if o, err := r.Next(); err != nil || o.ID != id || !bytes.Equal(o.Data, content) {
			t.Fatalf("read back %v, %v", o, err)
		}
		if _, err := r.Next(); err != io.EOF {
			t.Fatal(err)
		}
	})
}
