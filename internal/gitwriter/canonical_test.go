package gitwriter_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// TestDirectoriesThatOthersWroteWrongAreMended pushes into directories that no server takes that
// checks objects. Where nothing is changed they stay as they are.
func TestDirectoriesThatOthersWroteWrongAreMended(t *testing.T) {
	t.Parallel()
	x, y := writertest.BlobID("x"), writertest.BlobID("y")
	for name, c := range map[string]struct {
		entries []string // mode and name, "=" for the content y instead of x
		want    string   // names after the commit; an error if it begins with "error: "
	}{
		"out of order":              {[]string{"100644 c", "100644 a"}, "a c new"},
		"padded modes":              {[]string{"0100644 a", "0100755 b"}, "a b new"},
		"an entry twice":            {[]string{"100644 a", "100644 a", "100644 b"}, "a b new"},
		"an entry twice, apart":     {[]string{"100644 b", "100644 a", "100644 b"}, "a b new"},
		"different ones":            {[]string{"100644 a", "100644 a="}, `error: directory "/dir/`},
		"different ones of our own": {[]string{"100644 new", "100644 new="}, `error: directory "/dir/`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check := map[string]string{"receive.fsckObjects": "true"}
			s, err := gittest.Start(gittest.Options{}) // not New, which has git fsck look at all objects
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			r, err := s.Create("r", gittest.RepoOptions{Config: check})
			if err != nil {
				t.Fatal(err)
			}
			r.SeedText(t, map[string]string{"x": "x", "y": "y"})
			var raw []byte
			for _, e := range c.entries {
				id := x
				if strings.HasSuffix(e, "=") {
					id = y
				}
				raw = id.Append(append(raw, strings.TrimSuffix(e, "=")+"\x00"...))
			}
			tree := func(raw []byte) string {
				file := filepath.Join(t.TempDir(), "tree")
				if err := os.WriteFile(file, raw, 0o600); err != nil {
					t.Fatal(err)
				}
				return r.Git(t, "hash-object", "-t", "tree", "--literally", "-w", file)
			}
			wrong, err := gitobj.ParseID(tree(raw))
			if err != nil {
				t.Fatal(err)
			}
			root := tree(gitobj.AppendTree(nil, []gitobj.TreeEntry{
				{Mode: gitobj.ModeTree, Name: "beside", ID: wrong}, {Mode: gitobj.ModeTree, Name: "dir", ID: wrong},
			}))
			r.Git(t, "update-ref", r.Ref(), r.Git(t, "-c", "user.name=o", "-c", "user.email=o@x", "commit-tree", "-p", r.Head(t), "-m", "wrong", root))
			before := r.Head(t)

			b := writertest.Branch(t, r)
			out := b.Commit(t.Context(), []gitwriter.Change{writertest.Put(t, b, "dir/new", "new")}, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone})
			if text, fails := strings.CutPrefix(c.want, "error: "); fails {
				if err := out[0].Err; err == nil || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), "two different entries") {
					t.Errorf("got %v, want an error that names the directory", err)
				}
				if got := r.Head(t); got != before {
					t.Errorf("the branch moved to %s", got)
				}
				return
			}
			if out[0].Err != nil {
				t.Fatal(out[0].Err)
			}
			if got := strings.Fields(r.Git(t, "ls-tree", "--name-only", "-r", r.Ref()+":dir")); fmt.Sprint(got) != "["+c.want+"]" {
				t.Errorf("the directory holds %v, want %s", got, c.want)
			}
			if got := r.Git(t, "rev-parse", r.Ref()+":beside"); got != wrong.String() {
				t.Errorf("the directory beside it is %s, want %s, as it was", got, wrong)
			}
		})
	}
}
