package gitwriter_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// A server that makes a review of a push to the branch says so, where its report has room for it
// (report-status-v2). The commit is not on the branch, and nobody is told that it is.
func TestAPushThatBecameAReviewIsNoSuccess(t *testing.T) {
	t.Parallel()
	pkt := func(s string) string { return fmt.Sprintf("%04x%s", len(s)+4, s) }
	answer := pkt("version=1\x00") + "0000" + pkt("ok refs/heads/main") + pkt("option refname refs/pull/7/head") + "0000"
	r := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Config: map[string]string{"receive.procReceiveRefs": "refs/heads/main"}})
	file := filepath.Join(t.TempDir(), "answer")
	if err := os.WriteFile(file, []byte(answer), 0o600); err != nil {
		t.Fatal(err)
	}
	hook := filepath.Join(r.Dir, "hooks", "proc-receive")
	if err := os.MkdirAll(filepath.Dir(hook), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(hook, []byte("#!/bin/sh\ncat '"+file+"'\ncat >/dev/null\n"), 0o755); err != nil { //nolint:gosec // git runs it
		t.Fatal(err)
	}
	head := r.Head(t)
	b, err := writertest.OpenAt(t, "file://"+filepath.ToSlash(r.Dir)).Branch(t.Context(), r.Branch)
	if err != nil {
		t.Fatal(err)
	}
	out := b.Commit(t.Context(), []gitwriter.Change{writertest.Put(t, b, "new", "new")}, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone})
	if err := out[0].Err; !errors.Is(err, gitwriter.ErrRefused) || !strings.Contains(err.Error(), "refs/pull/7/head: it takes such pushes for a review") {
		t.Errorf("got %v", err)
	}
	if now := r.Head(t); now != head {
		t.Errorf("the branch moved to %s", now)
	}
}
