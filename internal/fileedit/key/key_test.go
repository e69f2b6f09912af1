package key_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/fileedit/key"
)

func member(name string) key.Step       { return key.Step{Name: name} }
func element(n int) key.Step            { return key.Step{Kind: key.Index, Index: n} }
func match(name, value string) key.Step { return key.Step{Kind: key.Match, Name: name, Value: value} }

func TestPaths(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]key.Path{
		`image.tag`:                       {member("image"), member("tag")},
		`spec.containers[0].image`:        {member("spec"), member("containers"), element(0), member("image")},
		`c[name=web].image`:               {member("c"), match("name", "web"), member("image")},
		`c["a.b"="x]y"]`:                  {member("c"), match("a.b", "x]y")},
		`labels["app.kubernetes.io/n"]`:   {member("labels"), member("app.kubernetes.io/n")},
		`resources[=../base]`:             {member("resources"), match("", "../base")},
		`[0][1]`:                          {element(0), element(1)},
		`["a"].b`:                         {member("a"), member("b")},
		`a-b_c/d e: f`:                    {member("a-b_c/d e: f")},
		`a[""]`:                           {member("a"), member("")},
		`env[n=""]`:                       {member("env"), match("n", "")},
		`images[name=ghcr.io/a/b].newTag`: {member("images"), match("name", "ghcr.io/a/b"), member("newTag")},
	} {
		got, err := key.ParsePath(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("ParsePath(%q) = %v, %v; want %v", text, got, err, want)
			continue
		}
		again, err := key.ParsePath(got.String())
		if err != nil || !reflect.DeepEqual(again, want) {
			t.Errorf("ParsePath(%q), which is String of %q, = %v, %v; want %v", got.String(), text, again, err, want)
		}
	}
}

func TestTextsThatAreNoPath(t *testing.T) {
	t.Parallel()
	for text, offset := range map[string]int{
		"": 0, ".": 0, "a.": 2, "a..b": 2, "a[": 2, "a[]": 2, "a[0": 3, "a[-1]": 2, "a[01]": 2, "a[b]": 2,
		`a["b]`: 2, "a[b=]": 4, "a[0]b": 4, "a]": 1, `a"b`: 1, "a=b": 1, "a[99999999999]": 2, "a[b=c=d]": 5, "\xff": 0,
	} {
		_, err := key.ParsePath(text)
		var syntax *key.SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset != offset {
			t.Errorf("ParsePath(%q): %v; want an error at byte %d", text, err, offset)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"a.b[0]", `a["b"].c[d=e]`, "[=x]", "a[", `["\u00e4"]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, err := key.ParsePath(text)
		if err != nil {
			return
		}
		again, err := key.ParsePath(path.String())
		if err != nil || !reflect.DeepEqual(again, path) {
			t.Fatalf("ParsePath(%q) = %#v; of its String %q = %#v, %v", text, path, path.String(), again, err)
		}
	})
}

func TestValuesOfOneMeaningAreEqual(t *testing.T) {
	t.Parallel()
	classes := [][]key.Value{
		{nil},
		{true},
		{false},
		{"", ""},
		{"1"},
		{key.Number("1"), key.Number("1.0"), key.Number("10e-1"), key.Number("1E0")},
		{key.Number("123456789012345678901234567890"), key.Number("1.2345678901234567890123456789e29")},
		{key.Number("inf")},
		{key.Number("1e100000")},
		{[]key.Value{}},
		{[]key.Value{key.Number("1"), "a"}, []key.Value{key.Number("1.0"), "a"}},
		{[]key.Value{"a", key.Number("1")}},
		{key.Map{}},
		{
			key.Map{{Key: "a", Value: nil}, {Key: "b", Value: "x"}},
			key.Map{{Key: "b", Value: "x"}, {Key: "a", Value: nil}},
		},
		{key.Map{{Key: "a", Value: nil}, {Key: "b", Value: "y"}}},
	}
	for i, class := range classes {
		for j, other := range classes {
			for _, a := range class {
				for _, b := range other {
					if got := key.Equal(a, b); got != (i == j) {
						t.Errorf("Equal(%v, %v) = %v", a, b, got)
					}
					if got := key.Canonical(a) == key.Canonical(b); got != (i == j) {
						t.Errorf("Canonical: %s and %s", key.Canonical(a), key.Canonical(b))
					}
				}
			}
		}
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		inner, outer string
		want         bool
	}{{"a.b", "a", true}, {"a", "a", true}, {"a", "a.b", false}, {"ab", "a", false}, {"a[0].b", "a[0]", true}, {"a[1]", "a[0]", false}} {
		inner, _ := key.ParsePath(c.inner)
		outer, _ := key.ParsePath(c.outer)
		if got := inner.Within(outer); got != c.want {
			t.Errorf("%s within %s: %v", c.inner, c.outer, got)
		}
	}
}
