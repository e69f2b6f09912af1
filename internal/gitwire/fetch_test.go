package gitwire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

func TestFetchAppend(t *testing.T) {
	t.Parallel()
	a, b, c := id(t, hexA), id(t, hexB), id(t, hexC)
	for _, tt := range []struct {
		name string
		in   Fetch
		want string // "" for an error
	}{
		{
			"a shallow, filtered commit",
			Fetch{Wants: []gitobj.ID{a}, Depth: 1, Filter: "blob:none"},
			wire("command=fetch\n", "delim", "no-progress\n", "ofs-delta\n", "filter blob:none\n", "deepen 1\n", "want "+hexA+"\n", "done\n", "flush"),
		},
		{
			"wants before haves",
			Fetch{Wants: []gitobj.ID{a}, Haves: []gitobj.ID{b}},
			wire("command=fetch\n", "delim", "no-progress\n", "ofs-delta\n", "want "+hexA+"\n", "have "+hexB+"\n", "done\n", "flush"),
		},
		{
			"deltas against Haves",
			Fetch{Wants: []gitobj.ID{a}, Haves: []gitobj.ID{b}, Thin: true},
			wire("command=fetch\n", "delim", "no-progress\n", "ofs-delta\n", "thin-pack\n", "want "+hexA+"\n", "have "+hexB+"\n", "done\n", "flush"),
		},
		{
			"SHA-256 is named",
			Fetch{Wants: []gitobj.ID{c}, Format: gitobj.SHA256},
			wire("command=fetch\n", "object-format=sha256\n", "delim", "no-progress\n", "ofs-delta\n", "want "+hexC+"\n", "done\n", "flush"),
		},
		{
			"a bound on objects asks for progress",
			Fetch{Wants: []gitobj.ID{a}, MaxObjects: 5},
			wire("command=fetch\n", "delim", "ofs-delta\n", "want "+hexA+"\n", "done\n", "flush"),
		},
		{"nothing wanted", Fetch{}, ""},
		{"an id of another format", Fetch{Wants: []gitobj.ID{c}}, ""},
		{"the zero id", Fetch{Wants: []gitobj.ID{{}}}, ""},
		{"a filter of two lines", Fetch{Wants: []gitobj.ID{a}, Filter: "blob:none\nwant"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.in.Append(nil)
			if err == nil && string(got) != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestOpenPack(t *testing.T) {
	t.Parallel()
	pack := wire("\x01PA", "\x02counting", "\x01CK", "flush")
	for _, tt := range []struct {
		name, in string
		err      error
		said     string
	}{
		{name: "the pack alone", in: wire("packfile\n") + pack},
		{name: "after other sections", in: wire("shallow-info\n", "shallow "+hexA+"\n", "delim", "wanted-refs\n", hexA+" HEAD\n", "delim", "packfile\n") + pack},
		{name: "an empty section", in: wire("shallow-info\n", "delim", "packfile\n") + pack},
		{name: "no pack", in: wire("shallow-info\n", "shallow "+hexA+"\n", "flush"), err: ErrNoPack},
		{name: "nothing but NAK", in: wire("acknowledgments\n", "NAK\n", "flush"), err: ErrNoPack},
		{name: "only a flush line", in: wire("flush"), err: ErrNoPack},
		{name: "two delimiters", in: wire("delim", "delim"), err: ErrMalformed},
		{name: "an unknown section", in: wire("surprise\n"), err: ErrMalformed},
		{name: "cut before the pack", in: wire("shallow-info\n", "shallow "+hexA+"\n"), err: io.ErrUnexpectedEOF},
		{name: "nothing", in: "", err: io.ErrUnexpectedEOF},
		{name: "refused", in: wire("ERR upload-pack: not our ref " + hexA + "\n"), said: "upload-pack: not our ref " + hexA},
		{name: "refused inside a section", in: wire("shallow-info\n", "ERR no\n"), said: "no"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := NewReader(strings.NewReader(tt.in))
			defer r.Release()
			s, err := Fetch{}.Open(r)
			var said *ServerError
			switch {
			case tt.said != "":
				if !errors.As(err, &said) || said.Text != tt.said {
					t.Errorf("got %v, want %q", err, tt.said)
				}
			case !errors.Is(err, tt.err):
				t.Errorf("got %v, want %v", err, tt.err)
			case err == nil:
				if got, err := io.ReadAll(s); string(got) != "PACK" || err != nil {
					t.Errorf("got %q, %v; want PACK", got, err)
				}
			}
		})
	}
}

func FuzzOpenPack(f *testing.F) {
	f.Add([]byte(wire("shallow-info\n", "shallow "+hexA+"\n", "delim", "packfile\n", "\x01PACK", "flush")))
	f.Add([]byte(wire("packfile\n", "\x02Enumerating objects: 12", "\x0234, done.\n", "\x01PACK", "flush")))
	f.Add([]byte(wire("packfile\n", "\x03fatal")))
	f.Add([]byte(wire("ERR no\n")))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(bytes.NewReader(in))
		defer r.Release()
		s, err := Fetch{MaxObjects: 1_000}.Open(r)
		if err != nil {
			return
		}
		if n, _ := io.Copy(io.Discard, s); n > int64(len(in)) {
			t.Errorf("%d bytes from %d", n, len(in))
		}
	})
}
