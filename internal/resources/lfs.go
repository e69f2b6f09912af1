package resources

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// plainSummary is constant, so that the engine folds many of these warnings.
const plainSummary = "A plain file where the branch has Git LFS"

// errPlain: the .gitattributes of the branch give the path to Git LFS.
var errPlain = errors.New(".gitattributes says filter=lfs for this path, and the content is no Git LFS pointer: it is committed " +
	"as it is, and Git will show the file as modified in every checkout. To keep it out of Git LFS, give the path -filter in " +
	".gitattributes; otherwise upload the content with git-lfs and let the pointer be the content here")

// plainForLFS reports whether a new file of plain content belongs into Git LFS, as the branch has
// it.
func (p *planning) plainForLFS(ctx context.Context, it *item) bool {
	b := p.target.Branch
	if !it.mode.IsFile() || !b.ReadsSingly() || p.session.Filter(ctx, b, it.path) != "lfs" {
		return false
	}
	is, err := it.content.isLFSPointer()
	return err == nil && !is
}

// warnPlain warns of those new files that belong into Git LFS. found are the entries on the branch,
// blocked the errors of paths that cannot be files.
func (p *planning) warnPlain(ctx context.Context, fresh []*item, found []gitread.Entry, blocked []error) diag.Diagnostics {
	var list pathList
	for i, it := range fresh {
		free := !found[i].Exists() && (blocked == nil || blocked[i] == nil)
		if free && it.known() && p.plainForLFS(ctx, it) {
			list.add(it.path, nil)
		}
	}
	if list.n == 0 {
		return nil
	}
	s := p.subject()
	return diag.Diagnostics{diag.NewWarningDiagnostic(plainSummary, s.detail(s.listed(errPlain, &list)))}
}
