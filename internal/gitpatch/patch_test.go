package gitpatch_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpatch"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// sideOf is a path in a commit.
func sideOf(t *testing.T, r *gittest.Repo, commit, path string) (s gitpatch.Side) {
	t.Helper()
	e, ok := r.Tree(t, commit)[path]
	if !ok {
		return s
	}
	var err error
	if s.ID, err = gitobj.ParseID(e.ID); err != nil {
		t.Fatal(err)
	}
	if s.Mode, err = gitobj.ParseMode(e.Mode); err != nil {
		t.Fatal(err)
	}
	if !s.Mode.IsSubmodule() {
		s.Text = r.Content(t, commit, path)
		s.Binary = gitpatch.IsBinary([]byte(s.Text))
	}
	return s
}

// patch is our patch between two commits.
func patch(t *testing.T, r *gittest.Repo, base, head string) string {
	t.Helper()
	paths := maps.Clone(r.Tree(t, base))
	maps.Copy(paths, r.Tree(t, head))
	var out []byte
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if f := (gitpatch.File{Path: path, Base: sideOf(t, r, base, path), Head: sideOf(t, r, head, path)}); f.Base != f.Head {
			out = gitpatch.Append(out, f)
		}
	}
	return string(out)
}

// gitDiff is git's patch.
func gitDiff(t *testing.T, r *gittest.Repo, base, head string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "diff", "--full-index", "--no-renames", base, head)
	cmd.Dir, cmd.Env = r.Dir, gittest.Env()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// applies checks that git apply makes the tree of head out of base's.
func applies(t *testing.T, r *gittest.Repo, base, head, patch string) {
	t.Helper()
	index := filepath.Join(t.TempDir(), "index")
	git := func(in string, args ...string) string {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir, cmd.Env, cmd.Stdin = r.Dir, gittest.Env("GIT_INDEX_FILE="+index), strings.NewReader(in)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v\n%s\n%s", args, err, out, patch)
		}
		return strings.TrimSpace(string(out))
	}
	git("", "read-tree", base)
	if patch != "" {
		git(patch, "apply", "--cached", "--whitespace=nowarn", "-")
	}
	if got, want := git("", "write-tree"), r.Git(t, "rev-parse", head+"^{tree}"); got != want {
		t.Errorf("the patch makes tree %s, want %s:\n%s", got, want, patch)
	}
	_ = os.Remove(index)
}

func TestAPatchIsThatOfGitDiff(t *testing.T) {
	t.Parallel()
	lines := func(from, to int) string {
		var b strings.Builder
		for i := from; i <= to; i++ {
			fmt.Fprintf(&b, "line %d\n", i)
		}
		return b.String()
	}
	link := func(to string) gittest.File { return gittest.File{Content: to, Mode: "120000"} }
	for name, c := range map[string]struct{ base, head gittest.File }{
		"a line changed":           {gittest.File{Content: "a\nb\nc\n"}, gittest.File{Content: "a\nB\nc\n"}},
		"two hunks":                {gittest.File{Content: lines(1, 40)}, gittest.File{Content: "x\n" + lines(1, 30) + lines(32, 40)}},
		"hunks that touch":         {gittest.File{Content: lines(1, 20)}, gittest.File{Content: lines(1, 5) + "x\n" + lines(7, 12) + "y\n" + lines(14, 20)}},
		"a heading":                {gittest.File{Content: "func f() {  \n" + strings.Repeat("\ta\n", 9) + "}\n"}, gittest.File{Content: "func f() {  \n" + strings.Repeat("\ta\n", 8) + "\tb\n}\n"}},
		"a long heading":           {gittest.File{Content: "f" + strings.Repeat("x", 90) + "\n" + lines(1, 9)}, gittest.File{Content: "f" + strings.Repeat("x", 90) + "\n" + lines(1, 8) + "z\n"}},
		"an added file":            {gittest.File{Remove: true}, gittest.File{Content: "a\n"}},
		"an added file of nothing": {gittest.File{Remove: true}, gittest.File{}},
		"a removed file":           {gittest.File{Content: "a\nb\n"}, gittest.File{Remove: true}},
		"an emptied file":          {gittest.File{Content: "a\nb\n"}, gittest.File{}},
		"no newline at the end":    {gittest.File{Content: "a\nb"}, gittest.File{Content: "a\nc"}},
		"a newline at the end":     {gittest.File{Content: "a\nb"}, gittest.File{Content: "a\nb\n"}},
		"a newline taken away":     {gittest.File{Content: "a\nb\n"}, gittest.File{Content: "a\nb"}},
		"an executable file":       {gittest.File{Content: "a\n"}, gittest.File{Content: "a\n", Mode: "100755"}},
		"executable, and changed":  {gittest.File{Content: "a\n"}, gittest.File{Content: "b\n", Mode: "100755"}},
		"a link":                   {link("a"), link("b")},
		"a file becomes a link":    {gittest.File{Content: "a\n"}, link("b")},
		"a submodule":              {gittest.File{Content: strings.Repeat("ab", 20), Mode: "160000"}, gittest.File{Content: strings.Repeat("cd", 20), Mode: "160000"}},
		"binary":                   {gittest.File{Content: "a\x00"}, gittest.File{Content: "b\x00"}},
		"binary, added":            {gittest.File{Remove: true}, gittest.File{Content: "b\x00"}},
		"carriage returns":         {gittest.File{Content: "a\r\nb\r\n"}, gittest.File{Content: "a\r\nc\r\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			r := s.NewRepo(t, "r.git", gittest.RepoOptions{})
			paths := []string{"f", "with blank/f", "quote\"d\t\u00fc"}
			at := func(f gittest.File) map[string]gittest.File {
				files := map[string]gittest.File{}
				for _, p := range paths {
					files[p] = f
				}
				return files
			}
			base := r.Head(t)
			if !c.base.Remove {
				base = r.Seed(t, at(c.base))
			}
			head := r.Seed(t, at(c.head))
			got := patch(t, r, base, head)
			if want := gitDiff(t, r, base, head); got != want {
				t.Errorf("the patch is\n%s\nand git's\n%s", got, want)
			}
			if !strings.Contains(name, "submodule") {
				applies(t, r, base, head, got)
			}
		})
	}
}

// Contents of few different lines have many shortest patches: git chooses by rules of its own, and
// what counts is that the patch applies. Contents of lines that occur once have a single one.
func TestEveryPatchApplies(t *testing.T) {
	t.Parallel()
	const seed, rounds = 3, 60
	random := rand.New(rand.NewPCG(seed, seed))
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	file := func(kinds, most int) string {
		var b strings.Builder
		for range random.IntN(most) {
			fmt.Fprintf(&b, "%d\n", random.IntN(kinds))
		}
		return strings.TrimSuffix(b.String(), []string{"", "\n"}[random.IntN(2)])
	}
	edit := func(content string) string {
		lines := strings.SplitAfter(content, "\n")
		for range 1 + random.IntN(5) {
			at := random.IntN(len(lines))
			switch random.IntN(3) {
			case 0:
				lines = slices.Delete(lines, at, min(len(lines), at+1+random.IntN(3)))
			case 1:
				lines = slices.Insert(lines, at, file(1_000_000, 3)+"\n")
			default:
				lines[at] = fmt.Sprintf("changed %d\n", random.IntN(1_000_000))
			}
			if len(lines) == 0 {
				lines = []string{""}
			}
		}
		return strings.Join(lines, "")
	}
	same, unique := 0, 0
	for range rounds {
		few, distinct := file(5, 200), file(1_000_000, 200)
		base := r.SeedText(t, map[string]string{"few": few, "distinct": distinct, "keep": file(9, 9) + "."})
		head := r.SeedText(t, map[string]string{"few": file(5, 200) + ".", "distinct": edit(distinct), "x": file(9, 9)})
		ours, gits := patch(t, r, base, head), gitDiff(t, r, base, head)
		applies(t, r, base, head, ours)
		one, _, _ := strings.Cut(ours, "diff --git a/few")
		theirs, _, _ := strings.Cut(gits, "diff --git a/few")
		if one == theirs {
			unique++
		}
		if ours == gits {
			same++
		}
	}
	t.Logf("of %d patches, %d are git's to the byte; of those with distinct lines %d", rounds, same, unique)
	if unique < rounds*9/10 {
		t.Errorf("seed %d: of %d patches of distinct lines, only %d are git's", seed, rounds, unique)
	}
}
