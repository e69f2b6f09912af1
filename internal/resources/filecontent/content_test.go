package filecontent

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Each text is rewritten whole, and cut between any two bytes.
func TestLineEndingsAreRewritten(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		endings  LineEndings
		in, want string
	}{
		"as is keeps every byte":           {AsIs, "a\r\nb\nc\r", "a\r\nb\nc\r"},
		"lf turns CR LF into LF":           {LF, "a\r\nb\r\n", "a\nb\n"},
		"lf keeps LF":                      {LF, "a\nb\n", "a\nb\n"},
		"lf keeps a CR of its own":         {LF, "a\rb", "a\rb"},
		"lf keeps a CR at the end":         {LF, "a\r", "a\r"},
		"lf takes one CR of two":           {LF, "a\r\r\nb", "a\r\nb"},
		"crlf turns LF into CR LF":         {CRLF, "a\nb\n", "a\r\nb\r\n"},
		"crlf keeps CR LF":                 {CRLF, "a\r\nb\r\n", "a\r\nb\r\n"},
		"crlf keeps a CR of its own":       {CRLF, "a\rb\n", "a\rb\r\n"},
		"crlf adds nothing to the end":     {CRLF, "a", "a"},
		"nothing stays nothing":            {LF, "", ""},
		"an empty line is a line":          {CRLF, "\n\n", "\r\n\r\n"},
		"CR LF at the end of all is seen":  {LF, "\r\n", "\n"},
		"lf keeps several CRs at the end":  {LF, "\r\r", "\r\r"},
		"crlf keeps a CR at the very end":  {CRLF, "\r", "\r"},
		"a NUL byte is a byte like others": {LF, "\x00\r\n", "\x00\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := string(tc.endings.Normalise([]byte(tc.in))); got != tc.want {
				t.Errorf("Normalise(%q) = %q, want %q", tc.in, got, tc.want)
			}
			if tc.endings == AsIs {
				return
			}
			// The same, cut between any two bytes.
			got, err := io.ReadAll(newEndingsReader(iotest.OneByteReader(strings.NewReader(tc.in)), tc.endings))
			if err != nil || string(got) != tc.want {
				t.Errorf("byte by byte: %q, %v; want %q", got, err, tc.want)
			}
		})
	}
}

func TestNormalisingTwiceChangesNothingMore(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("line\r\n\r\nother\n", 10_000)
	for _, e := range []LineEndings{LF, CRLF} {
		once := e.Normalise([]byte(long))
		if twice := e.Normalise(once); !bytes.Equal(once, twice) {
			t.Errorf("%s: a second pass changes the content", e)
		}
	}
}

// FuzzLineEndings compares the reader, which sees the content in pieces, with the rules on the
// whole of it: CR LF is the end of a line, and so is LF; a CR of its own is none.
func FuzzLineEndings(f *testing.F) {
	for _, s := range []string{"", "a\r\nb\nc\r", "\r\r\n", "\n\n", "\x00\r\n", "\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		unix := strings.ReplaceAll(string(in), "\r\n", "\n")
		windows := strings.ReplaceAll(unix, "\n", "\r\n")
		for endings, want := range map[LineEndings]string{AsIs: string(in), LF: unix, CRLF: windows} {
			if got := string(endings.Normalise(in)); got != want {
				t.Errorf("%s: Normalise(%q) = %q, want %q", endings, in, got, want)
			}
			got, err := io.ReadAll(newEndingsReader(iotest.OneByteReader(bytes.NewReader(in)), endings))
			if err != nil || string(got) != want {
				t.Errorf("%s, byte by byte: %q, %v; want %q", endings, got, err, want)
			}
		}
	})
}

func TestAReadErrorPassesThroughTheNormalisation(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken disk")
	src := io.MultiReader(strings.NewReader("a\r\n"), iotest.ErrReader(broken))
	got, err := io.ReadAll(newEndingsReader(src, LF))
	if string(got) != "a\n" || !errors.Is(err, broken) {
		t.Errorf("got %q, %v; want %q and the reader's error", got, err, "a\n")
	}
}

func TestASourceFileIsHashedAsGitHashesIt(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte("hello\r\nworld\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for endings, want := range map[LineEndings]struct {
		text string
		size int64
	}{
		AsIs: {"hello\r\nworld\r\n", 14},
		LF:   {"hello\nworld\n", 12},
	} {
		c, err := FromFile(t.Context(), name, endings, 0)
		if err != nil {
			t.Fatal(err)
		}
		if c.size != want.size {
			t.Errorf("%s: size %d, want %d", endings, c.size, want.size)
		}
		got, err := c.BlobID(t.Context(), gitobj.SHA1)
		if err != nil {
			t.Fatal(err)
		}
		if id := gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(want.text)); got != id {
			t.Errorf("%s: blob %s, want %s", endings, got, id)
		}
	}
}

func TestASourceThatGrowsIsFoundOut(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := FromFile(t.Context(), name, AsIs, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("longer than before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.BlobID(t.Context(), gitobj.SHA1); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v, want %v", err, ErrChanged)
	}
}

// Contents at and beyond each limit are checked for a file and for a link.
func TestContentThatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := func(s string) func() (Content, error) {
		return func() (Content, error) { return FromBytes([]byte(s), AsIs), nil }
	}
	for name, tc := range map[string]struct {
		make func() (Content, error)
		mode gitobj.Mode
		max  int64
		want string
	}{
		"a source that is missing":        {func() (Content, error) { return FromFile(t.Context(), filepath.Join(dir, "no"), AsIs, 0) }, gitobj.ModeFile, 0, "does not exist"},
		"a source that is a directory":    {func() (Content, error) { return FromFile(t.Context(), dir, AsIs, 0) }, gitobj.ModeFile, 0, "not a regular file"},
		"base64 that is none":             {func() (Content, error) { return FromBase64("a*b", AsIs) }, gitobj.ModeFile, 0, "decode base64"},
		"a link to nothing":               {text(""), gitobj.ModeSymlink, 0, "is empty"},
		"a link with a NUL":               {text("a\x00b"), gitobj.ModeSymlink, 0, "NUL"},
		"a link that is too long":         {text(strings.Repeat("a", 4096)), gitobj.ModeSymlink, 0, "4096 bytes"},
		"more than the limit":             {text("four"), gitobj.ModeFile, 3, "max_object_size allows 3"},
		"just the limit":                  {text("four"), gitobj.ModeFile, 4, ""},
		"an empty file":                   {text(""), gitobj.ModeFile, 4, ""},
		"a link of the greatest length":   {text(strings.Repeat("a", 4095)), gitobj.ModeSymlink, 0, ""},
		"a file may hold what a link not": {text("a\x00b"), gitobj.ModeExec, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := tc.make()
			if err == nil {
				err = c.Check(tc.mode, tc.max)
			}
			if tc.want == "" {
				if err != nil {
					t.Errorf("got %v, want no error", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want an error that has %q", err, tc.want)
			}
		})
	}
}

func TestLFSPointersAreTold(t *testing.T) {
	t.Parallel()
	pointer := lfsSpec + "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
	for name, tc := range map[string]struct {
		blob string
		want bool
	}{
		"a pointer":                     {pointer, true},
		"text":                          {"hello\n", false},
		"nothing":                       {"", false},
		"what only begins like one":     {pointer + strings.Repeat("x", 1024), false},
		"one with another version line": {"version https://example.com/v1\n", false},
	} {
		c := FromBytes([]byte(tc.blob), AsIs)
		if got, err := c.IsLFSPointer(); err != nil || got != tc.want {
			t.Errorf("%s: %t, %v; want %t", name, got, err, tc.want)
		}
		if got := IsLFSPointer([]byte(tc.blob)); got != tc.want {
			t.Errorf("%s as a blob: %t, want %t", name, got, tc.want)
		}
	}
}

// endless is a file of zeros without an end.
type endless struct{ read func() }

func (e endless) Read(p []byte) (int, error) {
	e.read()
	clear(p)
	return len(p), nil
}

func (endless) Close() error { return nil }

func TestAnInterruptEndsTheReadingOfASource(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupt := errors.New("interrupt")
	n := 0
	c := Content{size: 1 << 40, open: func() (io.ReadCloser, error) {
		return endless{func() {
			if n++; n == 3 {
				cancel(interrupt)
			}
		}}, nil
	}}
	if _, err := c.BlobID(ctx, gitobj.SHA1); !errors.Is(err, interrupt) {
		t.Errorf("hash: got %v, want %v", err, interrupt)
	}
	if n != 3 {
		t.Errorf("%d reads, want none after the interrupt", n)
	}
	if _, err := (Dir{Root: t.TempDir()}).Walk(ctx); !errors.Is(err, interrupt) {
		t.Errorf("walk: got %v, want %v", err, interrupt)
	}
}
