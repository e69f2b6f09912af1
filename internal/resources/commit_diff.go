package resources

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// A file that waits for a nanogit_commit notes its planned content when it is planned, which is
// before the commit, in the process that plans and in the process that applies:
//
//	nanogit_file, nanogit_files ──► session.Contents ──► nanogit_commit: diff
//
// Only files that change do, as only these are planned in both processes: the diff has to come out
// the same.

// mostNoted bounds each planned content, in bytes: the session holds them until the process ends,
// whether or not a commit shows its diff.
const mostNoted = 32 << 10

// noteContents notes the planned contents of items that change, sorted or not. secret reports which
// of them are not to be shown.
func noteContents(s *session.Session, t session.Target, items []*item, secret func(*item) bool) {
	for _, it := range items {
		planned := session.Planned{Blob: it.blob, Secret: secret(it)}
		if !planned.Secret && it.known() && it.content.Size() <= mostNoted {
			planned.Content = it.content.Content
		}
		at := t.Location
		at.Path = it.path
		s.Contents().Note(at, planned)
	}
}

// isSecret reports whether the file has or had a content that no plan shows.
func (p *filePlan) isSecret() bool {
	before := p.before()
	return !p.config.ContentWO.IsNull() || !p.plan.SensitiveContent.IsNull() || !before.SensitiveContent.IsNull() || !before.ContentWOVersion.IsNull()
}

// showsDiff is the value of diff before the changes are known.
func (m *commitModel) showsDiff() types.String {
	if m.ShowDiff.IsUnknown() || m.ShowDiff.ValueBool() {
		return types.StringUnknown()
	}
	return types.StringNull()
}

// planDiff plans the attribute diff for the files that the commit changes.
func (p *commitPlan) planDiff(ctx context.Context, changed map[string]string) error {
	if !p.plan.ShowDiff.ValueBool() || p.branch == nil || changed == nil {
		return nil
	}
	files, err := p.plan.named()
	if err != nil {
		return nil //nolint:nilerr // it was reported, or the files are not known
	}
	prior := p.prior.held()
	paths := slices.Sorted(maps.Keys(changed))
	compared := make([]fileDiff, 0, min(len(paths), mostCompared))
	for _, path := range paths[:min(len(paths), mostCompared)] {
		c := p.fileDiff(path, changed[path], prior[path], files[path])
		if err := c.readNew(ctx); err != nil {
			return err
		}
		compared = append(compared, c)
	}
	if err := readFormer(ctx, p.branch, compared); err != nil {
		return err
	}
	p.plan.Diff = types.StringValue(diffText(compared, len(paths)))
	return nil
}

// fileDiff is the change of a file. The content of a file that goes is not shown: the plan of its
// removal is made in one process only, and it may have been a secret.
func (p *commitPlan) fileDiff(path, how string, old, now gitobj.ID) fileDiff {
	c := fileDiff{path: path, old: old}
	if how == gitqueue.Deleted {
		c.said = "the file goes"
		return c
	}
	at := p.target.Location
	at.Path = path
	planned, ok := p.session.Contents().Of(at, now)
	switch {
	case !ok:
		c.said = "the file becomes blob " + now.String()
	case planned.Secret:
		c.secret = true
	case !planned.Content.Known():
		c.said = fmt.Sprintf("the content has more than %d KiB, and is not shown", mostNoted>>10)
	default:
		c.now = &item{path: path, blob: now, content: content{planned.Content, atFiles}}
	}
	return c
}
