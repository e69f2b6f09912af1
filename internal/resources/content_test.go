package resources

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

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

func TestLineEndingsAreRewritten(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		endings  lineEndings
		in, want string
	}{
		"as is keeps every byte":           {asIs, "a\r\nb\nc\r", "a\r\nb\nc\r"},
		"lf turns CR LF into LF":           {lf, "a\r\nb\r\n", "a\nb\n"},
		"lf keeps LF":                      {lf, "a\nb\n", "a\nb\n"},
		"lf keeps a CR of its own":         {lf, "a\rb", "a\rb"},
		"lf keeps a CR at the end":         {lf, "a\r", "a\r"},
		"lf takes one CR of two":           {lf, "a\r\r\nb", "a\r\nb"},
		"crlf turns LF into CR LF":         {crlf, "a\nb\n", "a\r\nb\r\n"},
		"crlf keeps CR LF":                 {crlf, "a\r\nb\r\n", "a\r\nb\r\n"},
		"crlf keeps a CR of its own":       {crlf, "a\rb\n", "a\rb\r\n"},
		"crlf adds nothing to the end":     {crlf, "a", "a"},
		"nothing stays nothing":            {lf, "", ""},
		"an empty line is a line":          {crlf, "\n\n", "\r\n\r\n"},
		"CR LF at the end of all is seen":  {lf, "\r\n", "\n"},
		"lf keeps several CRs at the end":  {lf, "\r\r", "\r\r"},
		"crlf keeps a CR at the very end":  {crlf, "\r", "\r"},
		"a NUL byte is a byte like others": {lf, "\x00\r\n", "\x00\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := string(tc.endings.normalise([]byte(tc.in))); got != tc.want {
				t.Errorf("normalise(%q) = %q, want %q", tc.in, got, tc.want)
			}
			if tc.endings == asIs {
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
	for _, e := range []lineEndings{lf, crlf} {
		once := e.normalise([]byte(long))
		if twice := e.normalise(once); !bytes.Equal(once, twice) {
			t.Errorf("%s: a second pass changes the content", e)
		}
	}
}

func TestAReadErrorPassesThroughTheNormalisation(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken disk")
	src := io.MultiReader(strings.NewReader("a\r\n"), iotest.ErrReader(broken))
	got, err := io.ReadAll(newEndingsReader(src, lf))
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
	for endings, want := range map[lineEndings]struct {
		text string
		size int64
	}{
		asIs: {"hello\r\nworld\r\n", 14},
		lf:   {"hello\nworld\n", 12},
	} {
		c, err := openSource(t.Context(), path.Root("source"), name, endings, 0)
		if err != nil {
			t.Fatal(err)
		}
		if c.size != want.size {
			t.Errorf("%s: size %d, want %d", endings, c.size, want.size)
		}
		got, err := c.blobID(t.Context(), gitobj.SHA1)
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
	c, err := openSource(t.Context(), path.Root("source"), name, asIs, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("longer than before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.blobID(t.Context(), gitobj.SHA1); !errors.Is(err, errSourceChanged) {
		t.Errorf("got %v, want %v", err, errSourceChanged)
	}
}

func TestContentThatCannotBeUsedIsRefusedAtItsAttribute(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := path.Root("x")
	text := func(s string) func() (content, error) {
		return func() (content, error) { return newContent(at, []byte(s), asIs), nil }
	}
	for name, tc := range map[string]struct {
		make func() (content, error)
		mode gitobj.Mode
		max  int64
		want string
	}{
		"a source that is missing":        {func() (content, error) { return openSource(t.Context(), at, filepath.Join(dir, "no"), asIs, 0) }, gitobj.ModeFile, 0, "does not exist"},
		"a source that is a directory":    {func() (content, error) { return openSource(t.Context(), at, dir, asIs, 0) }, gitobj.ModeFile, 0, "not a regular file"},
		"base64 that is none":             {func() (content, error) { return decodeContent(at, "a*b", asIs) }, gitobj.ModeFile, 0, "decode base64"},
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
				err = c.check(tc.mode, tc.max)
			}
			if tc.want == "" {
				if err != nil {
					t.Errorf("got %v, want no error", err)
				}
				return
			}
			var ce *contentError
			if !errors.As(err, &ce) || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want an error that has %q", err, tc.want)
			}
			if !ce.at.Equal(at) {
				t.Errorf("attribute %s, want %s", ce.at, at)
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
		c := newContent(path.Root("content"), []byte(tc.blob), asIs)
		if got, err := c.isLFSPointer(); err != nil || got != tc.want {
			t.Errorf("%s: %t, %v; want %t", name, got, err, tc.want)
		}
		if got := isLFSPointer([]byte(tc.blob)); got != tc.want {
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
	c := content{size: 1 << 40, open: func() (io.ReadCloser, error) {
		return endless{func() {
			if n++; n == 3 {
				cancel(interrupt)
			}
		}}, nil
	}}
	if _, err := c.blobID(ctx, gitobj.SHA1); !errors.Is(err, interrupt) {
		t.Errorf("hash: got %v, want %v", err, interrupt)
	}
	if n != 3 {
		t.Errorf("%d reads, want none after the interrupt", n)
	}
	if _, err := (sourceDir{root: t.TempDir()}).walk(ctx); !errors.Is(err, interrupt) {
		t.Errorf("walk: got %v, want %v", err, interrupt)
	}
}
