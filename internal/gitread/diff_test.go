package gitread_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// revisions opens two commits of a repository.
func revisions(t *testing.T, repo *gitqueue.Repo, base, head string) (b, h *gitread.Snapshot) {
	t.Helper()
	from, err := repo.Revision(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	to, err := repo.Revision(t.Context(), head)
	if err != nil {
		t.Fatal(err)
	}
	return from.Snapshot, to.Snapshot
}

// rawDiff is the answer of git diff-tree, a line for each path.
func rawDiff(t *testing.T, r *gittest.Repo, base, head, path string) []string {
	t.Helper()
	args := []string{"diff-tree", "-r", "--no-renames", "--no-abbrev", "-z", base, head}
	if path != "" {
		args = append(args, "--", ":(top,literal)"+path)
	}
	parts := strings.Split(strings.TrimSuffix(r.Git(t, args...), "\x00"), "\x00")
	var lines []string
	for i := 0; i+1 < len(parts); i += 2 {
		meta := strings.Fields(strings.TrimPrefix(parts[i], ":")) // modes, ids, status
		lines = append(lines, strings.Join(meta[:4], " ")+" "+parts[i+1])
	}
	return lines
}

// diffLines are changes in the form of rawDiff.
func diffLines(format gitobj.Format, changes []gitread.Change) (lines []string) {
	id := func(e gitread.Entry) string {
		if !e.Exists() {
			return format.Zero().String()
		}
		return e.ID.String()
	}
	for _, c := range changes {
		lines = append(lines, fmt.Sprintf("%s %s %s %s %s", c.Base.Mode, c.Head.Mode, id(c.Base), id(c.Head), c.Path))
	}
	return lines
}

// scattered are files of every kind under few names, so that files, links, submodules and
// directories take each other's places.
func scattered(random *rand.Rand, submodule string) map[string]gittest.File {
	files := map[string]gittest.File{}
	for _, p := range []string{"a", "a/b", "a/b/c", "a.b", "a-b/x", "d/e", "d/e/f", "d/g", "z", "\xff/x"} {
		switch random.IntN(7) {
		case 0, 1:
			files[p] = gittest.File{Content: fmt.Sprint(random.IntN(2))}
		case 2:
			files[p] = gittest.File{Content: "0", Mode: "100755"}
		case 3:
			files[p] = gittest.File{Content: "0", Mode: "120000"}
		case 4:
			files[p] = gittest.File{Content: submodule, Mode: "160000"}
		}
	}
	for p := range files { // git keeps nothing below a file
		for above := range files {
			if strings.HasPrefix(p, above+"/") {
				delete(files, p)
			}
		}
	}
	return files
}

func TestADiffIsThatOfGit(t *testing.T) {
	t.Parallel()
	tipsOnly := gittest.RepoOptions{Config: map[string]string{"uploadpack.allowAnySHA1InWant": "false"}}
	for name, c := range map[string]struct {
		server gittest.Options
		repo   gittest.RepoOptions
		rounds int
		way    way // over HTTP by default
		ssh    bool
	}{
		"version 2":                             {rounds: 12},
		"version 2, SHA-256":                    {repo: gittest.RepoOptions{Format: "sha256"}, rounds: 3},
		"version 2, without filters":            {server: gittest.Options{NoFilter: true}, rounds: 3},
		"version 0":                             {server: gittest.Options{V0Only: true}, rounds: 3},
		"version 0, without filters, tips only": {server: gittest.Options{V0Only: true, NoFilter: true}, repo: tipsOnly, rounds: 3},
		"commits only":                          {server: gittest.Options{CommitsOnly: true}, rounds: 3},
		"a directory":                           {rounds: 3, way: fromDirectory},
		"SSH":                                   {rounds: 3, ssh: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, c.server)
			r := s.NewRepo(t, "r.git", c.repo)
			random := rand.New(rand.NewPCG(1, 1))
			open := overHTTP
			if c.way != nil {
				open = c.way
			}
			if c.ssh {
				open = overSSH(t, s)
			}
			submodule := strings.Repeat("ab", len(r.Head(t))/2)
			for range c.rounds {
				for _, branch := range []string{"base", "head"} {
					_, _ = r.Run("update-ref", "-d", "refs/heads/"+branch)
					if _, err := r.Commit(branch, "m", scattered(random, submodule)); err != nil {
						t.Fatal(err)
					}
				}
				base, head := revisions(t, open(t, r), "base", "head")
				for _, path := range []string{"", "a", "a/b", "d", "none", "z/x"} {
					changes, err := gitread.Diff(t.Context(), base, head, path)
					if err != nil {
						t.Fatal(err)
					}
					got, want := diffLines(base.Format(), changes), rawDiff(t, r, "base", "head", path)
					if !slices.Equal(got, want) {
						t.Errorf("%q: got\n%s\nand git says\n%s", path, strings.Join(got, "\n"), strings.Join(want, "\n"))
					}
					if path != "" {
						continue
					}
					contents, err := gitread.ChangedBlobs(t.Context(), base, head, changes)
					if err != nil {
						t.Fatal(err)
					}
					for id, content := range contents {
						if gitobj.Hash(base.Format(), gitobj.KindBlob, content) != id {
							t.Errorf("blob %s has content %q", id, content)
						}
					}
				}
			}
		})
	}
}

// A repository of 8,000 files in 421 directories, of which four differ at three levels.
func TestADiffReadsOnlyDirectoriesThatDiffer(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r.git", gittest.RepoOptions{Empty: true})
	files := map[string]string{}
	for i := range 8_000 {
		files[fmt.Sprintf("d%02d/e%02d/f%02d/file%d", i%20, i/20%4, i/80%5, i)] = "x\n"
	}
	r.SeedText(t, files)
	r.Git(t, "branch", "base")
	r.SeedText(t, map[string]string{"d01/e00/f00/file1": "changed\n", "d19/new": "x\n"})
	base, head := revisions(t, writertest.Open(t, r), "base", "main")
	s.ResetStats()
	changes, err := gitread.Diff(t.Context(), base, head, "")
	if err != nil || len(changes) != 2 {
		t.Fatalf("%d changes, %v; want 2", len(changes), err)
	}
	if st := s.Stats(); st.Requests > 3 || st.BytesOut > 32<<10 {
		t.Errorf("the directories took %d requests and %d bytes, want at most 3 and 32 KiB", st.Requests, st.BytesOut)
	}
	s.ResetStats()
	if contents, err := gitread.ChangedBlobs(t.Context(), base, head, changes); err != nil || len(contents) != 2 {
		// The added file has the content that the changed one had.
		t.Errorf("%d contents, %v; want 2", len(contents), err)
	}
	if n := s.Stats().Requests; n != 1 {
		t.Errorf("the contents took %d requests, want 1", n)
	}
}

func TestADiffIsBounded(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	r.Git(t, "branch", "base")
	files := map[string]string{"large": strings.Repeat("x", gitread.MaxChangedBlob+1), "small": "y"}
	for i := range gitread.MaxChanges {
		files[fmt.Sprintf("many/%d", i)] = "x"
	}
	r.SeedText(t, files)
	base, head := revisions(t, writertest.Open(t, r), "base", "main")
	if _, err := gitread.Diff(t.Context(), base, head, ""); !errors.Is(err, gitread.ErrTooMany) || !strings.Contains(err.Error(), "more than 10000") {
		t.Errorf("more changes than are listed: %v", err)
	}
	changes, err := gitread.Diff(t.Context(), base, head, "many")
	if err != nil || len(changes) != gitread.MaxChanges {
		t.Errorf("%d changes, %v", len(changes), err)
	}
	for path, want := range map[string]int{"large": 0, "small": 1} {
		changes, err := gitread.Diff(t.Context(), base, head, path)
		if err != nil || len(changes) != 1 {
			t.Fatalf("%d changes of %s, %v", len(changes), path, err)
		}
		if contents, err := gitread.ChangedBlobs(t.Context(), base, head, changes); err != nil || len(contents) != want {
			t.Errorf("%d contents of %s, %v; want %d", len(contents), path, err, want)
		}
	}
}
