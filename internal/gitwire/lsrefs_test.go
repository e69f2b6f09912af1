package gitwire

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

const (
	hexA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	hexB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	hexC = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" // SHA-256
)

func id(t testing.TB, s string) gitobj.ID {
	t.Helper()
	id, err := gitobj.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// wire makes a message: each string a line, "flush" and "delim" the special ones.
func wire(lines ...string) string {
	var b []byte
	for _, l := range lines {
		switch l {
		case "flush":
			b = AppendFlush(b)
		case "delim":
			b = AppendDelim(b)
		default:
			b = AppendLine(b, l)
		}
	}
	return string(b)
}

func TestLsRefsAppend(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		in   LsRefs
		want string // "" for an error
	}{
		{"one prefix", LsRefs{Prefixes: []string{"HEAD"}}, wire("command=ls-refs\n", "delim", "symrefs\n", "ref-prefix HEAD\n", "flush")},
		{
			"everything",
			LsRefs{Prefixes: []string{"refs/tags/ä", "HEAD"}, Peel: true, Unborn: true, Format: gitobj.SHA256},
			wire("command=ls-refs\n", "object-format=sha256\n", "delim", "symrefs\n", "peel\n", "unborn\n", "ref-prefix refs/tags/ä\n", "ref-prefix HEAD\n", "flush"),
		},
		{"no prefix is refused", LsRefs{}, ""},
		{"an empty prefix is refused", LsRefs{Prefixes: []string{""}}, ""},
		{"a newline cannot be smuggled in", LsRefs{Prefixes: []string{"HEAD\npeel"}}, ""},
		{"a prefix longer than a line", LsRefs{Prefixes: []string{strings.Repeat("x", 70000)}}, ""},
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

func TestRefs(t *testing.T) {
	t.Parallel()
	a, b, c := id(t, hexA), id(t, hexB), id(t, hexC)
	for _, tt := range []struct {
		name, in string
		want     []Ref
		err      error
	}{
		{"none", wire("flush"), nil, nil},
		{
			"head and branch", wire(hexA+" HEAD symref-target:refs/heads/main\n", hexA+" refs/heads/main\n", "flush"),
			[]Ref{{Name: "HEAD", ID: a, Target: "refs/heads/main"}, {Name: "refs/heads/main", ID: a}},
			nil,
		},
		{"a peeled tag, unknown attributes", wire(hexA+" refs/tags/v1 new:thing peeled:"+hexB, "flush"), []Ref{{Name: "refs/tags/v1", ID: a, Peeled: b}}, nil},
		{"an unborn branch", wire("unborn HEAD symref-target:refs/heads/main\n", "flush"), []Ref{{Name: "HEAD", Target: "refs/heads/main", Unborn: true}}, nil},
		{"SHA-256", wire(hexC+" HEAD\n", "flush"), []Ref{{Name: "HEAD", ID: c}}, nil},
		{"formats mixed", wire(hexC+" HEAD\n", hexA+" refs/heads/main\n", "flush"), []Ref{{Name: "HEAD", ID: c}}, ErrMalformed},
		{"cut between lines", wire(hexA + " HEAD\n"), []Ref{{Name: "HEAD", ID: a}}, io.ErrUnexpectedEOF},
		{"nothing", "", nil, io.ErrUnexpectedEOF},
		{"no id", wire("HEAD\n", "flush"), nil, ErrMalformed},
		{"a short id", wire("aaaa HEAD\n", "flush"), nil, ErrMalformed},
		{"a bad peeled id", wire(hexA+" refs/tags/v1 peeled:x", "flush"), nil, ErrMalformed},
		{"no name", wire(hexA+" \n", "flush"), nil, ErrMalformed},
		{"a name that no request could hold", wire(hexA+" refs/\x1b[31m\n", hexA+" "+strings.Repeat("r", maxName+1)+"\n", hexA+" refs/heads/a b\n", hexA+" HEAD\n", "flush"), []Ref{{Name: "HEAD", ID: mustID(hexA)}}, nil},
		{"an attribute that is not known", wire(hexA+" HEAD colour:red\n", "flush"), []Ref{{Name: "HEAD", ID: mustID(hexA)}}, nil},
		{"a target that no request could hold", wire(hexA+" HEAD symref-target:\x07\n", "flush"), []Ref{{Name: "HEAD", ID: mustID(hexA)}}, nil},
		{"a delimiter", wire("delim"), nil, ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := refs(tt.in)
			if !slices.Equal(got, tt.want) || !errors.Is(err, tt.err) {
				t.Errorf("got %v, %v; want %v, %v", got, err, tt.want, tt.err)
			}
		})
	}
	var said *ServerError
	if _, err := refs(wire("ERR access denied\n")); !errors.As(err, &said) || said.Text != "access denied" {
		t.Errorf("ERR: got %v", err)
	}
}

func refs(in string) (l []Ref, err error) {
	r := NewReader(strings.NewReader(in))
	defer r.Release()
	for ref, err := range Refs(r) {
		if err != nil {
			return l, err
		}
		l = append(l, ref)
	}
	return l, nil
}

func FuzzRefs(f *testing.F) {
	f.Add([]byte(wire(hexA+" HEAD symref-target:refs/heads/main\n", hexA+" refs/tags/v1 peeled:"+hexB+"\n", "flush")))
	f.Add([]byte(wire("unborn HEAD symref-target:refs/heads/main\n", "flush")))
	f.Add([]byte(wire("ERR no\n")))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(bytes.NewReader(in))
		defer r.Release()
		for ref, err := range Refs(r) {
			if err != nil {
				break
			}
			if checkName(ref.Name) != nil || ref.Unborn == (ref.ID.Format() != 0) {
				t.Errorf("%+v from %q", ref, in)
			}
		}
	})
}
