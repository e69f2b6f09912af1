package resources

import (
	"context"
	"errors"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// lookupFiles finds the files that the branch holds at the paths, as a refresh sees them: there is
// no file where the branch is missing or yet to be created, where a directory or a submodule stands
// at the path, or a file in its way. The entry of a path without a file does not exist.
func lookupFiles(ctx context.Context, b *gitqueue.Branch, paths ...string) ([]gitread.Entry, error) {
	b.Anticipate(paths...)
	absent := make([]gitread.Entry, len(paths))
	for i, path := range paths {
		absent[i].Path = path
	}
	head, err := b.Head(ctx)
	if err == nil && head.IsZero() {
		return absent, nil
	}
	var found []gitread.Entry
	if err == nil {
		found, _, err = b.LookupAll(ctx, paths)
	}
	switch {
	case errors.Is(err, gitread.ErrNoBranch):
		return absent, nil
	case err != nil:
		return absent, err
	}
	for i, e := range found {
		if e.IsDir() || e.Mode.IsSubmodule() {
			found[i] = absent[i]
		}
	}
	return found, nil
}

// blobsOf are the blobs of entries, by path.
func blobsOf(entries map[string]gitread.Entry) map[string]gitobj.ID {
	blobs := make(map[string]gitobj.ID, len(entries))
	for path, e := range entries {
		blobs[path] = e.ID
	}
	return blobs
}

// lookupFile is lookupFiles for the path of a target.
func lookupFile(ctx context.Context, t session.Target) (gitread.Entry, error) {
	found, err := lookupFiles(ctx, t.Branch, t.Path)
	return found[0], err
}

// lookupBlobs is lookupFiles for their blobs: a path without a file has none.
func lookupBlobs(ctx context.Context, b *gitqueue.Branch, paths []string) (map[string]gitobj.ID, error) {
	found, err := lookupFiles(ctx, b, paths...)
	if err != nil {
		return nil, err
	}
	blobs := make(map[string]gitobj.ID, len(paths))
	for _, e := range found {
		if e.Exists() {
			blobs[e.Path] = e.ID
		}
	}
	return blobs, nil
}
