package gitpack

import (
	"bytes"

	"github.com/klauspost/compress/zlib"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// packWriter writes packs byte by byte, also such as no Git writes.
type packWriter struct {
	buf bytes.Buffer
	z   *zlib.Writer
}

func (p *packWriter) header(n uint32) { p.buf.Write(AppendPackHeader(nil, n)) }

// entry writes an entry of any type, announced with any size, and returns where it begins.
func (p *packWriter) entry(typ byte, size int64, base, content []byte) int {
	at := p.buf.Len()
	p.buf.Write(appendEntryHeader(nil, gitobj.Kind(typ), size))
	p.buf.Write(base)
	if p.z == nil {
		p.z = zlib.NewWriter(nil)
	}
	p.z.Reset(&p.buf)
	if _, err := p.z.Write(content); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	if err := p.z.Close(); err != nil {
		panic(err)
	}
	return at
}

func (p *packWriter) object(k gitobj.Kind, content []byte) int {
	return p.entry(byte(k), int64(len(content)), nil, content)
}

// ofsDelta writes a delta against the entry that begins at base.
func (p *packWriter) ofsDelta(base int, delta []byte) int {
	return p.entry(typeOfsDelta, int64(len(delta)), baseDistance(p.buf.Len()-base), delta)
}

func (p *packWriter) refDelta(base gitobj.ID, delta []byte) {
	p.entry(typeRefDelta, int64(len(delta)), base.Append(nil), delta)
}

// finish writes the trailer and returns the pack.
func (p *packWriter) finish(f gitobj.Format) []byte {
	h := f.New()
	h.Write(p.buf.Bytes())
	return h.Sum(p.buf.Bytes())
}

// baseDistance is the inverse of readBaseDistance.
func baseDistance(n int) []byte {
	b := []byte{byte(n & 0x7f)}
	for n >>= 7; n > 0; n >>= 7 {
		n--
		b = append([]byte{byte(n&0x7f) | 0x80}, b...)
	}
	return b
}

// deltaOf begins a delta from a base of the first size to a result of the second.
func deltaOf(base, result int) []byte { return appendSize(appendSize(nil, base), result) }

func appendSize(b []byte, n int) []byte {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// deltaCopy appends an instruction with all seven bytes written out.
func deltaCopy(b []byte, offset, n int) []byte {
	return append(b, 0xff, byte(offset), byte(offset>>8), byte(offset>>16), byte(offset>>24), byte(n), byte(n>>8), byte(n>>16))
}

func deltaInsert(b []byte, s string) []byte { return append(append(b, byte(len(s))), s...) }
