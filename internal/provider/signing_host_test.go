package provider

import (
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// TestWhereTheHostCannotSignIsAnErrorOfTheConfiguration has a block, an environment and a part of
// the error in each case; "" for none.
func TestWhereTheHostCannotSignIsAnErrorOfTheConfiguration(t *testing.T) {
	t.Parallel()
	const at = "commit.signing.format: The host cannot sign: "
	for name, tc := range map[string]struct {
		url   any
		token string
		env   map[string]string
		want  string
	}{
		"GitHub":                      {"https://github.com/acme/web.git", "ghs_0123456789", nil, ""},
		"GitHub Enterprise":           {"https://git.example.com/acme/web", "v1.0123456789", nil, ""},
		"data residency":              {"https://acme.ghe.com/acme/web", "ghs_0123456789", nil, ""},
		"an unknown URL":              {unknown{}, "", nil, ""},
		"a variable, and no URL":      {nil, "", map[string]string{envFormat: "github"}, ""},
		"SSH":                         {"git@github.com:acme/web.git", "", nil, at + "GitHub's API takes the token of pushes over HTTPS"},
		"a directory":                 {"file:///srv/web.git", "", nil, at + "GitHub's API takes the token"},
		"GitLab":                      {"https://gitlab.com/acme/web.git", "", nil, at + "Gitlab.com has no API of GitHub's"},
		"Azure DevOps":                {"https://acme.visualstudio.com/p/_git/web", "", nil, "has no API of GitHub's"},
		"no owner":                    {"https://github.com/web.git", "", nil, at + "The address is not that of a repository at GitHub"},
		"a classic token of a person": {"https://github.com/acme/web", "ghp_s3cret0123", nil, at + "The token is that of a person (ghp_…)"},
		"a fine-grained one":          {"https://github.com/acme/web", "github_pat_s3cret", nil, at + "The token is that of a person (github_pat_…)"},
		"a token in a variable":       {"https://github.com/acme/web", "", map[string]string{"NANOGIT_TOKEN": "ghp_s3cret0123"}, at + "The token is that of a person"},
		"a format in a variable":      {"https://gitlab.com/acme/web.git", "", map[string]string{envFormat: "github"}, "NANOGIT_SIGNING_FORMAT: The host cannot sign"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			block := object{"url": tc.url}
			if tc.env[envFormat] == "" {
				block["commit"] = object{"signing": object{"format": "github"}}
			}
			if tc.token != "" {
				block["auth"] = object{"token": tc.token}
			}
			got := refusals(t, block, tc.env)
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) || strings.Contains(got, "s3cret") {
				t.Errorf("want %q in:\n%s", tc.want, got)
			}
		})
	}
}

func TestTheHostSignsByTheBlockOrTheEnvironment(t *testing.T) {
	t.Parallel()
	_, text := newKey(t)
	for name, tc := range map[string]struct {
		block object
		env   map[string]string
		host  bool
	}{
		"the block":                      {object{"signing": object{"format": "github"}}, nil, true},
		"the block before a key's":       {object{"signing": object{"format": "github"}}, map[string]string{envFormat: "ssh", envKey: text}, true},
		"the environment":                {object{}, map[string]string{envFormat: "github"}, true},
		"a key in the block before that": {object{"signing": object{"format": "ssh", "private_key": text}}, map[string]string{envFormat: "github"}, false},
	} {
		s, diags := read(t, object{"url": "https://git.example.com/acme/web", "commit": tc.block}, tc.env)
		if diags.HasError() || s.signing.byHost() != tc.host || s.signing.byKey() == tc.host || (s.writer.Sign == nil) != tc.host {
			t.Errorf("%s: the host signs: %t, a key does: %t; %v", name, s.signing.byHost(), s.signing.byKey(), diags)
		}
		if tc.host && s.writer.Nobody != (gitwriter.Identity{Name: "Terraform", Email: "terraform@nanogit.invalid"}) {
			t.Errorf("%s: nobody is %v", name, s.writer.Nobody)
		}
	}
	_, diags := read(t, object{"url": "https://git.example.com/acme/web", "commit": object{"signing": object{"format": "github"}, "committer": object{"name": "Bot"}}}, nil)
	if len(diags) != 1 || diags[0].Summary() != "The committer is not used" {
		t.Errorf("a committer: %v", diags)
	}
}

// TestAnAppHasItsCommitsMadeByItsAPI finds the API by api_url. A token that the API refuses is
// replaced, once.
func TestAnAppHasItsCommitsMadeByItsAPI(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{Token: goodPassword})
	api := gittest.NewGitHubAPI(t, goodPassword)
	api.Commits = gittest.NewCommitsAPI(t, server)
	api.Commits.Before = func(n int) gittest.Loss {
		api.Commits.Token = goodPassword
		if n == 1 {
			api.Commits.Token = "revoked"
		}
		return gittest.Arrives
	}
	repo := server.NewRepo(t, gittest.InstalledFor+".git", gittest.RepoOptions{Config: api.Commits.Config()})
	block := map[string]any{
		"url": repo.URL(),
		"auth": map[string]any{"github_app": map[string]any{
			"app_id": gittest.AppID, "private_key_pem": api.KeyPEM, "api_url": api.URL + "/",
		}},
		"commit": map[string]any{"signing": map[string]any{"format": "github"}},
	}
	if out := apply(t, block, "HOME="+t.TempDir()); out != "" || repo.Content(t, "main", "f") != "x" {
		t.Errorf("got %q", out)
	}
	repo.Git(t, "verify-commit", "main")
	if got := repo.Git(t, "log", "-1", "--format=%an <%ae>%(trailers)"); got != gittest.AppAuthor {
		t.Errorf("the commit is of %q", got)
	}
	if api.Commits.Calls() != 2 || api.Minted() != 3 {
		t.Errorf("%d calls of the API, %d tokens; want a token for each process and another", api.Commits.Calls(), api.Minted())
	}
}
