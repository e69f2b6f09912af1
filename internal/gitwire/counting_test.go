package gitwire

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestAnAnswerOfTooManyObjectsEndsBeforeThem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, progress string
		count          int // 0: the pack is read
	}{
		{"git", "Enumerating objects: 2222, done.\nCounting objects:   0% (1/2222)\r", 2222},
		{"git, with few", "Enumerating objects: 1000, done.\nCounting objects: 100% (1000/1000), done.\nTotal 1000 (delta 3), reused 1000 (delta 1)\n", 0},
		{"JGit, as it counts", "Counting objects: 100\rCounting objects: 1001\r", 1001},
		{"JGit, with few", "Counting objects: 12, done\nFinding sources: 100% (2222/2222)\n", 0},
		{"aligned to the right", "Counting objects:    1001, done.\n", 1001},
		{"a share", "Counting objects: 2000% (1/2)\r", 0},
		{"a number that ends with the text", "Enumerating objects: 2222", 0},
		{"a number beyond all bounds", "Enumerating objects: " + strings.Repeat("9", 200) + ".", 1 << 30},
		{"other words", "Sending 2222 things\nsorting objects, 2222\nbinging objects: x2222\n", 0},
		{"words that begin anew", "inging objects: 1001\n", 1001},
		{"nothing", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := wire("packfile\n")
			for len(tt.progress) > 0 { // in pieces, as they come
				n := min(len(tt.progress), 7)
				in += band(2, tt.progress[:n])
				tt.progress = tt.progress[n:]
			}
			in += band(1, "PACK") + "0000"
			r := NewReader(iotest.OneByteReader(strings.NewReader(in)))
			defer r.Release()
			pack, err := Fetch{MaxObjects: 1000}.Open(r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(pack)
			tooMany, _ := errors.AsType[*TooManyObjects](err)
			switch {
			case tt.count == 0 && (err != nil || string(got) != "PACK"):
				t.Errorf("got %q, %v, want the pack", got, err)
			case tt.count > 0 && (tooMany == nil || tooMany.Count != tt.count || len(got) > 0):
				t.Errorf("got %q, %v, want the count %d", got, err, tt.count)
			}
		})
	}
}
