package resources

import (
	"context"
	"errors"
	"path"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitattr"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// maxAttributes bounds a .gitattributes file that is read, in bytes. A larger file is not read.
const maxAttributes = 256 << 10

// plainSummary is constant, so that the engine folds many of these warnings.
const plainSummary = "A plain file where the branch has Git LFS"

// errPlain: the .gitattributes of the branch give the path to Git LFS.
var errPlain = errors.New(".gitattributes says filter=lfs for this path, and the content is no Git LFS pointer: it is committed " +
	"as it is, and Git will show the file as modified in every checkout. To keep it out of Git LFS, give the path -filter in " +
	".gitattributes; otherwise upload the content with git-lfs and let the pointer be the content here")

// attributesAt are the attributes that count in directories, each of which is looked at once.
type attributesAt struct {
	mu sync.Mutex
	by map[directoryAt]func() *gitattr.Attributes
}

type directoryAt struct {
	branch    *gitqueue.Branch
	directory string // "" for the root
}

// of returns the attributes that count in a directory, as the branch is when they are first asked
// for. A file that cannot be read gives none: nothing but a warning depends on them.
func (a *attributesAt) of(ctx context.Context, b *gitqueue.Branch, directory string) *gitattr.Attributes {
	key := directoryAt{b, directory}
	a.mu.Lock()
	if a.by == nil {
		a.by = make(map[directoryAt]func() *gitattr.Attributes)
	}
	found := a.by[key]
	if found == nil {
		found = sync.OnceValue(func() *gitattr.Attributes { return a.read(ctx, b, directory) })
		a.by[key] = found
	}
	a.mu.Unlock()
	return found()
}

func (a *attributesAt) read(ctx context.Context, b *gitqueue.Branch, directory string) *gitattr.Attributes {
	var above *gitattr.Attributes
	if directory != "" {
		above = a.of(ctx, b, parent(directory))
	}
	have, err := b.Lookup(ctx, path.Join(directory, gitattr.File))
	if err != nil || !have.Mode.IsFile() {
		return above // a symbolic link of this name is not followed by git either
	}
	content, err := b.ReadBlob(ctx, have.ID, maxAttributes)
	if err != nil {
		return above
	}
	return above.With(directory, content)
}

// parent is the directory that a path is in; "" for the root.
func parent(file string) string {
	if d := path.Dir(file); d != "." {
		return d
	}
	return ""
}

// plainForLFS reports whether a new file of plain content belongs into Git LFS, as the branch has
// it. The directories on its way have been read already. pointer tells whether the content
// is a pointer.
func (s *Session) plainForLFS(ctx context.Context, b *gitqueue.Branch, file string, mode gitobj.Mode, pointer func() (bool, error)) bool {
	if s == nil || !mode.IsFile() || !b.ReadsSingly() {
		return false
	}
	if s.attributes.of(ctx, b, parent(file)).Value(file, "filter") != "lfs" {
		return false
	}
	is, err := pointer()
	return err == nil && !is
}

// warnPlain warns of those new files that belong into Git LFS. found are the entries on the branch,
// blocked the errors of paths that cannot be files.
func (p *planning) warnPlain(ctx context.Context, fresh []*item, found []gitread.Entry, blocked []error) diag.Diagnostics {
	var list pathList
	for i, it := range fresh {
		free := !found[i].Exists() && (blocked == nil || blocked[i] == nil)
		if free && it.known() && p.session.plainForLFS(ctx, p.target.branch, it.path, it.mode, it.content.isLFSPointer) {
			list.add(it.path, nil)
		}
	}
	if list.n == 0 {
		return nil
	}
	s := p.subject()
	return diag.Diagnostics{diag.NewWarningDiagnostic(plainSummary, s.detail(s.listed(errPlain, &list)))}
}
