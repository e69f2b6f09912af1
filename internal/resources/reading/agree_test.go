package reading_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"golang.org/x/text/unicode/norm"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// fixture is a repository with every kind of entry, a merge, and tags of each kind.
func fixture(t *testing.T, repo *gittest.Repo) {
	t.Helper()
	files := zoo()
	files["vendor"] = gittest.File{Content: strings.Repeat("ab", len(repo.Head(t))/2), Mode: "160000"}
	repo.Seed(t, files)
	who := []string{"-c", "user.name=T", "-c", "user.email=t@example.com"}
	git := func(args ...string) string { return repo.Git(t, append(who, args...)...) }
	git("tag", "light")
	git("tag", "-a", "-m", "x", "heavy")
	git("tag", "-a", "-m", "y", "nested", "heavy")
	side, err := repo.Commit("side", "Aside", map[string]gittest.File{"side.txt": {Content: "side\n"}})
	if err != nil {
		t.Fatal(err)
	}
	repo.SeedText(t, map[string]string{"docs/a.md": "changed since\n"})
	merge := git("commit-tree", "-p", repo.Head(t), "-p", side, "-m", "Merge", repo.Head(t)+"^{tree}")
	git("update-ref", "refs/heads/main", merge)
	git("update-ref", "refs/pull/1/head", side)
}

// inGit is an entry as `git ls-tree -r -t -z` prints it.
type inGit struct{ mode, kind, id, path string }

func lsTree(t *testing.T, repo *gittest.Repo, args ...string) (all []inGit) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSuffix(repo.Git(t, append([]string{"ls-tree", "-z"}, args...)...), "\x00"), "\x00") {
		head, path, ok := strings.Cut(line, "\t")
		fields := strings.Fields(head)
		if !ok || len(fields) != 3 {
			t.Fatalf("git ls-tree %q prints %q", args, line)
		}
		all = append(all, inGit{fields[0], fields[1], fields[2], path})
	}
	return all
}

func exact(s string) knownvalue.Check { return knownvalue.StringExact(s) }

// listed expects the entries of git in a data "nanogit_tree".
func listed(all []inGit) knownvalue.Check {
	var want []knownvalue.Check
	for _, e := range all {
		if !utf8.ValidString(e.path) {
			continue
		}
		path := norm.NFC.String(e.path)
		want = append(want, knownvalue.ObjectExact(map[string]knownvalue.Check{
			"path": exact(path), "name": exact(path[strings.LastIndexByte(path, '/')+1:]), "type": exact(e.kind), "mode": exact(e.mode), "id": exact(e.id),
		}))
	}
	return knownvalue.ListExact(want)
}

// chosen expects the files of git below a directory in a data "nanogit_files".
func chosen(t *testing.T, repo *gittest.Repo, commit string, all []inGit, below string, contents bool) knownvalue.Check {
	want := make(map[string]knownvalue.Check)
	for _, e := range all {
		path, ok := strings.CutPrefix(e.path, below)
		if !ok || e.kind != "blob" || !utf8.ValidString(path) {
			continue
		}
		file := map[string]knownvalue.Check{
			"blob_id": exact(e.id), "mode": exact(e.mode), "size": knownvalue.Null(), "content": knownvalue.Null(), "content_base64": knownvalue.Null(),
		}
		if contents {
			content := repo.Content(t, commit, e.path)
			file["size"] = knownvalue.Int64Exact(int64(len(content)))
			file["content_base64"] = exact(base64.StdEncoding.EncodeToString([]byte(content)))
			if utf8.ValidString(content) && norm.NFC.IsNormalString(content) {
				file["content"] = exact(content)
			}
		}
		want[norm.NFC.String(path)] = knownvalue.ObjectExact(file)
	}
	return knownvalue.MapExact(want)
}

// refsInGit expects the refs of git in a data "nanogit_refs".
func refsInGit(t *testing.T, repo *gittest.Repo, prefix string) knownvalue.Check {
	want := make(map[string]knownvalue.Check)
	for line := range strings.Lines(repo.Git(t, "for-each-ref", "--format=%(refname) %(objectname) %(objecttype)") + "\n") {
		fields := strings.Fields(line)
		if !strings.HasPrefix(fields[0], prefix) {
			continue
		}
		var peeled knownvalue.Check = knownvalue.Null()
		commit := repo.Git(t, "rev-parse", fields[0]+"^{}")
		if fields[2] == "tag" {
			peeled = exact(commit)
		}
		want[fields[0]] = knownvalue.ObjectExact(map[string]knownvalue.Check{"object_id": exact(fields[1]), "peeled": peeled, "commit_id": exact(commit)})
	}
	return knownvalue.MapExact(want)
}

func TestEachDataSourceAgreesWithGit(t *testing.T) {
	for _, c := range []struct {
		name   string
		server gittest.Options
		repo   gittest.RepoOptions
		over   func(t *testing.T, s *gittest.Server, r *gittest.Repo) (url, settings string)
	}{
		{name: "HTTP, version 2"},
		{name: "HTTP, version 0", server: gittest.Options{V0Only: true}},
		{name: "HTTP, SHA-256", repo: gittest.RepoOptions{Format: "sha256"}},
		{name: "HTTP, commits only", server: gittest.Options{CommitsOnly: true}},
		{name: "HTTP, without filters", server: gittest.Options{NoFilter: true}},
		{name: "a directory", over: func(_ *testing.T, _ *gittest.Server, r *gittest.Repo) (url, settings string) {
			return "file://" + r.Dir, ""
		}},
		{name: "SSH", over: func(t *testing.T, s *gittest.Server, r *gittest.Repo) (url, settings string) {
			t.Helper()
			x := s.NewSSH(t, gittest.SSHOptions{})
			return x.URL(r), fmt.Sprintf("  auth = { ssh = { private_key_file = %q, known_hosts = %q } }\n", x.Key, x.KnownHosts(t))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := gittest.New(t, c.server)
			repo := server.NewRepo(t, "r.git", c.repo)
			fixture(t, repo)
			url, settings := repo.URL(), ""
			if c.over != nil {
				url, settings = c.over(t, server, repo)
			}
			config := fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n%s}\n", url, settings) + `
data "nanogit_tree" "root" {}
data "nanogit_tree" "all" {
  recursive = true
  ref       = "nested"
}
data "nanogit_tree" "docs" {
  path = "docs"
  ref  = "refs/heads/main"
}
data "nanogit_files" "ids" {}
data "nanogit_files" "contents" {
  ref          = "light"
  with_content = true
}
data "nanogit_files" "docs" {
  prefix       = "docs"
  include      = ["**/*.md", "deep/**"]
  exclude      = ["**/none.*"]
  with_content = true
}
data "nanogit_files" "none" {
  prefix = "nowhere/at/all"
}
data "nanogit_refs" "usual" {}
data "nanogit_refs" "everything" {
  prefix = "refs/"
}
data "nanogit_refs" "tags" {
  prefix = "refs/tags/n"
}
data "nanogit_file" "merged" {
  path = "docs/a.md"
}
data "nanogit_file" "tagged" {
  path = "docs/a.md"
  ref  = "nested"
}
`
			head, nested := repo.Head(t), repo.Git(t, "rev-parse", "nested^{commit}")
			everything, tagged := lsTree(t, repo, "-r", "-t", "main"), lsTree(t, repo, "-r", "-t", "nested")
			steps(t, resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{
				state("nanogit_tree.root", "entries", listed(lsTree(t, repo, "main"))),
				state("nanogit_tree.root", "tree_id", exact(repo.Git(t, "rev-parse", "main^{tree}"))),
				state("nanogit_tree.root", "commit_id", exact(head)),
				state("nanogit_tree.all", "entries", listed(tagged)),
				state("nanogit_tree.all", "commit_id", exact(nested)),
				state("nanogit_tree.docs", "entries", listed(lsTree(t, repo, "main", "docs/"))),
				state("nanogit_tree.docs", "tree_id", exact(repo.Git(t, "rev-parse", "main:docs"))),
				state("nanogit_files.ids", "files", chosen(t, repo, "main", everything, "", false)),
				state("nanogit_files.contents", "files", chosen(t, repo, "light", tagged, "", true)),
				state("nanogit_files.docs", "files", chosen(t, repo, "main", lsTree(t, repo, "-r", "main", "docs/a.md", "docs/deep/"), "docs/", true)),
				state("nanogit_files.none", "files", knownvalue.MapExact(map[string]knownvalue.Check{})),
				state("nanogit_refs.usual", "refs", refsInGitBut(t, repo, "refs/pull/")),
				state("nanogit_refs.everything", "refs", refsInGit(t, repo, "refs/")),
				state("nanogit_refs.tags", "refs", refsInGit(t, repo, "refs/tags/n")),
				state("nanogit_file.merged", "content", exact(repo.Content(t, "main", "docs/a.md"))),
				state("nanogit_file.tagged", "content", exact(repo.Content(t, "nested", "docs/a.md"))),
				state("nanogit_file.tagged", "commit_id", exact(nested)),
			}})
		})
	}
}

// refsInGitBut is refsInGit for branches and tags, where all refs but those below a directory are
// that.
func refsInGitBut(t *testing.T, repo *gittest.Repo, other string) knownvalue.Check {
	t.Helper()
	if refs := repo.Git(t, "for-each-ref", "--format=%(refname)", other); refs != other+"1/head" {
		t.Fatalf("unexpected refs: %s", refs)
	}
	hidden := repo.Git(t, "rev-parse", other+"1/head")
	repo.Git(t, "update-ref", "-d", other+"1/head")
	defer repo.Git(t, "update-ref", other+"1/head", hidden)
	return refsInGit(t, repo, "refs/")
}
