package writertest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

func TestGitSeesWhatAMemoryHolds(t *testing.T) {
	t.Parallel()
	EachFormat(t, func(t *testing.T, f Format) {
		m := f.Memory(t, map[string]string{"dir/file": "1"})
		m.CommitTo(t, "main", map[string]gittest.File{
			"tool": {Content: "#!/bin/sh\n", Mode: "100755"}, "link": {Content: "dir", Mode: "120000"}, "sub": {Content: f.Submodule(), Mode: "160000"},
		})
		m.Merge(m.CommitTo(t, "side", map[string]gittest.File{"s": {Content: "s"}}))
		b := m.Branch(t)
		res := Commit(t, b, Put(t, b, "dir/new", "2"))
		r := m.Export(t)
		if got, want := r.Git(t, "ls-tree", "-r", "--name-only", "HEAD"), "dir/file\ndir/new\nlink\nsub\ntool"; got != want {
			t.Errorf("git lists %q, want %q", got, want)
		}
		for path, e := range r.Tree(t, r.Ref()) {
			if got := m.Tree(m.Head())[path]; got != e {
				t.Errorf("%s is %v, and git says %v", path, got, e)
			}
		}
		if r.Head(t) != res.Commit.String() || r.Commits(t, r.Ref()) != 5 || len(m.Parents()) != 4 {
			t.Errorf("the head is %s after %d commits, want %s after five", r.Head(t), r.Commits(t, r.Ref()), res.Commit)
		}
	})
}

// A pack that a server would not take: git finds an object missing, or one that is not well formed.
func TestGitJudgesThePacksOfAMemory(t *testing.T) {
	t.Parallel()
	file := func(name, content string) gitobj.TreeEntry {
		return gitobj.TreeEntry{Mode: gitobj.ModeFile, Name: name, ID: BlobID(content)}
	}
	for name, c := range map[string]struct {
		tree []gitobj.TreeEntry
		says string
	}{
		"a complete directory":     {[]gitobj.TreeEntry{file("a", "x"), file("b", "x")}, ""},
		"a content is missing":     {[]gitobj.TreeEntry{file("a", "y")}, "object"},
		"a directory out of order": {[]gitobj.TreeEntry{file("b", "x"), file("a", "x")}, "treeNotSorted"},
		"an entry twice":           {[]gitobj.TreeEntry{file("a", "x"), file("a", "x")}, "duplicateEntries"},
		"a forbidden name":         {[]gitobj.TreeEntry{file(".git", "x")}, "hasDotgit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := NewMemory(t, map[string]string{"x": "x"}).Export(t)
			enc, err := gitpack.NewEncoder(gitobj.SHA1, 1)
			if err != nil {
				t.Fatal(err)
			}
			body := bytes.NewBuffer(gitpack.AppendPackHeader(nil, 1))
			if _, _, err := enc.EncodeBytes(body, gitobj.KindTree, gitobj.AppendTree(nil, c.tree)); err != nil {
				t.Fatal(err)
			}
			h := gitobj.SHA1.New()
			h.Write(body.Bytes())
			err = unpack(r.Dir, h.Sum(body.Bytes()))
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error that says %q", err, c.says)
			}
		})
	}
}
