package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// applyOnce does the work of a process that writes a file: it opens the repository and the cache,
// commits, and closes both.
func applyOnce(t *testing.T, url, cacheURL, content string) diag.Diagnostics {
	t.Helper()
	repos := inProcess(t, url, cacheURL, func(b *gitqueue.Branch, repos *repositories) {
		id, err := b.StageBlob(t.Context(), int64(len(content)), strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		changes := []gitwriter.Change{{Path: "a/b/file", Mode: gitobj.ModeFile, Blob: id}}
		if o := b.Commit(t.Context(), changes, repos.settings.queue.Meta)[0]; o.Err != nil {
			t.Fatalf("%s: %v", content, o.Err)
		}
	})
	return repos.cache.trouble.warnings()
}

// TestNoByteOfACacheMatters flips a byte of a cached value and applies; then the next byte, to the
// last byte of each value that an apply reads: the commit, its directories, and the hint record.
// The hint record is read when another committer has moved the branch, and so is the commit that it
// names, of which every eighth byte is flipped again.
func TestNoByteOfACacheMatters(t *testing.T) {
	onEachBackend(t, func(t *testing.T, cached backend) {
		s := newSpoiler(t, cached, map[string]string{"a/other": "0"})
		for _, f := range []flipping{
			{what: "the head", rev: "main", told: true},
			{what: "the root", rev: "main^{tree}", told: true},
			{what: "a directory", rev: "main:a", told: true},
			{what: "the hint record", moved: true},
			{what: "the commit of the hint record", rev: "main", moved: true, told: true, stride: 8},
		} {
			s.flip(f)
		}
		s.check()
	})
}

// TestNoBaseOfADeltaMatters spoils a directory of which the remote sends only the changes since the
// commit in the hint record.
func TestNoBaseOfADeltaMatters(t *testing.T) {
	onEachBackend(t, func(t *testing.T, cached backend) {
		files := map[string]string{"a/other": "0"}
		for i := range 300 {
			files[fmt.Sprintf("a/file-%03d", i)] = fmt.Sprint(i)
		}
		s := newSpoiler(t, cached, files)
		s.flip(flipping{what: "a wide directory", rev: "main:a", moved: true, told: true, stride: 1001})
		s.check()
	})
}
