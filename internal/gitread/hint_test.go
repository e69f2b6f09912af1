package gitread

import (
	"context"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// planted is a store that anybody may have written to: it answers any hint record and any content
// under each id.
type planted struct {
	note    []byte
	objects map[gitobj.ID]objstore.Object
}

func (p planted) Get(_ context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	found := objstore.Missing(ids)
	for i, id := range ids {
		if o, ok := p.objects[id]; ok {
			found[i].Kind, found[i].Data = o.Kind, o.Data
		}
	}
	return found, nil
}
func (planted) Put(context.Context, []objstore.Object) error   { return nil }
func (planted) Close() error                                   { return nil }
func (p planted) Hint(context.Context, string) ([]byte, error) { return p.note, nil }
func (planted) SetHint(context.Context, string, []byte) error  { return nil }

// FuzzHint reads anything as the hint record of a branch: the result is a commit of the
// repository's format whose root is in the store, or nil.
func FuzzHint(f *testing.F) {
	root := gitobj.SHA1.Zero().String()
	tree := gitobj.Hash(gitobj.SHA1, gitobj.KindTree, nil)
	commit := []byte("tree " + tree.String() + "\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nm\n")
	id := gitobj.Hash(gitobj.SHA1, gitobj.KindCommit, commit).String()
	f.Add([]byte(id), byte(gitobj.KindCommit), commit, byte(gitobj.KindTree), []byte{})
	f.Add([]byte(id+"\n"), byte(gitobj.KindCommit), commit, byte(gitobj.KindTree), []byte{})
	f.Add([]byte(root), byte(gitobj.KindCommit), []byte("tree "+root+"\n\n"), byte(gitobj.KindBlob), []byte("x"))
	f.Add([]byte(gitobj.SHA256.Zero().String()), byte(gitobj.KindTag), []byte("tree "), byte(9), []byte{0})
	f.Add([]byte(root), byte(gitobj.KindCommit), []byte("tree "+tree.String()+"\n"), byte(gitobj.KindBlob), []byte{})
	f.Add([]byte(nil), byte(0), []byte("tree \n"), byte(gitobj.KindTree), []byte("100644 f\x00"))
	f.Fuzz(func(t *testing.T, note []byte, kind byte, content []byte, rootKind byte, rootContent []byte) {
		p := planted{note: note, objects: map[gitobj.ID]objstore.Object{}}
		if c, err := gitobj.ParseCommit(gitobj.SHA1, content); err == nil {
			p.objects[c.Tree] = objstore.Object{Kind: gitobj.Kind(rootKind), Data: rootContent}
		}
		if id, err := gitobj.ParseID(string(note)); err == nil {
			p.objects[id] = objstore.Object{Kind: gitobj.Kind(kind), Data: content}
		}
		o := newObjects(Remote{}, p, Options{}.withDefaults())
		if err := o.setFormat(gitobj.SHA1); err != nil {
			t.Fatal(err)
		}
		s := hint{objects: o, key: "head"}.snapshot(t.Context())
		if s == nil {
			return
		}
		isTree := gitobj.Kind(rootKind) == gitobj.KindTree || s.Root == tree // an empty directory needs no store
		if s.Ref.String() != string(note) || s.Ref.Format() != gitobj.SHA1 || gitobj.Kind(kind) != gitobj.KindCommit || !isTree {
			t.Errorf("%q is taken for commit %v", note, s.Ref)
		}
	})
}
