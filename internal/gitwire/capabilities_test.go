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

func TestReadCapabilities(t *testing.T) {
	t.Parallel()
	service := wire("# service=git-upload-pack\n", "flush")
	v2 := wire("version 2\n", "agent=git/2.50\n", "ls-refs=unborn\n", "fetch=shallow wait-for-done filter\n", "object-format=sha256\n", "flush")
	for _, tt := range []struct {
		name, in string
		version  int
		agent    string
		format   gitobj.Format
		count    int
		err      error
	}{
		{"version 2", v2, 2, "git/2.50", gitobj.SHA256, 4, nil},
		{"version 2 after the service's name", service + v2, 2, "git/2.50", gitobj.SHA256, 4, nil},
		{"version 0", service + wire(hexA+" HEAD\x00multi_ack symref=HEAD:refs/heads/main agent=git/1.8\n", hexA+" refs/heads/main\n", "flush"), 0, "git/1.8", gitobj.SHA1, 3, nil},
		{"only the first reference is read", wire(hexA+" HEAD\x00delete-refs") + "zzzz", 0, "", gitobj.SHA1, 1, nil},
		{"version 1", wire("version 1\n", hexA+" HEAD\x00ofs-delta\n"), 1, "", gitobj.SHA1, 1, nil},
		{"an empty repository of version 0", service + wire(strings.Repeat("0", 40)+" capabilities^{}\x00report-status push-options", "flush"), 0, "", gitobj.SHA1, 2, nil},
		{"nothing to list", service + "0000", 0, "", gitobj.SHA1, 0, nil},
		{"a format that nobody knows", wire("version 2\n", "object-format=sha512\n", "flush"), 2, "", gitobj.SHA1, 0, ErrMalformed},
		{"cut", wire("version 2\n", "agent=x\n"), 2, "x", gitobj.SHA1, 1, io.ErrUnexpectedEOF},
		{"nothing", "", 0, "", gitobj.SHA1, 0, io.ErrUnexpectedEOF},
		{"the service's name alone", wire("# service=git-upload-pack\n"), 0, "", gitobj.SHA1, 0, io.ErrUnexpectedEOF},
		{"no flush line after the service's name", wire("# service=git-upload-pack\n", "version 2\n"), 0, "", gitobj.SHA1, 0, ErrMalformed},
		{"a web page", "<!DOCTYPE html>", 0, "", gitobj.SHA1, 0, ErrMalformed},
		{"a reference without capabilities", wire(hexA + " HEAD\n"), 0, "", gitobj.SHA1, 0, ErrMalformed},
		{"no id", wire("HEAD\x00x\n"), 0, "", gitobj.SHA1, 0, ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := NewReader(strings.NewReader(tt.in))
			defer r.Release()
			c, err := ReadCapabilities(r)
			if !errors.Is(err, tt.err) || c.Version != tt.version || c.Agent != tt.agent || c.Format != tt.format || len(c.List) != tt.count {
				t.Errorf("got %+v, %v", c, err)
			}
		})
	}
}

func TestCapabilitiesTellsWhatIsOffered(t *testing.T) {
	t.Parallel()
	c := Capabilities{List: []string{"ls-refs=unborn", "fetch=shallow filter", "object-info", "push-options"}}
	for name, got := range map[string]bool{
		"fetch": c.Has("fetch"), "object-info": c.Has("object-info"), "push-options": c.Has("push-options"),
		"fetch filter": c.Feature("fetch", "filter"), "ls-refs unborn": c.Feature("ls-refs", "unborn"),
		"not push": !c.Has("push"), "not fetch unborn": !c.Feature("fetch", "unborn"), "not a part": !c.Feature("fetch", "filt"),
	} {
		if !got {
			t.Errorf("%s: wrong", name)
		}
	}
}

func TestCapabilitiesAreBounded(t *testing.T) {
	t.Parallel()
	v2 := AppendLine(nil, "version 2\n")
	v0 := hexA + " HEAD\x00"
	for i := range maxCapabilities + 1 {
		v2 = AppendLine(v2, fmt.Sprintf("c%d\n", i))
		v0 += fmt.Sprintf(" c%d", i)
	}
	for _, in := range []string{string(AppendFlush(v2)), wire(v0)} {
		r := NewReader(strings.NewReader(in))
		if _, err := ReadCapabilities(r); !errors.Is(err, ErrMalformed) {
			t.Errorf("got %v", err)
		}
		r.Release()
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "a b\nc", "a b\nc"},
		{"terminal sequences", "\x1b]0;title\x07\x1b[31mred\x1b[0m\r\x00", "]0;title[31mred[0m"},
		{"8-bit controls and text direction", "a\u009bb\u202ec\u2066d\u200be", "abcde"},
		{"bad UTF-8", "a\xff\xfeb", "ab"},
		{"blanks around", " \n a\t\n", "a"},
		{"cut at a character", strings.Repeat("ä", 20), strings.Repeat("ä", 13) + " …"},
	} {
		if got := Clean(tt.in, 30); got != tt.want || len(got) > 30 {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzReadCapabilities(f *testing.F) {
	f.Add([]byte(wire("# service=git-upload-pack\n", "flush", "version 2\n", "agent=x\n", "fetch=filter\n", "flush")))
	f.Add([]byte(wire(hexA+" HEAD\x00multi_ack agent=git/1.8\n", "flush")))
	f.Add([]byte(wire("version 1\n", hexA+" HEAD\x00x\n")))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(bytes.NewReader(in))
		defer r.Release()
		c, _ := ReadCapabilities(r)
		if len(c.List) > maxCapabilities || c.Format.Size() == 0 {
			t.Errorf("%d capabilities, format %v", len(c.List), c.Format)
		}
	})
}
