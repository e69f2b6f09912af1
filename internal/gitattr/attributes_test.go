package gitattr

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestValue(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ root, sub, path, want string }{
		"none":                 {"", "", "a.bin", Unspecified},
		"as git lfs track":     {"*.bin filter=lfs diff=lfs merge=lfs -text\n", "", "a/b.bin", "lfs"},
		"another name":         {"*.bin filter=lfs\n", "", "a/b.txt", Unspecified},
		"the last line counts": {"*.bin filter=lfs\na.bin filter=other\n", "", "d/a.bin", "other"},
		"the nearest file":     {"*.bin filter=lfs\n", "*.bin -filter\n", "sub/a.bin", Unset},
		"not below it":         {"", "*.bin filter=lfs\n", "a.bin", Unspecified},
		"taken back":           {"* filter=lfs\n*.md !filter\n", "", "a.md", Unspecified},
		"a macro":              {"[attr]large filter=lfs -text\n*.bin large\n", "", "sub/a.bin", "lfs"},
		"a macro below":        {"", "[attr]large filter=lfs\n*.bin large\n", "sub/a.bin", Unspecified},
		"carriage returns":     {"*.bin filter=lfs\r\n", "", "a.bin", "lfs"},
		"a mark of UTF-8":      {"\ufeff*.bin filter=lfs", "", "a.bin", "lfs"},
		"in quotes":            {"\"a b.bin\" filter=lfs", "", "a b.bin", "lfs"},
		"a path":               {"/data/** filter=lfs", "", "data/x/y", "lfs"},
		"another path":         {"/data/** filter=lfs", "", "sub/data/x", Unspecified},
		"a line too long":      {"*.bin filter=lfs " + strings.Repeat("x", maxLine), "", "a.bin", Unspecified},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := (*Attributes)(nil).With("", []byte(c.root)).With("sub", []byte(c.sub))
			if got := a.Value(c.path, "filter"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestTheFileBeforeIsNotChanged gives one directory's attributes to two below it.
func TestTheFileBeforeIsNotChanged(t *testing.T) {
	t.Parallel()
	root := (*Attributes)(nil).With("", []byte("[attr]m filter=lfs\n*.a m\n"))
	one := root.With("one", []byte("*.b filter=one\n"))
	two := root.With("two", []byte("*.b filter=two\n"))
	if one.Value("one/x.b", "filter") != "one" || two.Value("two/x.b", "filter") != "two" || root.Value("one/x.b", "filter") != Unspecified {
		t.Error("the attributes of directories next to each other are mixed")
	}
}

// TestAsGit has git judge some thousand paths in generated trees of .gitattributes files.
func TestAsGit(t *testing.T) {
	t.Parallel()
	const seed, trees = 20, 60
	r := rand.New(rand.NewPCG(seed, 0))
	pick := func(from string) string {
		words := strings.Fields(from)
		return words[r.IntN(len(words))]
	}
	glob := func() string {
		var b strings.Builder
		for range 1 + r.IntN(6) {
			b.WriteString(pick(`a b c . / / * * ** **/ /** ? [ab] [!a] [^b] [a-c] [c-a] [[:alpha:]] [[:nope:]] [] []a] [a [:alpha:] [[:a] [a-] [\]] \a \* \ ! # [/] [-a] [a-\c]`))
		}
		return b.String()
	}
	line := func() string {
		pattern := glob()
		switch r.IntN(12) {
		case 0:
			pattern = `"` + pattern + `"`
		case 1:
			pattern = "[attr]" + pick("m n binary text")
		case 2:
			pattern = "  " + pattern
		case 3:
			pattern = pick(`"a\142c" "a\\*" "\101" "a\x" "unclosed " ' [attr]`)
		}
		for range r.IntN(4) {
			pattern += []string{" ", "  ", "\t"}[r.IntN(3)] + pick("filter=lfs filter=other -filter !filter filter m -m !m n m=1 binary -binary text eol=lf filter= -filter=x fil*ter - =x")
		}
		return pattern
	}
	file := func() []byte {
		var b bytes.Buffer
		for range 2 + r.IntN(10) {
			fmt.Fprintf(&b, "%s%s", line(), []string{"\n", "\r\n", " \n", "\t\n"}[r.IntN(4)])
		}
		return b.Bytes()
	}
	given := 0
	for tree := range trees {
		directory := t.TempDir()
		git := func(stdin string, args ...string) []byte {
			cmd := exec.CommandContext(t.Context(), "git", args...) // #nosec G204 -- a test
			cmd.Dir, cmd.Stdin = directory, strings.NewReader(stdin)
			cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_ATTR_NOSYSTEM=1", "XDG_CONFIG_HOME="+directory, "HOME="+directory)
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("git %s: %v", args, err)
			}
			return out
		}
		git("", "init", "-q")
		git("", "config", "core.ignorecase", "false")
		var a *Attributes
		files := ""
		for _, at := range []string{"", "a", "a/b"} {
			content := file()
			a = a.With(at, content)
			files += fmt.Sprintf("--- %q\n%s", at, content)
			if err := os.MkdirAll(filepath.Join(directory, at), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(directory, at, File), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var paths []string
		for range 80 {
			var path []string
			for range 1 + r.IntN(4) {
				path = append(path, pick(`a b c ab abc a.b .a aac * [a] a\b !a #a A - ]`))
			}
			paths = append(paths, strings.Join(path, "/"))
		}
		said := strings.Split(string(git(strings.Join(paths, "\x00")+"\x00", "check-attr", "-z", "--stdin", "filter", "m", "text")), "\x00")
		for ; len(said) >= 3; said = said[3:] {
			if said[2] != Unspecified {
				given++
			}
			if got := a.Value(said[0], said[1]); got != said[2] {
				t.Errorf("tree %d: %s of %s is %q, and git says %q, with\n%s", tree, said[1], said[0], got, said[2], files)
			}
		}
	}
	if given < 500 {
		t.Errorf("only %d attributes were given", given)
	}
}

// FuzzValue looks for panics and for patterns that take long.
func FuzzValue(f *testing.F) {
	f.Add([]byte("[attr]m filter=lfs\n*a*[!b]**/c\\* m\n\"a\\142\" -m\n"), "a/b/c")
	f.Add([]byte(strings.Repeat("*a", 900)+"b x"), strings.Repeat("a", 400))
	f.Fuzz(func(t *testing.T, content []byte, path string) {
		content, path = content[:min(len(content), 4*maxLine)], path[:min(len(path), 1000)]
		a := (*Attributes)(nil).With("", content).With("a", content)
		if v := a.Value(path, "filter"); v == "" && !bytes.Contains(content, []byte("=")) {
			t.Error("an attribute without a value has the value of none")
		}
	})
}
