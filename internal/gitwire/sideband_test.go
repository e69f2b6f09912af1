package gitwire

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// band makes a line of a side-band.
func band(n byte, text string) string { return string(AppendLine(nil, string(n)+text)) }

func TestSideband(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in, data, progress string
		err                      error
		said                     string // by the server
	}{
		{name: "data of several lines is one stream", in: band(1, "ab") + band(1, "c") + "0000", data: "abc"},
		{name: "progress is told apart", in: band(2, "50%\r") + band(1, "a") + band(2, "done\n") + band(1, "b") + "0000", data: "ab", progress: "50%\rdone\n"},
		{name: "empty data keeps alive", in: band(1, "") + band(1, "") + band(1, "a") + "0000", data: "a"},
		{name: "nothing follows the flush line", in: band(1, "a") + "0000" + band(1, "b"), data: "a"},
		{name: "an end before the flush line", in: band(1, "a"), data: "a", err: io.ErrUnexpectedEOF},
		{name: "an end inside data", in: "0009\x01ab", data: "ab", err: io.ErrUnexpectedEOF},
		{name: "an end inside progress", in: "0009\x02ab", progress: "", err: io.ErrUnexpectedEOF},
		{name: "a fatal message", in: band(1, "a") + band(3, "no \x1b[31mroom\nat all\n"), data: "a", said: "no [31mroom\nat all"},
		{name: "a fatal message without words", in: band(3, ""), said: "the server reported an error without a reason"},
		{name: "an ERR line", in: band(1, "a") + "000eERR sorry\n", data: "a", said: "sorry"},
		{name: "a line that begins as an ERR line", in: "0008ERRx", err: ErrMalformed},
		{name: "no band", in: "0004", err: ErrMalformed},
		{name: "band 4", in: band(4, "a"), err: ErrMalformed},
		{name: "a delimiter", in: "0001", err: ErrMalformed},
		{name: "no length", in: "PACK", err: ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, in := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
				r := NewReader(in)
				var progress strings.Builder
				s := NewSideband(r, func(b []byte) error { _, err := progress.Write(b); return err })
				data, err := io.ReadAll(s)
				var said *ServerError
				if tt.said != "" {
					if !errors.As(err, &said) || said.Error() != tt.said {
						t.Errorf("got %v, want the server to say %q", err, tt.said)
					}
				} else if !errors.Is(err, tt.err) {
					t.Errorf("got %v, want %v", err, tt.err)
				}
				if string(data) != tt.data || tt.err == nil && progress.String() != tt.progress {
					t.Errorf("got %q and %q, want %q and %q", data, progress.String(), tt.data, tt.progress)
				}
				if _, again := s.Read(make([]byte, 1)); err != nil && again != err {
					t.Errorf("the error does not stay: %v, then %v", err, again)
				}
				r.Release()
			}
		})
	}
}

func TestSidebandPassesLargePacksUnchanged(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var wire, want []byte
	for range 20 {
		p := make([]byte, rng.IntN(MaxPayload))
		for i := range p {
			p[i] = byte(rng.Uint32())
		}
		wire, want = AppendLine(wire, append([]byte{1}, p...)), append(want, p...)
	}
	r := NewReader(bytes.NewReader(AppendFlush(wire)))
	defer r.Release()
	got, err := io.ReadAll(NewSideband(r, nil))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, %v; want %d", len(got), err, len(want))
	}
}

func BenchmarkSideband(b *testing.B) {
	var wire []byte
	line := append([]byte{1}, make([]byte, MaxPayload-1)...)
	for range 16 {
		wire = AppendLine(wire, line)
	}
	wire = AppendFlush(wire)
	buf := make([]byte, 64<<10)
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader(bytes.NewReader(wire))
		s := NewSideband(r, nil)
		for {
			if _, err := s.Read(buf); err != nil {
				break
			}
		}
		r.Release()
	}
}

func FuzzSideband(f *testing.F) {
	f.Add([]byte(band(2, "50%\r") + band(1, "data") + band(1, "") + "0000"))
	f.Add([]byte(band(1, "a") + band(3, "fatal\n")))
	f.Add([]byte("000eERR sorry\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(bytes.NewReader(in))
		defer r.Release()
		var said lines
		data, err := io.ReadAll(NewSideband(r, said.add))
		if len(data) > len(in) {
			t.Errorf("%d bytes from %d", len(data), len(in))
		}
		if err == nil && !bytes.Contains(in, []byte("0000")) {
			t.Error("a good end without a flush line")
		}
		said.list()
		if said.size[0]+said.size[1] > MaxText {
			t.Errorf("%d bytes of text kept", said.size)
		}
	})
}
