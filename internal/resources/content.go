package resources

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
)

// content is the content that a file is to hold, with the attribute that it came from, for
// diagnostics.
type content struct {
	filecontent.Content
	at path.Path
}

// contentError is content that cannot be used, with the attribute at fault.
type contentError struct {
	at  path.Path
	err error
}

// Error implements error.
func (e *contentError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *contentError) Unwrap() error { return e.err }

// blame makes an error that of the content's attribute.
func (c content) blame(err error) error {
	if err == nil {
		return nil
	}
	return &contentError{c.at, err}
}

// givenContent is the content that a configuration gives for a file: all of them but
// one are null.
type givenContent struct {
	text, base64, sensitive, source, writeOnly types.String
}

// content finds the content of a file of this mode, whose attributes are below at. ok is false
// while it is not known yet.
func (g givenContent) content(ctx context.Context, at path.Path, mode gitobj.Mode, endings filecontent.LineEndings, maxSize int64) (c content, ok bool, err error) {
	inMemory := func(name string, v types.String) content {
		return content{filecontent.FromBytes([]byte(v.ValueString()), endings), at.AtName(name)}
	}
	switch {
	case known(g.text):
		c = inMemory("content", g.text)
	case known(g.sensitive):
		c = inMemory("sensitive_content", g.sensitive)
	case known(g.writeOnly):
		c = inMemory("content_wo", g.writeOnly)
	case known(g.base64):
		c.at = at.AtName("content_base64")
		c.Content, err = filecontent.FromBase64(g.base64.ValueString(), endings)
	case known(g.source):
		c.at = at.AtName("source")
		c.Content, err = filecontent.FromFile(ctx, g.source.ValueString(), endings, maxSize)
	default:
		return c, false, nil
	}
	if err == nil {
		err = c.Check(mode, maxSize)
	}
	return c, err == nil, c.blame(err)
}

// blobID hashes the content as a blob.
func (c content) blobID(ctx context.Context, f gitobj.Format) (gitobj.ID, error) {
	id, err := c.BlobID(ctx, f)
	return id, c.blame(err)
}

// isLFSPointer reports whether the content is a Git LFS pointer itself.
func (c content) isLFSPointer() (bool, error) {
	is, err := c.IsLFSPointer()
	return is, c.blame(err)
}

// stage puts the content into the stage of a branch and checks that it is the blob that a plan
// promised, if it did. The caller discards the blob.
func (c content) stage(ctx context.Context, b *gitqueue.Branch, promised gitobj.ID) (gitobj.ID, error) {
	// An error of the branch is not the content's fault.
	switch format, err := b.Format(ctx); {
	case err != nil:
		return gitobj.ID{}, err
	case promised.Format() != 0 && promised.Format() != format:
		return gitobj.ID{}, fmt.Errorf("%w: the plan promised blob %s, a %s name, and the repository names objects by %s",
			gitread.ErrFormat, promised, promised.Format(), format)
	}
	src, err := c.Open(ctx)
	if err != nil {
		return gitobj.ID{}, c.blame(err)
	}
	blob, err := b.StageBlob(ctx, c.Size(), src)
	err = errors.Join(err, src.Close())
	if err != nil {
		return gitobj.ID{}, c.blame(err)
	}
	if !promised.IsZero() && promised != blob {
		b.Discard(blob)
		return gitobj.ID{}, c.blame(fmt.Errorf("the plan promised blob %s, and the content is blob %s: %w", promised, blob, filecontent.ErrChanged))
	}
	return blob, nil
}
