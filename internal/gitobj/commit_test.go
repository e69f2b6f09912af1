package gitobj

import (
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	treeLine = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
	who      = "A U Thor <author@example.com> 1700000000 +0100"
	headers  = treeLine + "author " + who + "\ncommitter " + who + "\n"
)

// realCommits are commits as they stand in repositories; all have to survive parse and append.
var realCommits = map[string]string{
	"an ordinary one":       headers + "\nmessage\n",
	"a merge of three":      treeLine + parent("1") + parent("2") + parent("3") + "author " + who + "\ncommitter " + who + "\n\nm",
	"a signed one":          headers + "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQIz\n =abc\n -----END PGP SIGNATURE-----\n \n\nm\n",
	"a signature of SSH":    headers + "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NI\n -----END SSH SIGNATURE-----\n\nm\n",
	"a merged tag":          headers + "mergetag object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n type commit\n tag v1\n tagger " + who + "\n \n text\nencoding ISO-8859-1\n\nJ\xfcrgen\n",
	"no message":            headers + "\n",
	"not even a blank":      headers,
	"a message of blanks":   headers + "\n\n\n",
	"no newline at end":     headers + "\nmessage",
	"headers of hg":         headers + "HG:rename-source hg\nHG:extra branch:stable\n\nm\n",
	"a header without text": headers + "empty \nbare\n\nm\n",
	"a bare folded header":  headers + "bare\n a\n b\n\nm\n",
	"the zone -0000":        treeLine + "author A <a> 1 -0000\ncommitter A <a> 1 -0000\n\nm\n",
	"an author of old":      treeLine + "author A<a@b 12 +051800\ncommitter  <> 0 +0000\n\nm\n",
	"two authors":           treeLine + "author " + who + "\nauthor " + who + "\ncommitter " + who + "\n\nm\n",
	"an author last":        treeLine + "committer " + who + "\nauthor " + who + "\n\nm\n",
	"a parent too late":     headers + parent("1") + "\nm\n",
	"no author":             treeLine + "committer " + who + "\n\nm\n",
	"nothing but a tree":    treeLine,
	"a carriage return":     treeLine + "author A\r <a> 1 +0000\r\ncommitter A <a> 1 +0000\n\nm\r\n",
	"NUL in the message":    headers + "\na\x00b",
	"a folded author":       treeLine + "author A\n B <a> 1 +0000\ncommitter\n C\n\nm\n",
	"an empty author line":  treeLine + "author \ncommitter \n\nm\n",
}

func parent(digit string) string { return "parent " + strings.Repeat(digit, 40) + "\n" }

func TestCommitsSurviveParseAndAppend(t *testing.T) {
	t.Parallel()
	for name, raw := range realCommits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := ParseCommit(SHA1, []byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(c.Append([]byte("x")))[1:]; got != raw {
				t.Errorf("got\n%q\nwant\n%q", got, raw)
			}
		})
	}
}

func TestParseCommit(t *testing.T) {
	t.Parallel()
	c, err := ParseCommit(SHA1, []byte(realCommits["a merged tag"]))
	if err != nil {
		t.Fatal(err)
	}
	when := time.Unix(1700000000, 0).In(time.FixedZone("", 3600))
	want := &Commit{
		Tree:   mustID(t, "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
		Author: Signature{"A U Thor", "author@example.com", when}, Committer: Signature{"A U Thor", "author@example.com", when},
		Extra: []Header{
			{Key: "mergetag", Value: "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype commit\ntag v1\ntagger " + who + "\n\ntext"},
			{Key: "encoding", Value: "ISO-8859-1"},
		},
		Message: "J\xfcrgen\n",
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got\n%+v\nwant\n%+v", c, want)
	}
	c, err = ParseCommit(SHA1, []byte(realCommits["a merge of three"]))
	if err != nil || len(c.Parents) != 3 || c.Parents[2].String() != strings.Repeat("3", 40) {
		t.Errorf("parents: got %v, %v", c, err)
	}
	c, err = ParseCommit(SHA1, []byte(realCommits["the zone -0000"]))
	if err != nil || c.RawAuthor != "A <a> 1 -0000" || c.RawCommitter != c.RawAuthor || c.Author.Name != "A" {
		t.Errorf("odd lines: got %+v, %v", c, err)
	}
}

func TestMalformedCommitsAreErrors(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"nothing":                         "",
		"no tree":                         "author " + who + "\n\nm",
		"only a message":                  "\nm",
		"a tree that is no id":            "tree 4b825d\n\nm",
		"a tree of another format":        "tree " + strings.Repeat("1", 64) + "\n\nm",
		"two trees":                       treeLine + treeLine + "\nm",
		"a parent that is no id":          treeLine + "parent me\n\nm",
		"a continuation of nothing":       " a\n" + treeLine,
		"a parent with text after its id": treeLine + "parent " + strings.Repeat("1", 40) + " x\n\nm",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c, err := ParseCommit(SHA1, []byte(raw)); !errors.Is(err, ErrMalformed) {
				t.Errorf("got %+v, %v; want ErrMalformed", c, err)
			}
		})
	}
}

// goodCommit has everything that a commit of ours may have.
func goodCommit(f Format) *Commit {
	return &Commit{
		Tree:      Hash(f, KindTree, nil),
		Author:    Signature{"A U Thor, Jr.", "", time.Unix(0, 0).In(time.FixedZone("", -3600))},
		Committer: Signature{"Ünal", "ü@example.com", time.Unix(maxSeconds, 0).UTC()},
		Extra:     []Header{{Key: "gpgsig", Value: "-----BEGIN\n\nabc\n-----END\n"}, {Key: "note", Value: ""}},
		Message:   "subject\n\nbody\r\n\tindented\n",
	}
}

func TestWhatValidatePassesPassesFsck(t *testing.T) {
	t.Parallel()
	for _, f := range []Format{SHA1, SHA256} {
		r := newGitRepo(t, f)
		c := goodCommit(f)
		r.write(t, KindTree, nil)
		for _, message := range []string{c.Message, "", "no newline", "\n\nblank lines first", "tree x\nauthor y"} {
			c.Message = message
			if err := c.Validate(); err != nil {
				t.Fatal(err)
			}
			raw := c.Append(nil)
			id := r.git(t, string(raw), "hash-object", "-w", "-t", "commit", "--stdin") // not --literally: Git parses it
			if want := Hash(f, KindCommit, raw).String(); id != want {
				t.Fatalf("git calls it %s, we %s", id, want)
			}
			c.Parents = append(c.Parents, mustID(t, id))
			if got, want := r.git(t, "", "log", "-1", "--format=%an|%ae|%ad|%B", "--date=raw", id), "A U Thor, Jr.||0 -0100|"+message; strings.TrimRight(got, "\n") != strings.TrimRight(want, "\n") {
				t.Errorf("git reads %q, want %q", got, want)
			}
			tag := &Tag{Object: mustID(t, id), Kind: KindCommit, Name: "v1.0", Tagger: c.Author, Message: message}
			if err := tag.Validate(); err != nil {
				t.Fatal(err)
			}
			r.git(t, string(tag.Append(nil)), "hash-object", "-w", "-t", "tag", "--stdin")
		}
		if out, err := r.try("", "fsck", "--strict", "--no-dangling"); err != nil || strings.Contains(out, "error") || strings.Contains(out, "warning") {
			t.Errorf("%s: git fsck: %v\n%s", f, err, out)
		}
	}
}

// git strips the signature's header from a commit and checks what is left.
func TestASignatureIsAHeaderAsGitWritesIt(t *testing.T) {
	t.Parallel()
	for f, key := range map[Format]string{SHA1: "gpgsig", SHA256: "gpgsig-sha256"} {
		c := goodCommit(f)
		c.Extra = []Header{{Key: "encoding", Value: "UTF-8"}}
		head, body, _ := strings.Cut(string(c.Append(nil)), "\n\n")
		c.Sign("-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n")
		raw := c.Append(nil)
		if want := head + "\n" + key + " -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n\n" + body; string(raw) != want {
			t.Errorf("got\n%s\nwant\n%s", raw, want)
		}
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
		again, err := ParseCommit(f, raw)
		if err != nil || string(again.Append(nil)) != string(raw) {
			t.Errorf("it does not survive: %v", err)
		}
	}
}

func TestCommitsOfGitSurvive(t *testing.T) {
	t.Parallel()
	r := newGitRepo(t, SHA256)
	tree := r.git(t, "", "mktree")
	first := r.git(t, "one\n", "commit-tree", tree)
	second := r.git(t, "two\n", "commit-tree", tree, "-p", first)
	merge := r.git(t, "J\xfcrgen\n", "-c", "i18n.commitEncoding=ISO-8859-1", "commit-tree", tree, "-p", first, "-p", second)
	raw := r.read(t, KindCommit, merge)
	c, err := ParseCommit(SHA256, raw)
	if err != nil {
		t.Fatal(err)
	}
	if string(c.Append(nil)) != string(raw) {
		t.Errorf("got %q, want %q", c.Append(nil), raw)
	}
	if len(c.Parents) != 2 || c.Parents[1].String() != second || c.Extra[0].Key != "encoding" || c.Author.When.Format(time.RFC3339) != "2023-11-14T23:43:20+01:30" {
		t.Errorf("got %+v", c)
	}
	if err := c.Validate(); err != nil {
		t.Errorf("a commit of Git's own is refused: %v", err)
	}
}

func TestCommitValidate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*Commit)
		words  string
	}{
		"no tree":                     {func(c *Commit) { c.Tree = ID{} }, "tree"},
		"a zero parent":               {func(c *Commit) { c.Parents = []ID{SHA1.Zero()} }, "parent"},
		"a parent of another format":  {func(c *Commit) { c.Parents = []ID{testID(SHA256, 1)} }, "no sha1"},
		"a bad author":                {func(c *Commit) { c.Author.Name = "<" }, "author name"},
		"a bad committer":             {func(c *Commit) { c.Committer.Email = "\n" }, "committer email"},
		"NUL in the message":          {func(c *Commit) { c.Message = "a\x00b" }, "message"},
		"a message that is not UTF-8": {func(c *Commit) { c.Message = "\xfc" }, "message"},
		"a header with a field":       {func(c *Commit) { c.Extra = []Header{{Key: "parent", Value: "x"}} }, "parent"},
		"a header of two words":       {func(c *Commit) { c.Extra = []Header{{Key: "a b"}} }, "one word"},
		"a header of two lines":       {func(c *Commit) { c.Extra = []Header{{Key: "a\nb"}} }, "one word"},
		"a header with NUL":           {func(c *Commit) { c.Extra = []Header{{Key: "a", Value: "\x00"}} }, "header a"},
		"a raw line":                  {func(c *Commit) { c.RawAuthor = "x" }, "raw line"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := goodCommit(SHA1)
			tc.change(c)
			err := c.Validate()
			if _, ok := errors.AsType[*FieldError](err); !ok || !strings.Contains(err.Error(), tc.words) {
				t.Errorf("got %v, want a FieldError with %q", err, tc.words)
			}
		})
	}
	c := goodCommit(SHA1)
	c.Message, c.Extra = "\xfc", []Header{{Key: "encoding", Value: "ISO-8859-1"}}
	if err := c.Validate(); err != nil {
		t.Errorf("a message in the encoding that it names is refused: %v", err)
	}
}

// capitals are ids as git reads and does not write them.
var capitals = regexp.MustCompile(`(?m)^(tree|parent|object) .*[A-F]`)

func TestCommitsThatGitReadsAndDoesNotWrite(t *testing.T) {
	t.Parallel()
	const tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
	for _, raw := range []string{
		"tree " + strings.ToUpper(tree) + "\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nm",
		"tree " + tree + "\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000",
		"tree " + tree + "\nparent " + strings.ToUpper(tree) + "\nauthor a <a@b> 1 +0000\ngpgsig x\n y",
		"tree " + tree + "\n",
	} {
		c, err := ParseCommit(SHA1, []byte(raw))
		if err != nil || c.Tree.String() != tree {
			t.Errorf("%q: got %v, %v", raw, c, err)
		}
	}
	for _, raw := range []string{"tree " + tree, "tree " + tree + " \n", "tree \n" + tree, "author a <a@b> 1 +0000"} {
		if _, err := ParseCommit(SHA1, []byte(raw)); err == nil {
			t.Errorf("%q is taken for a commit", raw)
		}
	}
}

func FuzzCommit(f *testing.F) {
	for _, raw := range realCommits {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := ParseCommit(SHA1, raw)
		if err != nil {
			return
		}
		want := string(raw)
		if c.headOnly && !strings.HasSuffix(want, "\n") {
			want += "\n" // the end of the last header
		}
		if got := string(c.Append(nil)); got != want && (!capitals.MatchString(want) || !strings.EqualFold(got, want)) {
			t.Fatalf("got\n%q\nwant\n%q", got, raw)
		}
	})
}
