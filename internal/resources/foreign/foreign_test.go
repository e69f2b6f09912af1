package foreign_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/foreign"
)

const hub = "registry.terraform.io/"

// sha is the id of a content as a blob.
func sha(content string) string {
	return gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(content)).String()
}

func in64(content string) string { return base64.StdEncoding.EncodeToString([]byte(content)) }

// text is a file of a state that has it as text, binary one that has it in base64.
func text(path, content string) foreign.File {
	return foreign.File{Path: path, Content: []byte(content), Text: true}
}

func binary(path, content string) foreign.File {
	return foreign.File{Path: path, Content: []byte(content)}
}

func TestTheStateOfEveryForeignTypeIsRead(t *testing.T) {
	t.Parallel()
	exec := text("run.sh", "#!/bin/sh\n")
	exec.Exec = true
	for name, c := range map[string]struct {
		address, typeName, to string
		state                 map[string]any
		repository, branch    string
		anywhere              bool
		files                 []foreign.File
	}{
		"GitHub": {
			address: "integrations/github", typeName: "github_repository_file",
			state:      map[string]any{"id": "r/a.md", "repository": "infrastructure", "branch": "main", "file": "a.md", "content": "hello\n", "sha": sha("hello\n"), "overwrite_on_create": true},
			repository: `"infrastructure" on GitHub`, branch: "main", files: []foreign.File{text("a.md", "hello\n")},
		},
		"GitHub, its default branch": {
			address: "integrations/github", typeName: "github_repository_file",
			state:      map[string]any{"repository": "r", "branch": nil, "ref": "trunk", "file": "a.md", "content": ""},
			repository: `"r" on GitHub`, branch: "trunk", files: []foreign.File{text("a.md", "")},
		},
		"GitHub, a commit for a ref": {
			address: "hashicorp/github", typeName: "github_repository_file",
			state:      map[string]any{"repository": "r", "ref": strings.Repeat("ab", 20), "file": "a.md", "content": "x"},
			repository: `"r" on GitHub`, branch: "", files: []foreign.File{text("a.md", "x")},
		},
		"GitHub, a text that looks like base64": {
			address: "integrations/github", typeName: "github_repository_file",
			state:      map[string]any{"repository": "r", "branch": "main", "file": "a", "content": "aGVsbG8K"},
			repository: `"r" on GitHub`, branch: "main", files: []foreign.File{text("a", "aGVsbG8K")},
		},
		"GitLab, base64": {
			address: "gitlabhq/gitlab", typeName: "gitlab_repository_file",
			state:      map[string]any{"project": "group/sub/app", "branch": "main", "file_path": "a.md", "content": in64("hello\n"), "encoding": "base64", "blob_id": sha("hello\n"), "execute_filemode": false},
			repository: `"group/sub/app" on GitLab`, branch: "main", files: []foreign.File{binary("a.md", "hello\n")},
		},
		"GitLab, text": {
			address: "gitlabhq/gitlab", typeName: "gitlab_repository_file",
			state:      map[string]any{"project": "group%2Fapp", "branch": "main", "file_path": "run.sh", "content": "#!/bin/sh\n", "encoding": "text", "blob_id": sha("#!/bin/sh\n"), "execute_filemode": true},
			repository: `"group/app" on GitLab`, branch: "main", files: []foreign.File{exec},
		},
		"GitLab, text that is base64 of something": {
			address: "gitlabhq/gitlab", typeName: "gitlab_repository_file",
			state:      map[string]any{"project": "g/a", "branch": "main", "file_path": "a", "content": "aGVsbG8K", "encoding": "text", "blob_id": sha("aGVsbG8K")},
			repository: `"g/a" on GitLab`, branch: "main", files: []foreign.File{text("a", "aGVsbG8K")},
		},
		"GitLab, text that is stored in base64": {
			address: "gitlabhq/gitlab", typeName: "gitlab_repository_file",
			state:      map[string]any{"project": "g/a", "branch": "main", "file_path": "a", "content": in64("é\n"), "encoding": "text", "blob_id": sha("é\n")},
			repository: `"g/a" on GitLab`, branch: "main", files: []foreign.File{text("a", "é\n")},
		},
		"GitLab, the number of a project": {
			address: "gitlabhq/gitlab", typeName: "gitlab_repository_file",
			state:      map[string]any{"project": "4711", "branch": "main", "file_path": "a", "content": "no base64"},
			repository: "the repository with the id 4711 on GitLab", branch: "main", files: []foreign.File{text("a", "no base64")},
		},
		"Azure DevOps": {
			address: "microsoft/azuredevops", typeName: "azuredevops_git_repository_file",
			state:      map[string]any{"repository_id": "9f5a3b0e-0000-4000-8000-000000000000", "branch": "refs/heads/release/1", "file": "/docs/a.md", "content": "a\r\n"},
			repository: "the repository with the id 9f5a3b0e-0000-4000-8000-000000000000 on Azure DevOps", branch: "release/1", files: []foreign.File{text("docs/a.md", "a\r\n")},
		},
		"Bitbucket": {
			address: "drfaust92/bitbucket", typeName: "bitbucket_commit_file",
			state:      map[string]any{"workspace": "team", "repo_slug": "site", "branch": "main", "filename": "a.md", "content": "abc", "commit_author": "A <a@example.com>"},
			repository: `"team/site" on Bitbucket`, branch: "main", files: []foreign.File{text("a.md", "abc")},
		},
		"Gitea, text that is stored in base64": {
			address: "go-gitea/gitea", typeName: "gitea_repository_file",
			state:      map[string]any{"username": "org", "name": "r", "branch": "", "file_path": "a.md", "content": in64("hello\n"), "encoding": "text", "file_sha": sha("hello\n"), "size": 6},
			repository: `"org/r" on Gitea`, branch: "", files: []foreign.File{text("a.md", "hello\n")},
		},
		"Gitea, an older state without an encoding": {
			address: "go-gitea/gitea", typeName: "gitea_repository_file",
			state:      map[string]any{"username": "org", "name": "r", "branch": "main", "file_path": "a.bin", "content": in64("\xff\xfe"), "file_sha": sha("\xff\xfe")},
			repository: `"org/r" on Gitea`, branch: "main", files: []foreign.File{binary("a.bin", "\xff\xfe")},
		},
		"Gitea, base64": {
			address: "go-gitea/gitea", typeName: "gitea_repository_file",
			state:      map[string]any{"username": "org", "name": "r", "branch": "main", "file_path": "a", "content": in64("x"), "encoding": "base64"},
			repository: `"org/r" on Gitea`, branch: "main", files: []foreign.File{binary("a", "x")},
		},
		"git_file": {
			address: "change-engine/git", typeName: "git_file",
			state:      map[string]any{"repository_url": "https://jo:s3cret@Git.example.com/team/r.git", "branch": "main", "path": "a.md", "content": "x", "blob_sha": sha("x")},
			repository: "https://git.example.com/team/r.git", branch: "main", files: []foreign.File{text("a.md", "x")},
		},
		"git_repository_file": {
			address: "xenitab/git", typeName: "git_repository_file",
			state:      map[string]any{"id": "a.md", "path": "a.md", "content": "x", "override_on_create": true, "timeouts": nil},
			repository: "a repository that the provider's configuration names", anywhere: true, files: []foreign.File{text("a.md", "x")},
		},
		"gitlabcommits_files": {
			address: "greeddj/gitlabcommits", typeName: "gitlabcommits_files", to: foreign.ToFiles,
			state: map[string]any{"project_id": "platform/gitops", "branch": "main", "files": map[string]any{
				"run.sh":  map[string]any{"content": "#!/bin/sh\n", "content_base64": nil, "execute_filemode": true, "blob_id": sha("#!/bin/sh\n")},
				"a/b.bin": map[string]any{"content": nil, "content_base64": in64("\x00"), "execute_filemode": false},
				"c":       map[string]any{"content": "aGVsbG8K"},
			}},
			repository: `"platform/gitops" on GitLab`, branch: "main", files: []foreign.File{binary("a/b.bin", "\x00"), text("c", "aGVsbG8K"), exec},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.to == "" {
				c.to = foreign.ToFile
			}
			state, err := json.Marshal(c.state)
			if err != nil {
				t.Fatal(err)
			}
			for _, host := range []string{hub, "registry.opentofu.org/", "mirror.example.com/"} {
				got, err := foreign.Read(host+c.address, c.typeName, state, c.to)
				if err != nil {
					t.Fatal(err)
				}
				if got.Repository.String() != c.repository || got.Repository.Type != c.typeName || got.Branch != c.branch || got.Anywhere != c.anywhere {
					t.Errorf("%s, branch %q, anywhere %t; want %s, %q, %t", got.Repository, got.Branch, got.Anywhere, c.repository, c.branch, c.anywhere)
				}
				if !reflect.DeepEqual(got.Files, c.files) {
					t.Errorf("the files are\n%+v, want\n%+v", got.Files, c.files)
				}
				if strings.Contains(fmt.Sprintf("%+v", got), "s3cret") {
					t.Error("the result has the password of the URL")
				}
			}
		})
	}
}

func TestAnUnusableStateIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ address, typeName, state, want string }{
		"another provider":      {hub + "fork/hub", "github_repository_file", `{"repository":"r","file":"a","content":"x"}`, "no resource of this type can be moved here: github_repository_file of " + hub + "fork/hub"},
		"another type":          {hub + "integrations/github", "github_branch", `{}`, "github_repository_file, gitlab_repository_file"},
		"files to a file":       {hub + "greeddj/gitlabcommits", "gitlabcommits_files", `{}`, "no resource of this type"},
		"no JSON":               {hub + "integrations/github", "github_repository_file", `s3cret`, "cannot be read"},
		"no object":             {hub + "integrations/github", "github_repository_file", `null`, "cannot be read"},
		"no path":               {hub + "integrations/github", "github_repository_file", `{"repository":"r","content":"s3cret"}`, "has no file:"},
		"no content":            {hub + "integrations/github", "github_repository_file", `{"repository":"r","file":"a"}`, "has no content:"},
		"no repository":         {hub + "integrations/github", "github_repository_file", `{"file":"a","content":"s3cret"}`, "has no repository:"},
		"another Bitbucket":     {hub + "fabianschurig/bitbucket", "bitbucket_commit_file", `{"repo_slug":"r","workspace":"w","path":"a","commit":"abc"}`, "has no content:"},
		"a URL that is no URL":  {hub + "change-engine/git", "git_file", `{"repository_url":"git://jo:s3cret@host/r","path":"a","content":"x"}`, "has a repository_url that this provider cannot use"},
		"a type of no provider": {"", "", ``, "no resource of this type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := foreign.Read(c.address, c.typeName, []byte(c.state), foreign.ToFile)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error is %v, want %q and no secret", err, c.want)
			}
		})
	}
	const files = `{"project_id":"g/p","files":{"a":{"content_base64":"s3cret?"}}}`
	if _, err := foreign.Read(hub+"greeddj/gitlabcommits", "gitlabcommits_files", []byte(files), foreign.ToFiles); err == nil || !strings.Contains(err.Error(), `at "a" of its files`) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error is %v", err)
	}
	if _, err := foreign.Read(hub+"x/y", "z", nil, foreign.ToFile); !errors.Is(err, foreign.ErrUnsupported) {
		t.Errorf("the error is %v, want ErrUnsupported", err)
	}
}

func TestARepositoryIsComparedByTheEndOfItsAddress(t *testing.T) {
	t.Parallel()
	name := foreign.Repository{Path: "Infrastructure"}
	owned := foreign.Repository{Path: "example/infrastructure"}
	address := foreign.Repository{URL: "https://git.example.com/example/infrastructure.git"}
	for _, c := range []struct {
		r    foreign.Repository
		url  string
		want bool
	}{
		{name, "https://github.com/example/infrastructure.git", true},
		{name, "git@github.com:example/infrastructure.git", true},
		{name, "file:///srv/infrastructure", true},
		{name, "https://github.com/example/my-infrastructure", false},
		{name, "https://github.com/infrastructure/example", false},
		{name, "no URL", false},
		{owned, "https://gitlab.com/Example/Infrastructure", true},
		{owned, "https://example.com/gitlab/example/infrastructure", true},
		{owned, "https://gitlab.com/other/infrastructure", false},
		{owned, "https://gitlab.com/counterexample/infrastructure", false},
		{address, "ssh://git@git.example.com/example/infrastructure", true},
		{address, "https://git.example.com/example/other", false},
		{address, "https://example.com/example/infrastructure", false},
		{foreign.Repository{ID: "4711"}, "https://gitlab.com/example/infrastructure", true},
		{foreign.Repository{}, "https://gitlab.com/example/infrastructure", true},
	} {
		if got := c.r.Matches(c.url); got != c.want {
			t.Errorf("%s matches %s: %t, want %t", c.r, c.url, got, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("integrations/github", "github_repository_file", `{"repository":"r","file":"a","content":"x"}`)
	f.Add("greeddj/gitlabcommits", "gitlabcommits_files", `{"project_id":1,"files":{"a":{"content_base64":"eA=="},"b":null}}`)
	f.Fuzz(func(t *testing.T, address, typeName, state string) {
		for _, to := range []string{foreign.ToFile, foreign.ToFiles} {
			if r, err := foreign.Read(address, typeName, []byte(state), to); err == nil && len(r.Files) == 0 {
				t.Error("a resource without files")
			}
		}
	})
}
