package gitwire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReaderNext(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", MaxPayload)
	for _, tt := range []struct {
		name, in string
		want     []string // payloads; "<0>" … for special lines
		err      error
	}{
		{"nothing at all ends between lines", "", nil, io.EOF},
		{"a line, with and without a newline", "0006a\n0005b", []string{"a\n", "b"}, io.EOF},
		{"an empty payload is a line", "0004", []string{""}, io.EOF},
		{"the three special lines", "000000010002", []string{"<1>", "<2>", "<3>"}, io.EOF},
		{"upper-case lengths are read", "000Axxxxxx", []string{"xxxxxx"}, io.EOF},
		{"the longest line", "fff0" + long, []string{long}, io.EOF},
		{"one byte more is refused", "fff1" + long + "x", nil, ErrMalformed},
		{"length 3 is none", "0003", nil, ErrMalformed},
		{"a web page is no pkt-line", "<html>", nil, ErrMalformed},
		{"an end inside the length", "00", nil, io.ErrUnexpectedEOF},
		{"an end right after the length", "0008", nil, io.ErrUnexpectedEOF},
		{"an end inside the payload", "0008abc", nil, io.ErrUnexpectedEOF},
		{"an end inside a long payload", "fff0abc", nil, io.ErrUnexpectedEOF},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, in := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
				r := NewReader(in)
				var got []string
				var err error
				for err == nil {
					var l Line
					if l, err = r.Next(); err == nil && l.Kind == Data {
						got = append(got, string(l.Data))
					} else if err == nil {
						got = append(got, "<"+string('0'+rune(l.Kind))+">")
					}
				}
				r.Release()
				if !errors.Is(err, tt.err) || strings.Join(got, "|") != strings.Join(tt.want, "|") {
					t.Errorf("got %.80q, %v; want %.80q, %v", got, err, tt.want, tt.err)
				}
			}
		})
	}
}

func TestReleasedReaderIsAtItsEnd(t *testing.T) {
	t.Parallel()
	r := NewReader(strings.NewReader("0005a0005b"))
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	r.Release()
	r.Release()
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("got %v, want io.EOF", err)
	}
}

func TestReaderGivesTheStreamsOwnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	r := NewReader(io.MultiReader(strings.NewReader("0009ab"), iotest.ErrReader(broken)))
	defer r.Release()
	if _, err := r.Next(); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("0006a\n0005b00000001000200040003"))
	f.Add([]byte("fff0"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(bytes.NewReader(in))
		defer r.Release()
		var again []byte
		for {
			l, err := r.Next()
			if err != nil {
				break
			}
			switch l.Kind {
			case Data:
				again = AppendLine(again, l.Data)
			case Flush:
				again = AppendFlush(again)
			case Delim:
				again = AppendDelim(again)
			case ResponseEnd:
				again = append(again, "0002"...)
			}
		}
		if len(again) > len(in) || !bytes.EqualFold(again, in[:len(again)]) {
			t.Errorf("read and written again: %q of %q", again, in)
		}
	})
}
