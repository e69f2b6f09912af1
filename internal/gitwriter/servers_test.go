package gitwriter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// TestEachKindOfServerIsServed reads and writes a repository that no budget holds, over servers that can do less and less.
func TestEachKindOfServerIsServed(t *testing.T) {
	t.Parallel()
	sha1, sha256 := formats[0], formats[1]
	tipsOnly := map[string]string{"uploadpack.allowAnySHA1InWant": "false"}
	for _, c := range []struct {
		name    string
		server  gittest.Options
		config  map[string]string
		address func(*gittest.Repo) string
		// requests is how many a look-up and a commit may take; 0 where there are none to count.
		requests int
		format   format
	}{
		{"version 2", gittest.Options{}, nil, (*gittest.Repo).URL, 9, sha1},
		{"version 2 without filters", gittest.Options{NoFilter: true}, nil, (*gittest.Repo).URL, 6, sha1},
		{"version 0", gittest.Options{V0Only: true}, nil, (*gittest.Repo).URL, 12, sha1},
		{"version 0, tips only", gittest.Options{V0Only: true}, tipsOnly, (*gittest.Repo).URL, 8, sha1},
		{"version 0, tips only, without filters", gittest.Options{V0Only: true, NoFilter: true}, tipsOnly, (*gittest.Repo).URL, 6, sha1},
		{"a directory", gittest.Options{}, nil, func(r *gittest.Repo) string { return "file://" + r.Dir }, 0, sha1},
		// Learning the format takes two more, over version 2.
		{"SHA-256, version 2", gittest.Options{}, nil, (*gittest.Repo).URL, 11, sha256},
		{"SHA-256, version 0", gittest.Options{V0Only: true}, nil, (*gittest.Repo).URL, 12, sha256},
		{"SHA-256, version 0, tips only, without filters", gittest.Options{V0Only: true, NoFilter: true}, tipsOnly, (*gittest.Repo).URL, 6, sha256},
		{"SHA-256, a directory", gittest.Options{}, nil, func(r *gittest.Repo) string { return "file://" + r.Dir }, 0, sha256},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, c.server)
			r := s.NewRepo(t, "r", gittest.RepoOptions{Config: c.config, Format: c.format.String()})
			files := map[string]string{}
			for i := range 600 {
				files[fmt.Sprintf("d%d/e%d/f%d/g/h/file", i%4, i%40, i)] = strings.Repeat(fmt.Sprintf("content %d ", i), 200)
			}
			r.SeedText(t, files)
			s.ResetStats()
			b, err := openAt(t, c.address(r), func(o *gitwriter.Options) { o.SnapshotBudget = 4 << 10 }).Branch(t.Context(), r.Branch)
			if err != nil {
				t.Fatal(err)
			}
			const path = "d3/e3/f3/g/h/file"
			e, err := b.Lookup(t.Context(), path)
			if err != nil || e.ID != c.format.blob(files[path]) {
				t.Fatalf("look-up: %v, %v, want %s", e, err, c.format.blob(files[path]))
			}
			commit(t, b, put(t, b, "d3/e3/new", "new"))
			if n := s.Stats().Requests; n > c.requests {
				t.Errorf("%d requests for a look-up and a commit, want at most %d", n, c.requests)
			}
			if got, err := b.ReadBlob(t.Context(), e.ID); err != nil || string(got) != files[path] {
				t.Errorf("content: %d bytes, %v; want %d", len(got), err, len(files[path]))
			}

			// Somebody else commits; the next commit of ours goes on top of it.
			files[path] = "theirs"
			r.SeedText(t, map[string]string{path: files[path]})
			commit(t, b, put(t, b, "d3/e3/newer", "newer"))
			for p, want := range map[string]string{"d3/e3/new": "new", "d3/e3/newer": "newer", path: "theirs", "d0/e0/f0/g/h/file": files["d0/e0/f0/g/h/file"]} {
				if got := r.Content(t, r.Ref(), p); got != want {
					t.Errorf("%s holds %.20q, want %.20q", p, got, want)
				}
			}
			if got := len(r.Tree(t, r.Ref())); got != len(files)+3 { // README.md and two of ours
				t.Errorf("%d files, want %d", got, len(files)+3)
			}
			if got, err := b.ReadBlob(t.Context(), c.format.blob("theirs")); err != nil || string(got) != "theirs" {
				t.Errorf("their content: %q, %v", got, err)
			}
			r.Fsck(t)
		})
	}
}
