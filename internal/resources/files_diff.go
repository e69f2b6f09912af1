package resources

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/sync/errgroup"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/textdiff"
)

// The bounds of the attribute diff.
const (
	mostDiffed   = 256 << 10 // bytes of a version of a file that is compared
	mostCompared = 200       // files that are compared
	mostDiff     = 64 << 10  // bytes of the text
)

// fileDiff is the change of a file, for the attribute diff.
type fileDiff struct {
	path     string
	old      gitobj.ID   // zero: the file is new to the resource
	oldMode  gitobj.Mode // 0: not known
	now      *item       // nil: the file goes
	secret   bool        // it has or had a content that no plan shows
	from, to textdiff.Side
	large    bool   // a version has more than mostDiffed bytes
	lost     bool   // the server does not have the former content any more
	said     string // the text of a change of which no version is read; "" for others
}

// planDiff plans the attribute diff for the files that the plan changes. It goes by state and
// configuration alone, like blob_ids: the process that applies has to find the same text. The text
// is not known while a content is not.
func (p *filesPlan) planDiff(ctx context.Context, items []item, prior map[string]gitobj.ID, d difference) error {
	if !p.plan.ShowDiff.ValueBool() || p.target.Branch == nil {
		return nil
	}
	changes := p.fileDiffs(items, prior, d)
	if slices.ContainsFunc(changes, func(c fileDiff) bool { return !c.secret && c.now != nil && !c.now.known() }) {
		return nil
	}
	compared := changes[:min(len(changes), mostCompared)]
	for i := range compared {
		if err := compared[i].readNew(ctx); err != nil {
			return err
		}
	}
	if err := readFormer(ctx, p.target.Branch, compared); err != nil {
		return err
	}
	p.plan.Diff = types.StringValue(diffText(compared, len(changes)))
	return nil
}

// secrets tells which paths have or had a content that no plan shows.
func (p *filesPlan) secrets() func(path string) bool {
	was, is := p.before().Files.Elements(), p.plan.Files.Elements()
	return func(path string) bool {
		return hasSecret(was[p.before().rel(path)]) || hasSecret(is[p.plan.rel(path)])
	}
}

// noteContents notes the contents that the plan changes, for the nanogit_commit that names them.
func (p *filesPlan) noteContents(items []item, d difference) {
	changed := make([]*item, len(d.puts))
	for i, at := range d.puts {
		changed[i] = &items[at]
	}
	secret := p.secrets()
	noteContents(p.session, p.target, changed, func(it *item) bool { return it.writeOnly || secret(it.path) })
}

// fileDiffs are the changes of a plan, sorted by path.
func (p *filesPlan) fileDiffs(items []item, prior map[string]gitobj.ID, d difference) (changes []fileDiff) {
	secret := p.secrets()
	for _, i := range d.puts {
		it := &items[i]
		changes = append(changes, fileDiff{path: it.path, old: prior[it.path], oldMode: p.hints.mode(it.path), now: it, secret: it.writeOnly || secret(it.path)})
	}
	for _, path := range d.gone {
		changes = append(changes, fileDiff{path: path, old: prior[path], secret: secret(path)})
	}
	slices.SortFunc(changes, func(x, y fileDiff) int { return strings.Compare(x.path, y.path) })
	return changes
}

// hasSecret reports whether an element of files has a content that no plan shows.
func hasSecret(element attr.Value) bool {
	of, ok := element.(types.Object)
	if !ok {
		return false
	}
	for _, name := range []string{"sensitive_content", "content_wo", "content_wo_version"} {
		if v := of.Attributes()[name]; v != nil && !v.IsNull() {
			return true
		}
	}
	return false
}

// sameBlob reports whether the mode alone changes.
func (c *fileDiff) sameBlob() bool { return c.now != nil && c.now.blob == c.old }

// readNew reads the planned content, if it is to be shown.
func (c *fileDiff) readNew(ctx context.Context) (err error) {
	if c.secret || c.said != "" || c.now == nil || c.sameBlob() {
		return nil
	}
	c.to.Exists = true
	if c.large = c.now.content.Size() > mostDiffed; c.large {
		return nil
	}
	if c.to.Content, err = c.now.content.read(ctx); err != nil {
		return c.now.wrap(err)
	}
	return nil
}

// readFormer reads the former contents of files that are to be shown: in one request for all of
// them, unless some of them are large or missing.
func readFormer(ctx context.Context, b *gitqueue.Branch, changes []fileDiff) error {
	var of []*fileDiff
	var ids []gitobj.ID
	for i := range changes {
		c := &changes[i]
		if c.from.Exists = !c.old.IsZero(); c.from.Exists && c.said == "" && !c.secret && !c.large && !c.sameBlob() {
			of, ids = append(of, c), append(ids, c.old)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	contents, err := b.ReadBlobs(ctx, ids)
	if err == nil {
		for i, c := range of {
			c.setFormer(contents[i])
		}
		return nil
	}
	if !errors.Is(err, gitread.ErrTooLarge) && !errors.Is(err, gitread.ErrMissing) {
		return err
	}
	var group errgroup.Group
	for _, c := range of {
		group.Go(func() error { return c.readFormer(ctx, b) })
	}
	return group.Wait()
}

func (c *fileDiff) setFormer(content []byte) {
	c.from.Content, c.large = content, len(content) > mostDiffed
}

// readFormer reads the former content by itself.
func (c *fileDiff) readFormer(ctx context.Context, b *gitqueue.Branch) error {
	content, err := b.ReadBlob(ctx, c.old, mostDiffed)
	switch {
	case errors.Is(err, gitread.ErrTooLarge):
		c.large = true
	case errors.Is(err, gitread.ErrMissing):
		c.lost = true
	case err != nil:
		return err
	default:
		c.setFormer(content)
	}
	return nil
}

// read reads the whole content, which the caller knows to be small.
func (c content) read(ctx context.Context) (_ []byte, err error) {
	r, err := c.Open(ctx)
	if err != nil {
		return nil, c.blame(err)
	}
	defer func() { err = errors.Join(err, c.blame(r.Close())) }()
	all, err := io.ReadAll(io.LimitReader(r, mostDiffed))
	return all, c.blame(err)
}

// String is the change as text.
func (c *fileDiff) String() string {
	switch {
	case c.said != "":
		return c.path + ": " + c.said + "\n"
	case c.secret:
		return c.path + ": a secret changes, and is not shown\n"
	case c.sameBlob():
		return fmt.Sprintf("%s: the mode changes from %s to %s\n", c.path, c.oldMode, c.now.mode)
	case c.large:
		return fmt.Sprintf("%s: the content has more than %d KiB, and is not shown\n", c.path, mostDiffed>>10)
	case c.lost:
		return c.path + ": the server does not have the former content any more\n"
	}
	return textdiff.Unified(c.path, c.from, c.to)
}

// diffText puts changes together, up to the bound. total is the number of all changes.
func diffText(changes []fileDiff, total int) string {
	var b strings.Builder
	for i := range changes {
		text := changes[i].String()
		if room := mostDiff - b.Len(); len(text) > room {
			if cut := strings.LastIndexByte(text[:max(room, 0)], '\n'); cut >= 0 {
				b.WriteString(text[:cut+1])
			}
			return b.String() + fmt.Sprintf("The diff is too long to be shown: it goes on in %s, and in %d more files\n", changes[i].path, total-i-1)
		}
		b.WriteString(text)
	}
	if n := total - len(changes); n > 0 {
		fmt.Fprintf(&b, "%d more files change, and are not shown\n", n)
	}
	return b.String()
}
