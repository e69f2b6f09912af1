package giturl

import (
	"fmt"
	"strings"
	"testing"
)

func TestAnAddressIsTakenApart(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Parts{
		"https://github.com/example/infrastructure":    {"https", "github.com", "example", "infrastructure"},
		"HTTPS://GitHub.com:443/example/infra.git/":    {"https", "github.com", "example", "infra"},
		"https://jo:s3cret@gitlab.com/group/sub/r.git": {"https", "gitlab.com", "group/sub", "r"},
		"http://127.0.0.1:8080/r.git":                  {"http", "127.0.0.1:8080", "", "r"},
		"https://dev.azure.com/org/a%20project/_git/r": {"https", "dev.azure.com", "org/a project/_git", "r"},
		"git@github.com:example/infrastructure.git":    {"ssh", "github.com", "example", "infrastructure"},
		"github.com:r": {"ssh", "github.com", "", "r"},
		"ssh://git@git.example.com:2222/team/r.git":         {"ssh", "git.example.com:2222", "team", "r"},
		"ssh://git@git.example.com:22/team/r.git":           {"ssh", "git.example.com", "team", "r"},
		"ssh://git.example.com/~jo/r.git":                   {"ssh", "git.example.com", "~jo", "r"},
		"[git@git.example.com:2222]:team/r":                 {"ssh", "git.example.com:2222", "team", "r"},
		"ssh://git@[::1]/r":                                 {"ssh", "[::1]", "", "r"},
		"file:///srv/git/r.git":                             {"file", "", "srv/git", "r"},
		"/srv/git/r.git":                                    {"file", "", "srv/git", "r"},
		"https://git.example.com/a.git/b.git":               {"https", "git.example.com", "a.git", "b"},
		"https://git-codecommit.x.amazonaws.com/v1/repos/r": {"https", "git-codecommit.x.amazonaws.com", "v1/repos", "r"},
	} {
		a, err := Read(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		got := a.Parts()
		if got != want {
			t.Errorf("%s: %+v, want %+v", in, got, want)
		}
		if strings.Contains(fmt.Sprint(got), "s3cret") {
			t.Errorf("%s: %+v has the password", in, got)
		}
	}
	if got := (Address{}).Parts(); got != (Parts{}) {
		t.Errorf("no address has the parts %+v", got)
	}
}
