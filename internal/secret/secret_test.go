package secret

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestScrub(t *testing.T) {
	t.Parallel()
	const pat = "github_pat_11ABCDEFG0abcdefghijkl_mnop"
	for name, c := range map[string]struct {
		secrets    []string
		text, want string
	}{
		"none":                         {nil, "all of it", "all of it"},
		"whole":                        {[]string{"hunter2!"}, "no hunter2! here", "no [redacted] here"},
		"in a URL":                     {[]string{"a/b c?d"}, "https://u:a%2Fb%20c%3Fd@h and a%2Fb+c%3Fd", "https://u:[redacted]@h and [redacted]"},
		"quoted":                       {[]string{"pa\"ss\\w"}, `"pa\"ss\\w"`, `"[redacted]"`},
		"one holds another":            {[]string{"abcdef", "xabcdefx"}, "xabcdefx abcdef", "[redacted] [redacted]"},
		"cut off":                      {[]string{"s3cretTOKEN"}, "token s3cretTO…", "token [redacted]…"},
		"cut off at the end":           {[]string{"s3cretTOKEN"}, "token s3cretTOK", "token [redacted]"},
		"too little of it":             {[]string{"s3cretTOKEN"}, "s3cre", "s3cre"},
		"a longer word":                {[]string{"password-of-mine"}, "passwordless", "passwordless"},
		"the name of a host":           {[]string{pat}, "https://github.com/o/r: GitHub, github", "https://github.com/o/r: GitHub, github"},
		"the kind of a token":          {[]string{pat}, "a github_pat_ token", "a github_pat_ token"},
		"a token cut off":              {[]string{pat}, "github_pat_11ABCDEF", "[redacted]"},
		"the scheme of a header":       {[]string{"Basic am86aHVudGVyMg=="}, "Basic authentication is off", "Basic authentication is off"},
		"a header without its padding": {[]string{"am86aHVudGVyMg=="}, "am86aHVudGVyMg", "[redacted]"},
		"too short":                    {[]string{"x", ""}, "x x", "x x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Scrub(c.text, c.secrets...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestHiddenPrintsAsNothing(t *testing.T) {
	t.Parallel()
	type credential struct {
		Hidden
		Password string
	}
	c := credential{Password: "hunter2!"}
	inJSON, err := json.Marshal(map[string]any{"c": c, "p": &c})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %q %x", c, c, c, c, c, c), fmt.Sprint(&c), string(inJSON), c.LogValue().String()} {
		if strings.Contains(text, "unter") || !strings.Contains(text, Redacted) {
			t.Error(text)
		}
	}
}

// FuzzScrub looks for texts in which a secret stays.
func FuzzScrub(f *testing.F) {
	f.Add("https://u:s3cret/x@h", "s3cret/x", "s3")
	f.Add("aaaaaa", "aa", "aaa")
	f.Fuzz(func(t *testing.T, text, one, two string) {
		got := Scrub(text, one, two)
		for _, s := range []string{one, two} {
			// Redacted itself may look like a secret.
			if len(s) >= minSecret && strings.Contains(strings.ReplaceAll(got, Redacted, "\x00"), s) && !strings.Contains(s, "\x00") && strings.Contains(text, s) {
				t.Errorf("%q stays in %q", s, got)
			}
		}
	})
}
