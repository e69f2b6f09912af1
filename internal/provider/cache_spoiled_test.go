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

// applyOnce is what a process does that writes one file: open the repository and the cache, commit,
// end.
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

// TestNoByteOfACacheMatters flips one byte of one cached value and applies; then the next byte, to
// the last one of each value that an apply reads: the commit, its directories, and the note. The
// note is read when somebody else has moved the branch, and the commit that it names, of which
// every byte was flipped before and every eighth one is again.
func TestNoByteOfACacheMatters(t *testing.T) {
	onEachBackend(t, func(t *testing.T, cached backend) {
		s := newSpoiler(t, cached, map[string]string{"a/other": "0"})
		for _, f := range []flipping{
			{what: "the head", rev: "main", told: true},
			{what: "the root", rev: "main^{tree}", told: true},
			{what: "a directory", rev: "main:a", told: true},
			{what: "the note", moved: true},
			{what: "the noted commit", rev: "main", moved: true, told: true, stride: 8},
		} {
			s.flip(f)
		}
		s.check()
	})
}

// TestNoBaseOfADeltaMatters spoils a directory of which the remote, told of the noted commit, sends
// but the changes since.
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
