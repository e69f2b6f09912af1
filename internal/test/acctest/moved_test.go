package acctest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// moving is a repository with files, and a workspace that knows a stand-in of another provider.
func moving(t *testing.T, address string, files map[string]gittest.File) (w *acctest.Workspace, repo *gittest.Repo, head string) {
	t.Helper()
	repo = gittest.New(t, gittest.Options{}).NewRepo(t, "example/infrastructure.git", gittest.RepoOptions{})
	head = repo.Seed(t, files)
	w = acctest.NewWorkspace(t)
	w.StandIns(t, address)
	return w, repo, head
}

func movedBlock(from, to string) string {
	return fmt.Sprintf("moved {\n  from = %s\n  to   = %s\n}\n", from, to)
}

// planMoves makes a plan that must move and change nothing.
func planMoves(t *testing.T, w *acctest.Workspace, moves ...string) {
	t.Helper()
	out, changes := w.Plan(t)
	flat := flatPlan(out)
	if !changes || !strings.Contains(flat, "Plan: 0 to add, 0 to change, 0 to destroy.") {
		t.Errorf("the plan changes more than the state:\n%s", out)
	}
	for _, move := range moves {
		if !strings.Contains(flat, move) {
			t.Errorf("the plan does not say that %s:\n%s", move, out)
		}
	}
}

// The foreign resource is applied with a stand-in, then moved: the plan moves and changes nothing,
// and its apply makes no commit.
func TestAForeignResourceIsMovedWithoutACommit(t *testing.T) {
	t.Parallel()
	text := map[string]gittest.File{"docs/a.md": {Content: "hello\n"}}
	hello := "sha = " + fmt.Sprintf("%q", blobID("hello\n"))
	file := func(more string) string {
		return "resource \"nanogit_file\" \"x\" {\n  path = \"docs/a.md\"\n" + more + "\n}\n"
	}
	plain := file(`content = "hello\n"`)
	const to = "nanogit_file.x"
	for name, c := range map[string]struct {
		address, from, foreign string
		to, ours               string
		files                  map[string]gittest.File
	}{
		"GitHub": {
			address: "integrations/github", from: "github_repository_file.x",
			foreign: `repository = "infrastructure"
			branch = "main"
			file = "docs/a.md"
			content = "hello\n"
			commit_message = "Add it"
			commit_author = "A"
			commit_email = "a@example.com"
			overwrite_on_create = true
			` + hello,
			to: to, ours: plain, files: text,
		},
		"GitHub, a text that looks like base64": {
			address: "integrations/github", from: "github_repository_file.x",
			foreign: `repository = "infrastructure"
			file = "docs/a.md"
			content = "aGVsbG8K"`,
			to: to, ours: file(`content = "aGVsbG8K"`), files: map[string]gittest.File{"docs/a.md": {Content: "aGVsbG8K"}},
		},
		"GitHub, line endings": {
			address: "integrations/github", from: "github_repository_file.x",
			foreign: `repository = "infrastructure"
			branch = "main"
			file = "docs/a.md"
			content = "a\r\nb\r\n"`,
			to: to, ours: file(`content = "a\r\nb\r\n"`), files: map[string]gittest.File{"docs/a.md": {Content: "a\r\nb\r\n"}},
		},
		"GitLab, text and an executable": {
			address: "gitlabhq/gitlab", from: "gitlab_repository_file.x",
			foreign: `project = "example/infrastructure"
			branch = "main"
			file_path = "docs/a.md"
			content = "hello\n"
			encoding = "text"
			execute_filemode = true
			blob_id = ` + fmt.Sprintf("%q", blobID("hello\n")),
			to: to, ours: file("content = \"hello\\n\"\nmode = \"100755\""), files: map[string]gittest.File{"docs/a.md": {Content: "hello\n", Mode: "100755"}},
		},
		"GitLab, base64 and a project's number": {
			address: "gitlabhq/gitlab", from: "gitlab_repository_file.x",
			foreign: `project = "4711"
			branch = "main"
			file_path = "docs/a.md"
			content = base64encode("hello\n")
			encoding = "base64"
			blob_id = ` + fmt.Sprintf("%q", blobID("hello\n")),
			to: to, ours: file(`content_base64 = base64encode("hello\n")`), files: text,
		},
		"Azure DevOps": {
			address: "microsoft/azuredevops", from: "azuredevops_git_repository_file.x",
			foreign: `repository_id = "9f5a3b0e-0000-4000-8000-000000000000"
			branch = "refs/heads/main"
			file = "/docs/a.md"
			content = "hello\n"`,
			to: to, ours: plain, files: text,
		},
		"Bitbucket": {
			address: "drfaust92/bitbucket", from: "bitbucket_commit_file.x",
			foreign: `workspace = "example"
			repo_slug = "infrastructure"
			branch = "main"
			filename = "docs/a.md"
			content = "hello\n"
			commit_author = "A <a@example.com>"
			commit_message = "Add it"`,
			to: to, ours: plain, files: text,
		},
		"Gitea, stored in base64": {
			address: "go-gitea/gitea", from: "gitea_repository_file.x",
			foreign: `username = "example"
			name = "infrastructure"
			branch = ""
			file_path = "docs/a.md"
			content = base64encode("hello\n")
			encoding = "text"
			file_sha = ` + fmt.Sprintf("%q", blobID("hello\n")),
			to: to, ours: plain, files: text,
		},
		"git_file": {
			address: "change-engine/git", from: "git_file.x",
			foreign: `repository_url = "REPOSITORY"
			branch = "main"
			path = "docs/a.md"
			content = "hello\n"`,
			to: to, ours: plain, files: text,
		},
		"git_repository_file": {
			address: "xenitab/git", from: "git_repository_file.x",
			foreign: `path = "docs/a.md"
			content = "hello\n"
			override_on_create = true`,
			to: to, ours: plain, files: text,
		},
		"gitlabcommits_files": {
			address: "greeddj/gitlabcommits", from: "gitlabcommits_files.x",
			foreign: `project_id = "example/infrastructure"
			branch = "main"
			commit_message = "Add them"
			files = {
			  "docs/a.md" = { content = "hello\n" }
			  "bin/run"   = { content = "#!/bin/sh\n", execute_filemode = true }
			  "logo.png"  = { content_base64 = "iVBORw0KGgo=" }
			}`,
			to: "nanogit_files.x", ours: `resource "nanogit_files" "x" {
			  files = {
			    "docs/a.md" = { content = "hello\n" }
			    "bin/run"   = { content = "#!/bin/sh\n", mode = "100755" }
			    "logo.png"  = { content_base64 = "iVBORw0KGgo=" }
			  }
			}
			`,
			files: map[string]gittest.File{"docs/a.md": {Content: "hello\n"}, "bin/run": {Content: "#!/bin/sh\n", Mode: "100755"}, "logo.png": {Content: "\x89PNG\r\n\x1a\n"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, repo, head := moving(t, c.address, c.files)
			kind, label, _ := strings.Cut(c.from, ".")
			w.Config(t, fmt.Sprintf("resource %q %q {\n%s\n}\n", kind, label, strings.ReplaceAll(c.foreign, "REPOSITORY", repo.URL())))
			w.Apply(t)
			config := provider(repo, "") + c.ours
			w.Config(t, config+movedBlock(c.from, c.to))
			planMoves(t, w, c.from+" has moved to "+c.to)
			w.Apply(t)
			w.Clean(t)
			w.Config(t, config)
			w.Clean(t)
			if now := repo.Head(t); now != head {
				t.Errorf("the move made a commit:\n%s", repo.Git(t, "log", "--stat", head+"..main"))
			}
			state := w.Attributes(t, c.to)
			if state["repository"] != repo.URL() || state["branch"] != "main" || state["commit_id"] != nil {
				t.Errorf("the state is %v", state)
			}
			w.Config(t, provider(repo, ""))
			w.Apply(t)
			for gone := range c.files {
				if _, there := repo.Tree(t, "main")[gone]; there {
					t.Errorf("%s is still on the branch after its resource was removed", gone)
				}
			}
			repo.Git(t, "fsck", "--strict")
		})
	}
}

// instances is a state of github_repository_files with keys, as Terraform writes it.
func instances(t *testing.T, repository string, files map[string]string) string {
	t.Helper()
	type instance struct {
		Key        string         `json:"index_key"`
		Version    int            `json:"schema_version"`
		Attributes map[string]any `json:"attributes"`
		Private    string         `json:"private"`
	}
	// Private state as providers of the SDK write it: none, a schema's version, timeouts.
	private := []string{"null", `{"schema_version":"1"}`, `{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":60000000000}}`}
	all := make([]instance, 0, len(files))
	for i, key := range slices.Sorted(maps.Keys(files)) {
		sdk := base64.StdEncoding.EncodeToString([]byte(private[i%len(private)]))
		all = append(all, instance{Key: key, Private: sdk, Attributes: map[string]any{
			"repository": repository, "branch": "main", "file": key, "content": files[key], "sha": blobID(files[key]),
		}})
	}
	host := "registry.terraform.io"
	if strings.Contains(path.Base(acctest.Engine(t)), "tofu") {
		host = "registry.opentofu.org"
	}
	state, err := json.Marshal(map[string]any{
		"version": 4, "terraform_version": "1.8.0", "serial": 1, "lineage": "6e1a0f3c-0000-4000-8000-000000000000", "outputs": map[string]any{},
		"resources": []any{map[string]any{
			"mode": "managed", "type": "github_repository_file", "name": "x",
			"provider": `provider["` + host + `/integrations/github"]`, "instances": all,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(state)
}

// replicas are files with contents of their own.
func replicas(n int) (texts map[string]string, files map[string]gittest.File) {
	texts, files = make(map[string]string, n), make(map[string]gittest.File, n)
	for i := range n {
		name := fmt.Sprintf("deploy/%02d/values-%04d.yaml", i%40, i)
		texts[name] = fmt.Sprintf("replicas: %d\n", i)
		files[name] = gittest.File{Content: texts[name]}
	}
	return texts, files
}

const forEach = `
locals {
  files = { for name in fileset("${path.module}/files", "**") : name => file("${path.module}/files/${name}") }
}
resource "nanogit_file" "y" {
  for_each = local.files
  path     = each.key
  content  = each.value
}
`

func TestAThousandForeignFilesAreMovedInOnePlan(t *testing.T) {
	t.Parallel()
	texts, files := replicas(1000)
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "example/infrastructure.git", gittest.RepoOptions{})
	head := repo.Seed(t, files)
	w := acctest.NewWorkspace(t)
	w.StandIns(t, "integrations/github")
	w.Write(t, "terraform.tfstate", instances(t, "infrastructure", texts))
	for name, content := range texts {
		w.Write(t, path.Join("files", name), content)
	}
	w.Config(t, provider(repo, "")+forEach+movedBlock("github_repository_file.x", "nanogit_file.y"))
	server.ResetStats()
	planMoves(t, w)
	if n := server.Stats().Requests; n > 4 {
		t.Errorf("the plan made %d requests, want at most 4", n)
	}
	w.Apply(t)
	w.Clean(t)
	if now := repo.Head(t); now != head {
		t.Errorf("the move made a commit:\n%s", repo.Git(t, "log", "--stat", head+"..main"))
	}
}

// Of four files somebody edited one and removed another, and the configuration lost the third: the
// plan tells all of it.
func TestAMoveShowsDriftAndRemovesWhatIsConfiguredNoMore(t *testing.T) {
	t.Parallel()
	w, repo := movedApart(t, "")
	before := repo.Commits(t, "main")
	if out := w.Apply(t); !strings.Contains(out, "Plan: 1 to add, 1 to change, 1 to destroy.") {
		t.Errorf("the plan does not add b, change a and remove c:\n%s", out)
	}
	files := repo.Tree(t, "main")
	if _, there := files["c"]; there || repo.Content(t, "main", "a") != "a\n" || repo.Content(t, "main", "b") != "b\n" {
		t.Errorf("the branch has %v", files)
	}
	if n := repo.Commits(t, "main") - before; n < 1 || n > 2 {
		t.Errorf("the apply made %d commits", n)
	}
	w.Clean(t)
}

// Nothing but the configuration names the repository, and c has no configuration any more: it is
// not guessed where it was.
func TestAMovedFileOfAnUnknownRepositoryIsNotRemoved(t *testing.T) {
	t.Parallel()
	w, repo := movedApart(t, "repository")
	if out := w.Refused(t); !strings.Contains(out, "its repository is not known yet") || !strings.Contains(out, "terraform state rm") {
		t.Errorf("the error does not say why c is not removed:\n%s", out)
	}
	if repo.Content(t, "main", "a") != "a\n" || repo.Content(t, "main", "b") != "b\n" || repo.Content(t, "main", "c") != "c\n" {
		t.Errorf("the branch has %v", repo.Tree(t, "main"))
	}
	w.Run(t, "state", "rm", `nanogit_file.y["c"]`)
	w.Clean(t)
}

// movedApart is a workspace that is to move the files a to d, of which a was edited, b removed, and
// c is not configured. The repository is named by the provider's url, or by the resource.
func movedApart(t *testing.T, by string) (w *acctest.Workspace, repo *gittest.Repo) {
	t.Helper()
	w, repo, _ = moving(t, "integrations/github", map[string]gittest.File{"a": {Content: "edited\n"}, "c": {Content: "c\n"}, "d": {Content: "d\n"}})
	w.Write(t, "terraform.tfstate", instances(t, "infrastructure", map[string]string{"a": "a\n", "b": "b\n", "c": "c\n", "d": "d\n"}))
	config, more := provider(repo, ""), ""
	if by == "repository" {
		config, more = "provider \"nanogit\" {\n  url = \"https://git.example.com/example/other\"\n}\n", fmt.Sprintf("  repository = %q\n", repo.URL())
	}
	w.Config(t, config+"resource \"nanogit_file\" \"y\" {\n  for_each = { a = \"a\\n\", b = \"b\\n\", d = \"d\\n\" }\n  path = each.key\n  content = each.value\n"+more+"}\n"+
		movedBlock("github_repository_file.x", "nanogit_file.y"))
	return w, repo
}

func TestAMoveToARepositoryOfItsOwnMakesNoCommit(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"with a refresh": nil, "without": {"-refresh=false"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			texts, files := replicas(3)
			w, repo, head := moving(t, "integrations/github", files)
			w.Write(t, "terraform.tfstate", instances(t, "infrastructure", texts))
			for name, content := range texts {
				w.Write(t, path.Join("files", name), content)
			}
			w.Config(t, strings.Replace(forEach, "content  =", fmt.Sprintf("repository = %q\n  content =", repo.URL()), 1)+
				movedBlock("github_repository_file.x", "nanogit_file.y"))
			out, _ := w.Plan(t, args...)
			if !strings.Contains(out, "Plan: 0 to add, 3 to change, 0 to destroy.") || strings.Contains(out, "blob_id") {
				t.Errorf("the plan changes more than the repository in state:\n%s", out)
			}
			w.Apply(t, args...)
			w.Clean(t)
			if now := repo.Head(t); now != head {
				t.Errorf("the move made a commit:\n%s", repo.Git(t, "log", "--stat", head+"..main"))
			}
		})
	}
}

// The configuration names the repository of many files, and somebody edited one of them.
func TestAMoveOfManyFilesToARepositoryOfTheirOwnShowsDrift(t *testing.T) {
	t.Parallel()
	w, repo, head := moving(t, "greeddj/gitlabcommits", map[string]gittest.File{"a": {Content: "a\n"}, "b": {Content: "b\n", Mode: "100755"}})
	w.Config(t, "resource \"gitlabcommits_files\" \"x\" {\n  project_id = \"example/infrastructure\"\n  branch = \"main\"\n"+
		"  files = { a = { content = \"a\\n\" }, b = { content = \"b\\n\", execute_filemode = true } }\n}\n")
	w.Apply(t)
	ours := fmt.Sprintf("resource \"nanogit_files\" \"y\" {\n  repository = %q\n  files = { a = { content = \"a\\n\" }, b = { content = \"b\\n\", mode = \"100755\" } }\n}\n", repo.URL())
	for _, edited := range []bool{false, true} {
		if edited {
			head = repo.SeedText(t, map[string]string{"a": "edited\n"})
		}
		w.Config(t, ours+movedBlock("gitlabcommits_files.x", "nanogit_files.y"))
		out, _ := w.Plan(t)
		if !strings.Contains(out, "Plan: 0 to add, 1 to change, 0 to destroy.") || strings.Contains(out, "commit_id") != edited ||
			strings.Contains(out, "The branch differs from the moved state") != edited {
			t.Errorf("edited %t: the plan shows other changes:\n%s", edited, out)
		}
		if !edited {
			continue
		}
		w.Apply(t)
		w.Clean(t)
		if repo.Content(t, "main", "a") != "a\n" || repo.Tree(t, "main")["b"].Mode != "100755" || repo.Commits(t, head+"..main") != 1 {
			t.Errorf("the branch has %v:\n%s", repo.Tree(t, "main"), repo.Git(t, "log", "--stat", head+"..main"))
		}
	}
}

func TestAMoveToAnotherRepositoryIsAnErrorThatNamesBoth(t *testing.T) {
	t.Parallel()
	w, repo, head := moving(t, "integrations/github", map[string]gittest.File{"a": {Content: "a\n"}})
	state := instances(t, "website", map[string]string{"a": "a\n"})
	w.Write(t, "terraform.tfstate", state)
	const file = "resource \"nanogit_file\" \"y\" {\n  for_each = { a = \"a\\n\" }\n  path = each.key\n  content = each.value\n}\n"
	w.Config(t, provider(repo, "")+file+movedBlock("github_repository_file.x", "nanogit_file.y"))
	out := w.Refused(t)
	for _, want := range []string{`a github_repository_file of "website" on GitHub`, "of the repository " + repo.URL(), "A move changes the state alone"} {
		if !strings.Contains(out, want) {
			t.Errorf("the error does not say %q:\n%s", want, out)
		}
	}
	if now := repo.Head(t); now != head {
		t.Error("the refused move made a commit")
	}
	if list, _ := w.Run(t, "state", "list"); !strings.Contains(list, `github_repository_file.x["a"]`) {
		t.Errorf("the state has changed:\n%s", list)
	}
}

func TestAResourceOfAnotherTypeIsNotMovedHere(t *testing.T) {
	t.Parallel()
	w, repo, _ := moving(t, "greeddj/gitlabcommits", map[string]gittest.File{"a": {Content: "a\n"}})
	w.Config(t, "resource \"gitlabcommits_files\" \"x\" {\n  project_id = \"example/infrastructure\"\n  branch = \"main\"\n  files = { a = { content = \"a\\n\" } }\n}\n")
	w.Apply(t)
	w.Config(t, provider(repo, "")+block("y", "a", "a\n", "")+movedBlock("gitlabcommits_files.x", "nanogit_file.y"))
	out := w.Refused(t)
	for _, want := range []string{"Cannot move gitlabcommits_files here", "github_repository_file, gitlab_repository_file", "an import block"} {
		if !strings.Contains(out, want) {
			t.Errorf("the error does not say %q:\n%s", want, out)
		}
	}
}
