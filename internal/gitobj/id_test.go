package gitobj

import (
	"bytes"
	"strings"
	"testing"
)

func TestHashIsWhatGitComputes(t *testing.T) {
	t.Parallel()
	for _, f := range []Format{SHA1, SHA256} {
		r := newGitRepo(t, f)
		for _, content := range []string{"", "hello\n", strings.Repeat("0123456789", 10000)} {
			want := r.git(t, content, "hash-object", "--stdin")
			if got := Hash(f, KindBlob, []byte(content)); got.String() != want {
				t.Errorf("%s of %d bytes: got %s, git says %s", f, len(content), got, want)
			}
		}
	}
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in   string
		want Format
	}{
		"forty digits are sha1":            {strings.Repeat("0a", 20), SHA1},
		"sixty-four digits are sha256":     {strings.Repeat("0a", 32), SHA256},
		"upper case is refused":            {strings.Repeat("0A", 20), 0},
		"another letter is refused":        {strings.Repeat("0g", 20), 0},
		"one digit too few is refused":     {strings.Repeat("0", 39), 0},
		"nothing is refused":               {"", 0},
		"a digit between both is refused":  {strings.Repeat("0", 52), 0},
		"bytes that are no text, refused":  {strings.Repeat("\xff", 40), 0},
		"a blank at the end is refused":    {strings.Repeat("0", 39) + " ", 0},
		"a sign is not a digit of its own": {"-" + strings.Repeat("0", 39), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, err := ParseID(tc.in)
			if id.Format() != tc.want || (err == nil) != (tc.want != 0) {
				t.Fatalf("ParseID(%q) = %v of format %s, %v; want format %s", tc.in, id, id.Format(), err, tc.want)
			}
			if err != nil {
				return
			}
			if id.String() != tc.in || string(id.AppendHex(nil)) != tc.in {
				t.Errorf("got %s, want %s again", id, tc.in)
			}
			if back, err := IDFromBytes(id.Append(nil)); err != nil || back != id {
				t.Errorf("IDFromBytes gives %v, %v; want %v", back, err, id)
			}
		})
	}
}

func TestIDsOfBothFormatsDiffer(t *testing.T) {
	t.Parallel()
	if SHA1.Zero() == SHA256.Zero() || SHA1.Zero() == (ID{}) {
		t.Error("the zero ids of two formats are equal")
	}
	if !SHA1.Zero().IsZero() || !(ID{}).IsZero() || testID(SHA1, 1).IsZero() {
		t.Error("IsZero is wrong")
	}
	if _, err := IDFromBytes(make([]byte, 21)); err == nil {
		t.Error("an id of 21 bytes was accepted")
	}
	if got := len(SHA256.Zero().Append(nil)); got != SHA256.Size() {
		t.Errorf("a sha256 id has %d bytes, want %d", got, SHA256.Size())
	}
}

func TestFormatNames(t *testing.T) {
	t.Parallel()
	for _, f := range []Format{SHA1, SHA256} {
		if got, err := ParseFormat(f.String()); err != nil || got != f {
			t.Errorf("ParseFormat(%q) = %v, %v", f, got, err)
		}
		if f.New().Size() != f.Size() || f.HexSize() != 2*f.Size() {
			t.Errorf("%s: sizes do not fit each other", f)
		}
	}
	if _, err := ParseFormat("md5"); err == nil {
		t.Error("md5 was accepted")
	}
}

func TestParseMode(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Mode{
		"100644": ModeFile, "40000": ModeTree, "040000": ModeTree, "120000": ModeSymlink, "160000": ModeSubmodule,
		"100755": ModeExec, "": 0, "100648": 0, "+644": 0, "10064400": 0, "644 ": 0,
	} {
		if got, err := ParseMode(in); got != want || (err == nil) != (want != 0) {
			t.Errorf("ParseMode(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	if got := ModeTree.String(); got != "040000" {
		t.Errorf("a directory's mode is printed %q, want 040000", got)
	}
}

func TestModesHaveOneType(t *testing.T) {
	t.Parallel()
	for m, want := range map[Mode]string{
		ModeTree: "tree", ModeFile: "file", ModeExec: "file", 0o100664: "file",
		ModeSymlink: "symlink", ModeSubmodule: "submodule", 0o140000: "", 0: "",
	} {
		got := ""
		for name, is := range map[string]bool{
			"tree": m.IsTree(), "file": m.IsFile(), "symlink": m.IsSymlink(), "submodule": m.IsSubmodule(),
		} {
			if is {
				got += name
			}
		}
		if got != want {
			t.Errorf("mode %s is %q, want %q", m, got, want)
		}
	}
}

func TestHasherServesOneObjectAfterAnother(t *testing.T) {
	h := NewHasher(SHA1)
	for _, content := range [][]byte{[]byte("a"), bytes.Repeat([]byte("b"), 5000), nil} {
		h.Reset(KindTree, int64(len(content)))
		if n, err := h.Write(content); n != len(content) || err != nil {
			t.Fatal(n, err)
		}
		if got, want := h.Sum(), Hash(SHA1, KindTree, content); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() {
		h.Reset(KindBlob, 0)
		h.Sum()
	}); n != 0 {
		t.Errorf("a hash takes %v allocations, want none", n)
	}
}
