package gitobj

import (
	"errors"
	"strings"
	"testing"
)

const tagStart = "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype tree\ntag v1\n"

var realTags = map[string]string{
	"an ordinary one":  tagStart + "tagger " + who + "\n\nmessage\n",
	"a signed one":     tagStart + "tagger " + who + "\n\nmessage\n-----BEGIN PGP SIGNATURE-----\n",
	"an old one":       tagStart + "\nno tagger\n",
	"without a body":   tagStart,
	"without a line":   tagStart + "\n",
	"an odd tagger":    tagStart + "tagger A <a> 1 -0000\n\nm\n",
	"further headers":  tagStart + "tagger " + who + "\ngpgsig-sha256 a\n b\n\nm\n",
	"a header instead": tagStart + "note x\ntagger " + who + "\n\nm\n",
}

func TestTagsSurviveParseAndAppend(t *testing.T) {
	t.Parallel()
	for name, raw := range realTags {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tag, err := ParseTag(SHA1, []byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(tag.Append(nil)); got != raw {
				t.Errorf("got\n%q\nwant\n%q", got, raw)
			}
			if tag.Name != "v1" || tag.Kind != KindTree || tag.Object.IsZero() {
				t.Errorf("got %+v", tag)
			}
		})
	}
}

func TestMalformedTagsAreErrors(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"nothing":            "",
		"only a message":     "\nm",
		"no name":            "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype tree\n\nm",
		"another order":      "type tree\nobject 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntag v1\n\nm",
		"no such kind":       "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype branch\ntag v1\n\nm",
		"no id":              "object x\ntype tree\ntag v1\n\nm",
		"a header cut short": tagStart + "tagger A",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tag, err := ParseTag(SHA1, []byte(raw)); !errors.Is(err, ErrMalformed) {
				t.Errorf("got %+v, %v; want ErrMalformed", tag, err)
			}
		})
	}
}

func TestTagValidate(t *testing.T) {
	t.Parallel()
	good := func() *Tag {
		return &Tag{Object: testID(SHA1, 1), Kind: KindCommit, Name: "v1", Tagger: goodCommit(SHA1).Author, Message: "m"}
	}
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	for words, change := range map[string]func(*Tag){
		"object":       func(t *Tag) { t.Object = ID{} },
		"type":         func(t *Tag) { t.Kind = 0 },
		"tag name":     func(t *Tag) { t.Name = "a\nb" },
		"raw line":     func(t *Tag) { t.RawTagger = "x" },
		"tagger email": func(t *Tag) { t.Tagger.Email = "<" },
		"header":       func(t *Tag) { t.Extra = []Header{{Key: "object"}} },
		"message":      func(t *Tag) { t.Message = "\x00" },
	} {
		tag := good()
		change(tag)
		err := tag.Validate()
		if _, ok := errors.AsType[*FieldError](err); !ok || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want a FieldError with %q", err, words)
		}
	}
}

func FuzzTag(f *testing.F) {
	for _, raw := range realTags {
		f.Add([]byte(raw))
	}
	f.Add([]byte("object 00A0000000000000000000000000000000000000\ntype tree\ntag 0\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		tag, err := ParseTag(SHA1, raw)
		if err != nil {
			return
		}
		if got, want := string(tag.Append(nil)), string(raw); got != want && (!capitals.MatchString(want) || !strings.EqualFold(got, want)) {
			t.Fatalf("got\n%q\nwant\n%q", got, raw)
		}
	})
}
