package provider

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// flipAll changes the byte at one place of every value in a disk cache, and reports whether any is that long.
func flipAll(t *testing.T, directory string, at int) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(directory, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, "/objects/") && !strings.Contains(path, "/notes/") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil || at >= len(b) {
			return err
		}
		found = true
		b[at] ^= 1 << (at % 8)
		return os.WriteFile(path, b, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// applyOnce is what a process does that writes one file: open the repository and the cache, commit, end.
func applyOnce(t *testing.T, url, cacheURL, content string) diag.Diagnostics {
	t.Helper()
	repos := inProcess(t, url, cacheURL, func(b *gitwriter.Branch, repos *repositories) {
		id, err := b.StageBlob(t.Context(), int64(len(content)), strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		changes := []gitwriter.Change{{Path: "a/b/file", Mode: gitobj.ModeFile, Blob: id}}
		if o := b.Commit(t.Context(), changes, repos.settings.writer.Meta)[0]; o.Err != nil {
			t.Fatalf("%s: %v", content, o.Err)
		}
	})
	return repos.cache.trouble.warnings()
}

// TestNoByteOfACacheMatters flips the first byte of every cached value and applies, then the second byte, to the last.
func TestNoByteOfACacheMatters(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.Seed(t, map[string]gittest.File{"a/b/other": {Content: "other\n"}, "a/c": {Content: "c\n"}, "d/e/f": {Content: "f\n"}})
	directory := t.TempDir()
	applyOnce(t, repo.URL(), "disk:"+directory, "before")
	rounds, warned := 0, 0
	for ; flipAll(t, directory, rounds); rounds++ {
		if w := applyOnce(t, repo.URL(), "disk:"+directory, fmt.Sprintf("round %d", rounds)); len(w) > 0 {
			warned++
		}
	}
	if rounds < 200 || warned < rounds/2 {
		t.Errorf("%d rounds, warned in %d: the test spoils nothing that is read", rounds, warned)
	}
	repo.Git(t, "fsck", "--strict")
	commits := strings.Fields(repo.Git(t, "rev-list", "--reverse", "main"))
	if want := rounds + 3; len(commits) != want { // the first one, the seed and "before"
		t.Fatalf("%d commits, want %d", len(commits), want)
	}
	// Every commit changed this one file and nothing else: two lines would name others.
	log := repo.Git(t, "log", "--reverse", "--format=", "--name-status", commits[1]+"..main")
	if got, want := strings.TrimSpace(log), strings.TrimSpace("A\ta/b/file\n"+strings.Repeat("M\ta/b/file\n", rounds)); got != want {
		t.Errorf("the commits changed\n%s", got)
	}
	var want strings.Builder
	for i := range rounds {
		fmt.Fprintf(&want, "+round %d\n", i)
	}
	var got strings.Builder
	for line := range strings.Lines(repo.Git(t, "log", "--reverse", "--format=", "-p", commits[2]+"..main")) {
		if strings.HasPrefix(line, "+round") {
			got.WriteString(line)
		}
	}
	if got.String() != want.String() {
		t.Errorf("the commits wrote\n%s", got.String())
	}
}
