package property_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"hash"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/miniengine"
)

// objectFormat is an object format and its hash.
type objectFormat struct {
	name string
	hash func() hash.Hash
}

var objectFormats = []objectFormat{{"sha1", sha1.New}, {"sha256", sha256.New}}

// blob returns the object id of a content.
func (f objectFormat) blob(content string) string {
	w := world{hash: f.hash}
	return w.inGit(entry{content: content}).ID
}

// someFiles is a configuration of every kind of file: a file that commits by itself, a seed, and a
// file and a map of files that a commit names.
func someFiles(url, content, seed string) miniengine.Config {
	one := func(path string, more map[string]any) miniengine.Resource {
		a := map[string]any{"path": path, "content": content + " of " + path}
		maps.Copy(a, more)
		return miniengine.Resource{Type: "nanogit_file", Attributes: a}
	}
	explicit := map[string]any{"commit_mode": "explicit"}
	return miniengine.Config{
		Provider: map[string]any{"url": url, "branch": "main", "limits": map[string]any{"batch_window": "5ms"}},
		Resources: map[string]miniengine.Resource{
			"nanogit_file.alone": one("alone", nil),
			"nanogit_file.seed":  one(seed, map[string]any{"content": "seed", "seed_only": true}),
			"nanogit_file.named": one("named", explicit),
			"nanogit_files.many": {Type: "nanogit_files", Attributes: map[string]any{
				"prefix": "many", "commit_mode": "explicit",
				"files": map[string]any{"a": map[string]any{"content": content + " a"}, "deep/b": map[string]any{"content": "same", "mode": "100755"}},
			}},
			"nanogit_commit.all": {Type: "nanogit_commit", Attributes: map[string]any{"message": content, "files": miniengine.Merge{
				map[string]any{"named": miniengine.Ref{Address: "nanogit_file.named", Attribute: "blob_id"}},
				miniengine.Ref{Address: "nanogit_files.many", Attribute: "blob_ids"},
			}}},
		},
	}
}

// formatWorld is an engine and a repository that can be replaced.
type formatWorld struct {
	world
	t *testing.T
}

func newFormatWorld(t *testing.T) *formatWorld {
	w := &formatWorld{world: world{server: gittest.New(t, gittest.Options{})}, t: t}
	w.engine = &miniengine.Engine{Start: w.start, State: miniengine.State{}, Parallelism: 4}
	return w
}

// create makes the repository, in place of the former repository.
func (w *formatWorld) create(f objectFormat, o gittest.RepoOptions) {
	w.t.Helper()
	if w.repo != nil {
		if err := os.RemoveAll(w.repo.Dir); err != nil {
			w.t.Fatal(err)
		}
	}
	o.Format = f.name
	w.repo = w.server.NewRepo(w.t, "r.git", o)
}

func (w *formatWorld) planOf(c miniengine.Config) *miniengine.Plan {
	w.t.Helper()
	plan, err := w.engine.Plan(w.t.Context(), c)
	if err != nil || len(plan.Errors) > 0 {
		w.t.Fatalf("plan: %v, %v", err, plan.Errors)
	}
	return plan
}

// apply applies the configuration, after which nothing is left to plan.
func (w *formatWorld) apply(c miniengine.Config) {
	w.t.Helper()
	report, err := w.engine.Apply(w.t.Context(), w.planOf(c), nil)
	if err != nil || len(report.Errors) > 0 {
		w.t.Fatalf("apply: %v, %v", err, report.Errors)
	}
	if left := w.planOf(c); len(left.Changes) > 0 {
		w.t.Errorf("after the apply there is a plan: %s", left)
	}
}

// check compares the branch and the state with the configuration of someFiles, but for the seed.
func (w *formatWorld) check(f objectFormat, content string) {
	w.t.Helper()
	tree := w.repo.Tree(w.t, w.repo.Ref())
	for path, want := range map[string]string{
		"alone": content + " of alone", "named": content + " of named", "many/a": content + " a", "many/deep/b": "same",
	} {
		if got := tree[path].ID; got != f.blob(want) {
			w.t.Errorf("%s is %q on the branch, want %s", path, got, f.blob(want))
		}
	}
	ids := map[string]string{"named": w.engine.State["nanogit_file.named"].Text("blob_id")}
	for path, id := range mapOf(w.engine.State["nanogit_files.many"].Value, "blob_ids") {
		var text string
		if err := id.As(&text); err != nil {
			w.t.Error(err)
		}
		ids[path] = text
	}
	for path, id := range ids {
		if id != tree[path].ID {
			w.t.Errorf("state says that %s is %s, want %s", path, id, tree[path].ID)
		}
	}
	commit := w.engine.State["nanogit_commit.all"]
	for attribute, rev := range map[string]string{"commit_id": "", "tree_id": "^{tree}", "parent_id": "^"} {
		id := commit.Text(attribute)
		got, err := w.repo.Run("rev-parse", "--quiet", "--verify", commit.Text("commit_id")+rev)
		if rev == "^" && err != nil && id == "" {
			continue // the first commit has no parent
		}
		if err != nil || got != id || len(id) != len(f.blob("")) {
			w.t.Errorf("%s is %q, want %q (%v)", attribute, id, got, err)
		}
	}
	w.repo.Fsck(w.t)
}

func TestEveryResourceWorksInEachObjectFormat(t *testing.T) {
	t.Parallel()
	for _, f := range objectFormats {
		for name, o := range map[string]gittest.RepoOptions{"": {}, ", empty": {Empty: true}} {
			t.Run(f.name+name, func(t *testing.T) {
				t.Parallel()
				w := newFormatWorld(t)
				w.create(f, o)
				w.apply(someFiles(w.repo.URL(), "first", "seed"))
				w.check(f, "first")
				w.apply(someFiles(w.repo.URL(), "second", "moved/seed"))
				w.check(f, "second")
				// Somebody overwrites committed files, and the next apply restores them.
				w.repo.SeedText(t, map[string]string{"many/a": "drift", "named": "drift"})
				w.apply(someFiles(w.repo.URL(), "second", "moved/seed"))
				w.check(f, "second")
				// Everything goes.
				c := someFiles(w.repo.URL(), "second", "moved/seed")
				c.Resources = nil
				w.apply(c)
				for path := range w.repo.Tree(t, w.repo.Ref()) {
					if path != "README.md" {
						t.Errorf("%s is left", path)
					}
				}
			})
		}
	}
}

// TestAStateOfTheOtherObjectFormatHeals replaces the repository by a repository of the other object
// format, whose object ids the state does not have.
func TestAStateOfTheOtherObjectFormatHeals(t *testing.T) {
	t.Parallel()
	for i, f := range objectFormats {
		g := objectFormats[1-i]
		for name, there := range map[string]map[string]string{
			"empty":            nil,
			"with the content": {"alone": "first of alone", "named": "first of named", "many/a": "first a", "seed": "seed"},
			"with other content": {
				"alone": "other", "named": "other", "many/a": "other", "many/deep/b": "other", "seed": "other",
			},
		} {
			t.Run(fmt.Sprintf("%s becomes %s, %s", f.name, g.name, name), func(t *testing.T) {
				t.Parallel()
				w := newFormatWorld(t)
				w.create(f, gittest.RepoOptions{})
				w.apply(someFiles(w.repo.URL(), "first", "seed"))

				// A plan that was made before is refused, and says why; it is no fault of the
				// provider's.
				stale := w.planOf(someFiles(w.repo.URL(), "second", "seed"))
				w.create(g, gittest.RepoOptions{Empty: there == nil})
				if there != nil {
					w.repo.SeedText(t, there)
				}
				report, err := w.engine.Apply(t.Context(), stale, nil)
				if err != nil || len(report.Errors) == 0 {
					t.Errorf("a stale plan was applied: %v, %v", report, err)
				}
				for _, p := range report.Errors {
					if strings.HasPrefix(p.Summary, "Provider ") || !strings.Contains(p.Detail, f.name) || !strings.Contains(p.Detail, g.name) {
						t.Errorf("%s, want an error that names both formats", p)
					}
				}

				w.apply(someFiles(w.repo.URL(), "second", "moved/seed"))
				w.check(g, "second")
				if _, ok := w.repo.Tree(t, w.repo.Ref())["moved/seed"]; !ok {
					t.Error("the seed is lost")
				}
				// The next apply starts without anything of the former format.
				w.apply(someFiles(w.repo.URL(), "third", "moved/seed"))
				w.check(g, "third")
			})
		}
	}
}
