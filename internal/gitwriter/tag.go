package gitwriter

import (
	"context"
	"fmt"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Tag is an annotated tag that is to be made.
type Tag struct {
	Name    string
	Commit  gitobj.ID
	Message string
	Tagger  Identity
	Signed  bool
}

// MakeTag makes the object of an annotated tag. Nothing is sent: SetRef pushes it.
func (r *Repo) MakeTag(ctx context.Context, t Tag) (objstore.Object, error) {
	tag := gitobj.Tag{
		Object: t.Commit, Kind: gitobj.KindCommit, Name: t.Name,
		Tagger:  gitobj.Signature{Name: t.Tagger.Name, Email: t.Tagger.Email, When: r.opts.Now()},
		Message: strings.TrimRight(t.Message, "\n") + "\n",
	}
	if err := tag.Validate(); err != nil {
		return objstore.Object{}, fmt.Errorf("make tag %q: %w", t.Name, err)
	}
	if t.Signed {
		if r.opts.Sign == nil {
			return objstore.Object{}, fmt.Errorf("make tag %q: %w: there is no key", t.Name, ErrUnsigned)
		}
		signature, err := r.opts.Sign(ctx, tag.Append(nil))
		if err != nil {
			return objstore.Object{}, fmt.Errorf("make tag %q: %w: %w", t.Name, ErrUnsigned, err)
		}
		tag.Sign(signature)
	}
	raw := tag.Append(nil)
	return objstore.Object{ID: gitobj.Hash(t.Commit.Format(), gitobj.KindTag, raw), Kind: gitobj.KindTag, Data: raw}, nil
}
