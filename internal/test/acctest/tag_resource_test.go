//go:build unix

package acctest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

func tag(name, more string) string {
	return fmt.Sprintf("resource \"nanogit_tag\" \"t\" {\n  name = %q\n%s\n}\n", name, more)
}

// A branch, its first files and an annotated, signed tag of the result come in one apply, and go in
// one destruction.
func TestABranchItsFilesAndASignedTagAreOneApply(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, mode string }{{"sha1", "auto"}, {"sha256", "explicit"}} {
		t.Run(c.format, func(t *testing.T) {
			t.Parallel()
			key, o := signedOnlyRepo(t, c.format, "")
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", o)
			head := repo.Head(t)
			w := acctest.NewWorkspace(t)
			signing := fmt.Sprintf("commit_mode = %q\ncommit = {\n  committer = { name = \"Bot\", email = \"bot@example.com\" }\n  signing = { format = \"ssh\", private_key_file = %q }\n}", c.mode, key)
			config := provider(repo, signing) + branch("topic", "") + fileOn("topic", "a", "1")
			made := "depends_on = [nanogit_file.f_topic]\ntarget = nanogit_branch.topic.name"
			if c.mode == "explicit" {
				config += "resource \"nanogit_commit\" \"c\" {\n  branch = nanogit_branch.topic.name\n  files = { (nanogit_file.f_topic.path) = nanogit_file.f_topic.blob_id }\n}\n"
				made = "target = nanogit_commit.c.commit_id"
			}
			w.Config(t, config+tag("v1.0", made+"\nmessage = \"Release\\n\\nThe first.\""))
			w.Apply(t)
			w.Clean(t)
			repo.Git(t, "verify-tag", "v1.0")
			if tagged, topic := repo.Git(t, "rev-parse", "v1.0^{commit}"), repo.Git(t, "rev-parse", "topic"); tagged != topic || topic == head {
				t.Errorf("the tag is at %s, want %s", tagged, topic)
			}
			if got := repo.Git(t, "for-each-ref", "--format=%(taggername) %(taggeremail) %(contents:subject)", "refs/tags/v1.0"); got != "Bot <bot@example.com> Release" {
				t.Errorf("the tag is %s", got)
			}
			state := w.Attributes(t, "nanogit_tag.t")
			if state["object_id"] != repo.Git(t, "rev-parse", "v1.0") || state["commit_id"] != repo.Git(t, "rev-parse", "topic") || state["signed"] != true {
				t.Errorf("state %v", state)
			}
			repo.Fsck(t)
			w.Config(t, strings.Replace(config, `name = "topic"`, "name = \"topic\"\n  force_destroy = true", 1)+tag("v1.0", made+"\nmessage = \"Release\\n\\nThe first.\""))
			w.Apply(t)
			w.Destroy(t)
			without(t, repo, "refs/heads/topic", "refs/tags/v1.0")
		})
	}
}

func TestATagStaysUnlessItIsMovable(t *testing.T) {
	t.Parallel()
	for _, kind := range []struct{ name, message string }{{"lightweight", ""}, {"annotated", `message = "Release"`}} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
			first := repo.Head(t)
			w := acctest.NewWorkspace(t)
			configure := func(more string) { w.Config(t, provider(repo, "")+tag("v1", kind.message+"\n"+more)) }
			at := func(want string) {
				t.Helper()
				if got := repo.Git(t, "rev-parse", "v1^{commit}"); got != want {
					t.Errorf("the tag is at %s, want %s", got, want)
				}
			}
			configure(`target = "main"`)
			w.Apply(t)
			w.Clean(t)
			second := repo.SeedText(t, map[string]string{"later": "1"})
			w.Clean(t) // a branch that moves on is no change
			configure(`target = "` + first + `"`)
			w.Apply(t) // the same commit under another name
			w.Clean(t)
			configure(`target = "` + second + `"`)
			out, code := w.Run(t, "plan", "-no-color")
			if code == 0 || !strings.Contains(out, first) || !strings.Contains(out, second) || !strings.Contains(out, "movable = true") {
				t.Errorf("the plan does not say why the tag stays:\n%s", out)
			}
			at(first)
			configure("target = \"" + second + "\"\nmovable = true")
			w.Apply(t)
			w.Clean(t)
			at(second)
			configure("target = \"refs/heads/main\"\nmovable = true")
			third := repo.SeedText(t, map[string]string{"later": "2"})
			w.Apply(t)
			w.Clean(t)
			at(third)

			// Somebody else moves it.
			repo.Git(t, "update-ref", "refs/tags/v1", first)
			out, changes := w.Plan(t)
			if !changes {
				t.Errorf("a tag that moved is no drift:\n%s", out)
			}
			w.Apply(t)
			w.Clean(t)
			at(third)
			repo.Fsck(t)

			// Between plan and apply, too.
			object := repo.Git(t, "rev-parse", "v1")
			configure("target = \"" + first + "\"\nmovable = true")
			w.Plan(t, "-out=plan")
			repo.Git(t, "update-ref", "refs/tags/v1", second)
			if out, code := w.Run(t, "apply", "-no-color", "plan"); code == 0 || !strings.Contains(out, "expected to be at "+object) {
				t.Errorf("a tag that moved after the plan:\n%s", out)
			}
			at(second)
			repo.Git(t, "update-ref", "refs/tags/v1", object)

			// And while it is not movable.
			configure(`target = "refs/heads/main"`)
			w.Apply(t)
			repo.Git(t, "update-ref", "refs/tags/v1", first)
			if out, changes := w.Plan(t); !changes || !strings.Contains(out, "Somebody else moved the tag") {
				t.Errorf("the plan does not tell that the tag moved:\n%s", out)
			}
			if out := w.Refused(t); !strings.Contains(out, "movable = true") || !strings.Contains(out, "import") {
				t.Errorf("the error does not say what to do:\n%s", out)
			}
			at(first)
			repo.Git(t, "update-ref", "-d", "refs/tags/v1")
			w.Apply(t) // a tag that is gone is made again
			at(third)
			repo.Git(t, "update-ref", "refs/tags/v1", repo.Git(t, "rev-parse", "main^{tree}"))
			if out, changes := w.Plan(t); !changes || !strings.Contains(out, "Somebody else moved the tag") {
				t.Errorf("a tag of a directory:\n%s", out)
			}
			w.Destroy(t)
			without(t, repo, "refs/tags/v1")
		})
	}
}

func TestATagThatExistsIsAdoptedImportedOrAnError(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	first := repo.Head(t)
	as := []string{"-c", "user.name=Some One", "-c", "user.email=one@example.com", "tag"}
	repo.Git(t, append(as, "v1", "main")...)
	repo.Git(t, append(as, "-a", "-m", "Release", "v2", "main")...)
	repo.Git(t, append(as, "-a", "-m", "of a tag", "v3", "v2")...)
	repo.SeedText(t, map[string]string{"later": "1"})
	w := acctest.NewWorkspace(t)
	const address = "nanogit_tag.t"
	for _, c := range []struct{ name, more, wrong string }{
		{"v1", `target = "` + first + `"`, ""},
		{"v2", "target = \"v1\"\nmessage = \"Release\\n\"", `message = "Another"`},
	} {
		object := repo.Git(t, "rev-parse", c.name)
		w.Config(t, provider(repo, "")+tag(c.name, c.wrong))
		out, code := w.Run(t, "plan", "-no-color")
		if code == 0 || !strings.Contains(out, "another tag of this name exists") && !strings.Contains(out, "Another tag of this name exists") {
			t.Errorf("%s: the plan does not refuse another tag:\n%s", c.name, out)
		}
		w.Config(t, provider(repo, "")+tag(c.name, c.more))
		w.Apply(t)
		w.Clean(t)
		for _, id := range []string{c.name, repo.URL() + "#" + c.name} {
			w.Run(t, "state", "rm", address)
			if out, code := w.Run(t, "import", address, id); code != 0 {
				t.Errorf("import %s:\n%s", id, out)
			}
			if state := w.Attributes(t, address); state["object_id"] != object || state["commit_id"] != first {
				t.Errorf("state %v", state)
			}
			w.Apply(t)
			w.Clean(t)
		}
		if got := repo.Git(t, "rev-parse", c.name); got != object {
			t.Errorf("%s was made anew", c.name)
		}
		w.Run(t, "state", "rm", address)
	}
	w.Config(t, provider(repo, "")+tag("v4", `target = "v3"`))
	w.Apply(t)
	if got := repo.Git(t, "rev-parse", "v4"); got != first {
		t.Errorf("a tag of a tag of a tag is at %s, want %s", got, first)
	}
	w.Config(t, provider(repo, "")+tag("v4", "target = \"v3\"\non_destroy = \"keep\""))
	w.Apply(t)
	w.Destroy(t)
	repo.Git(t, "rev-parse", "v4")
	for _, bad := range []string{`tagger = { name = "A", email = "a@b" }`, "signed = true", `message = ""`, "message = \"x\\n-----BEGIN SSH SIGNATURE-----\\n\""} {
		w.Config(t, provider(repo, "")+tag("v5", bad))
		if out, code := w.Run(t, "validate", "-no-color"); code == 0 {
			t.Errorf("%s is valid:\n%s", bad, out)
		}
	}
	w.Config(t, provider(repo, "")+tag("v5", "message = \"x\"\nsigned = true"))
	if out, code := w.Run(t, "plan", "-no-color"); code == 0 || !strings.Contains(out, "commit.signing") {
		t.Errorf("a signature without a key:\n%s", out)
	}
	w.Config(t, provider(repo, "")+tag("v5", `target = "nowhere"`))
	if out := w.Refused(t); !strings.Contains(out, `no branch, tag or commit "nowhere"`) {
		t.Errorf("a target that is not there:\n%s", out)
	}
	repo.Fsck(t)
}

// Branches and tags work over every transport, and with servers of version 0.
func TestBranchesAndTagsOnEachTransport(t *testing.T) {
	t.Parallel()
	ssh := func(t *testing.T, server *gittest.Server, repo *gittest.Repo) string {
		t.Helper()
		return overSSH(t, server.NewSSH(t, gittest.SSHOptions{}), repo)
	}
	for _, c := range []struct {
		name   string
		server gittest.Options
		block  func(*testing.T, *gittest.Server, *gittest.Repo) string
	}{
		{"version 0", gittest.Options{V0Only: true, NoFilter: true}, func(_ *testing.T, _ *gittest.Server, r *gittest.Repo) string { return provider(r, "") }},
		{"a directory", gittest.Options{}, func(_ *testing.T, _ *gittest.Server, r *gittest.Repo) string {
			return fmt.Sprintf("provider \"nanogit\" {\n  url = \"file://%s\"\n}\n", r.Dir)
		}},
		{"SSH", gittest.Options{}, ssh},
		{"SSH, version 0", gittest.Options{V0Only: true}, ssh},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := gittest.New(t, c.server)
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
			w := acctest.NewWorkspace(t)
			block := c.block(t, server, repo)
			w.Config(t, block+branch("topic", "force_destroy = true")+fileOn("topic", "a", "1")+
				tag("v1", "target = nanogit_branch.topic.name\nmessage = \"Release\"\nmovable = true\ndepends_on = [nanogit_file.f_topic]"))
			w.Apply(t)
			w.Clean(t)
			if tagged, topic := repo.Git(t, "rev-parse", "v1^{commit}"), repo.Git(t, "rev-parse", "topic"); tagged != topic {
				t.Errorf("the tag is at %s, want %s", tagged, topic)
			}
			w.Config(t, block+branch("topic", "force_destroy = true")+fileOn("topic", "a", "1")+tag("v1", "target = \"main\"\nmovable = true"))
			w.Apply(t)
			w.Clean(t)
			if tagged := repo.Git(t, "rev-parse", "v1"); tagged != repo.Head(t) {
				t.Errorf("the tag is at %s, want %s", tagged, repo.Head(t))
			}
			repo.Fsck(t)
			w.Destroy(t)
			without(t, repo, "refs/heads/topic", "refs/tags/v1")
		})
	}
}

// A repository that moved has the same branches and tags: they move in state alone.
func TestBranchesAndTagsFollowTheirRepository(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	old, now, other := server.NewRepo(t, "old.git", gittest.RepoOptions{}), server.NewRepo(t, "new.git", gittest.RepoOptions{Empty: true}), server.NewRepo(t, "other.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	resources := branch("topic", "") + tag("v1", `message = "Release"`)
	w.Config(t, provider(old, "")+resources)
	w.Apply(t)
	object := old.Git(t, "rev-parse", "v1")
	old.Git(t, "push", "--quiet", "--mirror", now.Dir)
	w.Config(t, provider(now, "")+resources)
	if out := w.Apply(t); !strings.Contains(out, "0 added, 2 changed, 0 destroyed") {
		t.Errorf("the resources are replaced:\n%s", out)
	}
	w.Clean(t)
	w.Config(t, provider(other, "")+resources)
	if out := w.Apply(t); !strings.Contains(out, "2 added, 0 changed, 2 destroyed") {
		t.Errorf("the resources are not replaced:\n%s", out)
	}
	w.Clean(t)
	without(t, now, "refs/heads/topic", "refs/tags/v1")
	if got := old.Git(t, "rev-parse", "v1"); got != object {
		t.Errorf("the tag of the old repository is at %s", got)
	}
}
