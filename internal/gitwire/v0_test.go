package gitwire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

func TestReadAdvertisement(t *testing.T) {
	t.Parallel()
	first := hexA + " HEAD\x00symref=HEAD:refs/heads/main agent=git/1.8\n"
	for _, tt := range []struct {
		name, in, want string
		err            error
	}{
		{
			"references", wire(first, hexA+" refs/heads/main\n", hexB+" refs/tags/v1\n", hexA+" refs/tags/v1^{}\n", hexB+" refs/tags/v2\n", "flush"),
			"HEAD>refs/heads/main refs/heads/main refs/tags/v1^" + hexA[:2] + " refs/tags/v2", nil,
		},
		{"an empty repository", wire(strings.Repeat("0", 40)+" capabilities^{}\x00push-options\n", "flush"), "", nil},
		{"shallow and borrowed", wire(first, "shallow "+hexB+"\n", hexB+" .have\n", "flush"), "HEAD>refs/heads/main", nil},
		{"what peels something else", wire(first, hexB+" refs/tags/v1^{}\n", "flush"), "HEAD>refs/heads/main", nil},
		{"version 2", wire("version 2\n", "agent=x\n", "flush"), "", nil},
		{"cut", wire(first, hexA+" refs/heads/main\n"), "HEAD>refs/heads/main", io.ErrUnexpectedEOF},
		{"mixed formats", wire(first, strings.Repeat("b", 64)+" refs/heads/main\n", "flush"), "", ErrMalformed},
		{"no id", wire(first, "refs/heads/main\n", "flush"), "", ErrMalformed},
		{
			"names that no request could hold", wire(first, hexA+" refs/heads/a\x01b\n", hexA+" refs/heads/a b\n", hexB+" refs/tags/v 1\n", hexA+" refs/tags/v 1^{}\n", hexB+" refs/tags/v2\n", "flush"),
			"HEAD>refs/heads/main refs/tags/v2", nil,
		},
		{"no name", wire(first, hexA+" \n", "flush"), "", ErrMalformed},
		{"a section line", wire(first, "delim"), "", ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			r := NewReader(strings.NewReader(tt.in))
			defer r.Release()
			_, err := ReadAdvertisement(r, func(ref Ref) bool {
				s := ref.Name
				if ref.Target != "" {
					s += ">" + ref.Target
				}
				if !ref.Peeled.IsZero() {
					s += "^" + ref.Peeled.String()[:2]
				}
				got = append(got, s)
				return true
			})
			if !errors.Is(err, tt.err) || strings.Join(got, " ") != tt.want {
				t.Errorf("got %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestReadAdvertisementStopsWhenEnoughWasSeen(t *testing.T) {
	t.Parallel()
	r := NewReader(strings.NewReader(wire(hexA+" HEAD\x00x\n", hexA+" refs/heads/a\n", hexA+" refs/heads/b\n") + "zzzz"))
	defer r.Release()
	n := 0
	if _, err := ReadAdvertisement(r, func(Ref) bool { n++; return n < 2 }); err != nil || n != 2 {
		t.Errorf("saw %d references, %v", n, err)
	}
}

// v0 is a server's offer.
func v0(caps ...string) Capabilities { return Capabilities{Format: gitobj.SHA1, List: caps} }

func TestFetchV0UsesWhatIsOffered(t *testing.T) {
	t.Parallel()
	a, b := mustID(hexA), mustID(hexB)
	full := Fetch{Wants: []gitobj.ID{a, b}, Haves: []gitobj.ID{b}, Depth: 1, Filter: "blob:none"}
	for _, tt := range []struct {
		name  string
		offer Capabilities
		want  string
	}{
		{
			"all", v0("side-band", "side-band-64k", "ofs-delta", "no-progress", "shallow", "filter", "multi_ack_detailed", "thin-pack"),
			wire("want "+hexA+" multi_ack_detailed side-band-64k ofs-delta no-progress shallow filter\n", "want "+hexB+"\n", "deepen 1\n", "filter blob:none\n", "flush", "have "+hexB+"\n", "done\n"),
		},
		{"an older way to acknowledge", v0("multi_ack"), wire("want "+hexA+" multi_ack\n", "want "+hexB+"\n", "flush", "have "+hexB+"\n", "done\n")},
		{"little", v0("side-band"), wire("want "+hexA+" side-band\n", "want "+hexB+"\n", "flush", "have "+hexB+"\n", "done\n")},
		{"nothing", v0(), wire("want "+hexA+"\n", "want "+hexB+"\n", "flush", "have "+hexB+"\n", "done\n")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := FetchV0{full, tt.offer}.Append([]byte("x"))
			if err != nil || string(got) != "x"+tt.want {
				t.Errorf("got  %q, %v\nwant %q", got, err, "x"+tt.want)
			}
		})
	}
	// Git asks for thin packs even without Haves, and dulwich refuses requests without thin-pack.
	nothing := FetchV0{Fetch{Wants: []gitobj.ID{a}}, v0("thin-pack", "ofs-delta")}
	if got, err := nothing.Append(nil); err != nil || string(got) != wire("want "+hexA+" ofs-delta thin-pack\n", "flush", "done\n") {
		t.Errorf("got %q, %v; want thin-pack asked for", got, err)
	}
	counted := FetchV0{Fetch{Wants: []gitobj.ID{a}, MaxObjects: 5}, v0("side-band-64k", "no-progress")}
	if got, err := counted.Append(nil); err != nil || string(got) != wire("want "+hexA+" side-band-64k\n", "flush", "done\n") {
		t.Errorf("with a bound on objects: %q, %v", got, err)
	}
	counted.Filter = "blob:none"
	if got, err := counted.Append(nil); err != nil || string(got) != wire("want "+hexA+" side-band-64k no-progress\n", "flush", "done\n") {
		t.Errorf("with a bound on objects, and a filter that the server does not know: %q, %v", got, err)
	}
	for _, bad := range []FetchV0{
		{Fetch{}, v0()},
		{Fetch{Wants: []gitobj.ID{{}}}, v0()},
		{Fetch{Wants: []gitobj.ID{a, {}}}, v0()},
		{Fetch{Wants: []gitobj.ID{a}, Filter: "a\nb"}, v0("filter")},
		{Fetch{Wants: []gitobj.ID{a}}, Capabilities{Format: gitobj.SHA256}},
	} {
		if got, err := bad.Append(nil); err == nil {
			t.Errorf("%+v gave %q", bad, got)
		}
	}
}

func mustID(s string) gitobj.ID {
	id, err := gitobj.ParseID(s)
	if err != nil {
		panic(err)
	}
	return id
}

func TestFetchV0Open(t *testing.T) {
	t.Parallel()
	banded, deep := v0("side-band-64k"), v0("side-band-64k", "shallow")
	for _, tt := range []struct {
		name  string
		offer Capabilities
		in    string
		pack  string
		err   error
	}{
		{"side-band", banded, wire("NAK\n", "\x02counting\n", "\x01PA", "\x01CK", "flush"), "PACK", nil},
		{"acknowledged", banded, wire("ACK "+hexA+"\n", "\x01PACK", "flush"), "PACK", nil},
		{"acknowledged one by one", banded, wire("ACK "+hexA+" common\n", "ACK "+hexB+" ready\n", "ACK "+hexB+"\n", "\x01PACK", "flush"), "PACK", nil},
		{"acknowledged, and cut", banded, wire("ACK " + hexA + " common\n"), "", io.ErrUnexpectedEOF},
		{"acknowledged for ever", banded, strings.Repeat(wire("ACK "+hexA+" common\n"), maxSectionLines+1), "", ErrMalformed},
		{"shallow", deep, wire("shallow "+hexA+"\n", "unshallow "+hexB+"\n", "flush", "NAK\n", "\x01PACK", "flush"), "PACK", nil},
		{"nothing was cut", deep, wire("flush", "NAK\n", "\x01PACK", "flush"), "PACK", nil},
		{"no side-band", v0(), wire("NAK\n") + "PACK and the rest", "PACK and the rest", nil},
		{"an error instead", banded, wire("ERR upload-pack: not our ref " + hexA), "", &ServerError{}},
		{"an error on band 3", banded, wire("NAK\n", "\x03no\n"), "", &ServerError{}},
		{"cut", banded, wire("NAK\n", "\x01PA"), "PA", io.ErrUnexpectedEOF},
		{"cut before the pack", deep, wire("shallow " + hexA + "\n"), "", io.ErrUnexpectedEOF},
		{"something else", banded, wire("hello\n"), "", ErrMalformed},
		{"something else where shallow commits are listed", deep, wire("NAK\n", "flush"), "", ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := NewReader(strings.NewReader(tt.in))
			defer r.Release()
			pack, err := FetchV0{Fetch{Depth: 1}, tt.offer}.Open(r)
			var got []byte
			if err == nil {
				got, err = io.ReadAll(pack)
			}
			var said *ServerError
			if _, want := tt.err.(*ServerError); want != errors.As(err, &said) || !want && !errors.Is(err, tt.err) || string(got) != tt.pack {
				t.Errorf("got %q, %v; want %q, %v", got, err, tt.pack, tt.err)
			}
		})
	}
}

func FuzzReadAdvertisement(f *testing.F) {
	f.Add([]byte(wire(hexA+" HEAD\x00symref=HEAD:refs/heads/main\n", hexA+" refs/tags/v1\n", hexB+" refs/tags/v1^{}\n", "flush")))
	f.Add([]byte(wire(strings.Repeat("0", 40)+" capabilities^{}\x00x", "shallow "+hexA, "flush")))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(bytes.NewReader(in))
		defer r.Release()
		_, _ = ReadAdvertisement(r, func(ref Ref) bool {
			if checkName(ref.Name) != nil || ref.ID.Format() == 0 {
				t.Errorf("%+v from %q", ref, in)
			}
			return true
		})
	})
}

func FuzzFetchV0Open(f *testing.F) {
	for _, caps := range []string{"", "side-band-64k", "side-band-64k shallow"} {
		f.Add([]byte(wire("shallow "+hexA, "flush", "NAK\n", "\x01PACK", "flush")), caps)
	}
	f.Fuzz(func(t *testing.T, in []byte, caps string) {
		r := NewReader(bytes.NewReader(in))
		defer r.Release()
		pack, err := FetchV0{Fetch{Depth: 1}, v0(strings.Fields(caps)...)}.Open(r)
		if err != nil {
			return
		}
		if n, _ := io.Copy(io.Discard, pack); n > int64(len(in)) {
			t.Error(fmt.Errorf("%d bytes from %d", n, len(in)))
		}
	})
}
