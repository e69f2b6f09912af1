package gitobj

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// names are segments, with whether they are fine for a file: the others are names that some file
// system may take for another file.
var names = map[string]bool{
	"a": true, "é": true, "山田.txt": true, "a b": true, "-x": true, "a:b": true, "CON": true, "nul.txt": true,
	"notes.": true, "notes ": true, "~": true, "*": true, "'\"$`": true, "#": true, "🎉": true,
	".": false, "..": false, "...": true, "..a": true,
	".git": false, ".GIT": false, ".Git": false, ".gIt": false, ".git.": false, ".git ": false, ".git. .": false,
	".git...": false, ".git:stream": false, ".git::$INDEX_ALLOCATION": false, ".git . :x": false,
	"git~1": false, "GIT~1": false, "Git~1 .": false, "git~1:x": false, "git~2": true, "git~10": true,
	".gitx": true, ".git.x": true, ".git-": true, "x.git": true, "git": true, ".gi": true, " .git": true,
	".g\u200cit": false, "\u200d.git": false, ".git\ufeff": false, ".\u202aGI\u206aT\u206f": false, "\u200b.git": true,
	".g\u200c": true, ".g\u0131t": true, ".git\u200c.": true, "\uff0egit": true,
	`.git\x`: false, `a\b`: false, `\`: false, `a\.git`: false,
	"a\tb": false, "a\nb": false, "a\x7f": false, "\xff": false, "a\xc3": false,
	".gitmodules": true, ".GITMODULES": true, "gitmod~1": true, "GI7EBA~1": true, ".gitmodules ": true,
	".gitm\u200codules": true, "gitmod~5": true, "gi7eba~9": true, "gi7eb~10": true, "gi7~1000": true, "gi7~0000": true,
	"~1000000": true, "gi7eba~1:x": true, ".gitmodules:$DATA": true, "gitmod~4 .": true, ".gitmodulesx": true,
	".gitattributes": true, ".gitattribute\u200fs": true, "gitatt~1": true, "gi7d29~1": true,
	".gitignore": true, ".mailmap": true, "gitign~1": true, "mailma~1": true,
	"ſgit": true, ".git\u017f": true,
}

func TestValidatePathOfOneSegment(t *testing.T) {
	t.Parallel()
	for name, want := range names {
		for _, path := range []string{name, "dir/" + name} {
			err := ValidatePath(path)
			if (err == nil) != want {
				t.Errorf("ValidatePath(%q) = %v, want accepted %v", path, err, want)
			}
			if pe, ok := errors.AsType[*PathError](err); err != nil && (!ok || pe.Path != path || pe.Reason == "") {
				t.Errorf("ValidatePath(%q) = %#v, want a PathError", path, err)
			}
		}
	}
}

// TestWhatWeAcceptGitAccepts lets git judge every name as a file, a directory, a symbolic link and
// a submodule: in a tree that fsck checks, and in the index with the protections of all file
// systems on.
func TestWhatWeAcceptGitAccepts(t *testing.T) {
	t.Parallel()
	r := newGitRepo(t, SHA1)
	blob := r.write(t, KindBlob, []byte("x"))
	inner := r.write(t, KindTree, AppendTree(nil, []TreeEntry{{ModeFile, "f", blob}}))
	link := r.git(t, "", "commit-tree", "-m", "m", inner.String())
	var accepted strings.Builder
	for name := range names {
		for _, mode := range []Mode{ModeFile, ModeExec, ModeTree, ModeSymlink, ModeSubmodule} {
			if ValidateEntry("dir/"+name, mode) != nil || !utf8.ValidString(name) {
				continue
			}
			id := blob
			switch mode {
			case ModeTree:
				if ValidatePath(name+"/f") != nil {
					t.Errorf("%q is accepted as a directory, but not a file in it", name)
				}
				id = inner
			case ModeSubmodule:
				id = mustID(t, link)
			}
			r.write(t, KindTree, AppendTree(nil, []TreeEntry{{mode, name, id}}))
			if mode == ModeTree {
				fmt.Fprintf(&accepted, "%s %s\tdir/%s/f\x00", ModeFile, blob, name)
			} else {
				fmt.Fprintf(&accepted, "%s %s\tdir-%s/%s\x00", mode, id, mode, name)
			}
		}
	}
	out, err := r.try("", "fsck", "--strict", "--no-dangling")
	if strings.Contains(out, "error") || err != nil {
		t.Errorf("git fsck: %v\n%s", err, out)
	}
	r.git(t, accepted.String(), "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true", "update-index", "-z", "--index-info")
	if want, got := strings.Count(accepted.String(), "\x00"), strings.Count(r.git(t, "", "ls-files", "-z"), "\x00"); got != want {
		t.Errorf("git took %d paths into its index, want %d", got, want)
	}
}

// TestWhatGitRefusesWeRefuse is the other direction, and shows that the judge above is awake.
func TestWhatGitRefusesWeRefuse(t *testing.T) {
	t.Parallel()
	r := newGitRepo(t, SHA1)
	blob := r.write(t, KindBlob, []byte("x"))
	refused := 0
	for name := range names {
		for _, mode := range []Mode{ModeFile, ModeSymlink} {
			out, err := r.try("", "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true",
				"update-index", "--add", "--cacheinfo", fmt.Sprintf("%s,%s,%s", mode, blob, name))
			if err == nil {
				r.git(t, "", "read-tree", "--empty")
				continue
			}
			refused++
			if ValidateEntry(name, mode) == nil {
				t.Errorf("git refuses %q as %s, we do not: %s", name, mode, out)
			}
		}
	}
	if refused < 40 {
		t.Errorf("git refused %d names only", refused)
	}
}

func TestValidatePathAsAWhole(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		path  string
		words string // "" when it is fine
	}{
		"several segments":           {"a/b/c.txt", ""},
		"4,096 bytes":                {strings.Repeat("abcdefg/", 511) + "abcdefgh", ""},
		"one more":                   {strings.Repeat("abcdefg/", 512) + "a", "4097 bytes"},
		"5,000 bytes":                {strings.Repeat("a", 5000), "5000 bytes"},
		"255 bytes in a segment":     {"a/" + strings.Repeat("é", 127) + "x", ""},
		"256 bytes in a segment":     {"a/" + strings.Repeat("é", 128), "256 bytes"},
		"nothing":                    {"", "is empty"},
		"absolute":                   {"/etc/passwd", "is absolute"},
		"a slash at the end":         {"a/", "ends in '/'"},
		"5,000 bytes of letters":     {"a" + strings.Repeat("é", 2500), "(5001 bytes)"},
		"two slashes":                {"a//b", "empty segment"},
		"up":                         {"a/../b", `segment ".."`},
		"here":                       {"./a", `segment "."`},
		"a backslash":                {`a\b`, "backslash"},
		"Git's directory":            {"a/.GIT/config", `segment ".GIT"`},
		"not UTF-8":                  {"a/\xff", "UTF-8"},
		"a control character":        {"a/b\x01c", "control character"},
		"NUL":                        {"a\x00", "control character"},
		".gitmodules as a directory": {".gitmodules/x", "has to be a file"},
		"and one below":              {"a/.gitattributes/x/y", "has to be a file"},
		"a short name of it":         {"GITMOD~1/x", "has to be a file"},
		"but .gitignore may be one":  {".gitignore/x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := ValidatePath(tc.path)
			switch {
			case tc.words == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tc.words != "" && (err == nil || !strings.Contains(err.Error(), tc.words)):
				t.Errorf("got %v, want an error with %q", err, tc.words)
			case err != nil && (len(err.Error()) > 500 || !utf8.ValidString(err.Error())):
				t.Errorf("the error has %d bytes: %v", len(err.Error()), err)
			}
		})
	}
}

func TestValidateEntryLooksAtTheMode(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		path string
		mode Mode
		ok   bool
	}{
		{".gitmodules", ModeFile, true},
		{".gitmodules", ModeExec, true},
		{".gitmodules", ModeSymlink, false},
		{"a/gi7eba~1", ModeSymlink, false},
		{".gitm\u200codules", ModeSymlink, false},
		{".gitmodules", ModeTree, false},
		{".gitmodules", ModeSubmodule, false},
		{".gitattributes", ModeSymlink, true},
		{".gitattributes", ModeTree, false},
		{".gitignore", ModeSymlink, true},
		{"a", ModeSubmodule, true},
	} {
		if err := ValidateEntry(tc.path, tc.mode); (err == nil) != tc.ok {
			t.Errorf("ValidateEntry(%q, %s) = %v, want accepted %v", tc.path, tc.mode, err, tc.ok)
		}
	}
}

func FuzzPath(f *testing.F) {
	for name := range names {
		f.Add("a/"+name, uint32(ModeSymlink))
	}
	f.Fuzz(func(t *testing.T, path string, mode uint32) {
		err := ValidateEntry(path, Mode(mode))
		if err != nil {
			if _, ok := errors.AsType[*PathError](err); !ok || err.Error() == "" {
				t.Fatalf("%#v is no PathError", err)
			}
			return
		}
		if !utf8.ValidString(path) || len(path) > MaxPath {
			t.Fatalf("%q was accepted", path)
		}
		for s := range strings.SplitSeq(path, "/") {
			if s == "" || s == "." || s == ".." || strings.EqualFold(s, ".git") {
				t.Fatalf("%q was accepted with the segment %q", path, s)
			}
		}
	})
}
