package hosts

import (
	"slices"
	"strings"
	"testing"
)

func TestSayingsAreInOrder(t *testing.T) {
	t.Parallel()
	for i, s := range slices.Concat(sayings, commandSayings) {
		if s.Host == "" || s.Hint == "" || len(s.Says) == 0 {
			t.Errorf("%d: %+v lacks something", i, s)
		}
		for _, words := range s.Says {
			if words != strings.ToLower(words) {
				t.Errorf("%s: %q is never found", s.Host, words)
			}
			if len(s.Status) > 0 {
				continue
			}
			if _, ok := Explain(0, "remote: "+words+"."); !ok {
				if _, ok = ExplainCommand(words); !ok {
					t.Errorf("%s: %q is not understood", s.Host, words)
				}
			}
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		words  string
		class  Class
	}{
		{401, "Bad credentials", Credentials},
		{403, "Permission denied to hubot", Rights},
		{401, "permission denied to hubot", Unclassified},
		{0, "GH006: Protected branch update failed for refs/heads/main.", Protected},
		{0, "this push is fine", Unclassified},
		{0, "unprotectedbranch", Unclassified},
	} {
		if s, ok := Explain(c.status, c.words); s.Class != c.class || ok != (c.class != Unclassified) {
			t.Errorf("%d %s: class %d (%s), want %d", c.status, c.words, s.Class, s.Host, c.class)
		}
	}
	if s, ok := ExplainCommand("bash: git-receive-pack: command not found"); !ok || s.Class != Broken {
		t.Errorf("a command that is not there: %+v", s)
	}
	if s, ok := ExplainCommand("GH006: Protected branch update failed"); ok {
		t.Errorf("a rule is no reason why a command gives up: %+v", s)
	}
}
