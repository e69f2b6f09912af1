package githubapi

import (
	"encoding/json"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// FuzzCommitAnswer reads any answer about a commit: what is taken has the tree and the parents that
// were asked for, and the bytes are those of its id.
func FuzzCommitAnswer(f *testing.F) {
	tree, parent := gitobj.Hash(gitobj.SHA1, gitobj.KindTree, nil), gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, nil)
	for _, s := range []string{
		`{"sha":"` + parent.String() + `","tree":{"sha":"` + tree.String() + `"},"parents":[{"sha":"` + parent.String() + `"}],"verification":{"verified":true,"signature":"x","payload":"tree ` + tree.String() + `\n\nx"}}`,
		`{"sha":"","parents":null}`, `[]`, `{"verification":{"reason":"gpgverify_error"}}`,
	} {
		f.Add(s)
	}
	want := commitRequest{Tree: tree.String(), Parents: []string{parent.String()}}
	f.Fuzz(func(t *testing.T, text string) {
		var a commitAnswer
		if json.Unmarshal([]byte(text), &a) != nil {
			return
		}
		id, raw, err := a.check(want, gitobj.SHA1)
		if err != nil {
			return
		}
		if len(a.Parents) != 1 || !equal(a.Tree.SHA, want.Tree) || !equal(a.Parents[0].SHA, want.Parents[0]) || !a.Verification.Verified {
			t.Errorf("%s was taken", text)
		}
		if raw != nil && gitobj.Hash(gitobj.SHA1, gitobj.KindCommit, raw) != id {
			t.Errorf("the bytes of %s are %q", id, raw)
		}
	})
}
