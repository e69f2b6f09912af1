package reading

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"golang.org/x/text/unicode/norm"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
)

// validPath checks a path that is read. A commit may hold names that no Git would write today, such
// as those with a backslash: only the shape counts.
func validPath() validator.String {
	return resources.Check{Summary: "Invalid path", Meaning: "a path in the repository, without a slash at either end", Rule: func(p string) error {
		if p == "" {
			return errors.New("the path is empty: name a file, such as docs/readme.md")
		}
		return checkShape(p)
	}}
}

// validDirectory checks a directory that is read; the empty name is the root.
func validDirectory() validator.String {
	return resources.Check{Summary: "Invalid directory", Meaning: "a directory in the repository, without a slash at either end, or nothing", Rule: func(p string) error {
		if p == "" {
			return nil
		}
		return checkShape(p)
	}}
}

// checkShape refuses paths that no commit can have.
func checkShape(p string) error {
	if len(p) > gitobj.MaxPath {
		return fmt.Errorf("the path has %d bytes, and may have %d", len(p), gitobj.MaxPath)
	}
	if strings.HasPrefix(p, "/") || strings.HasSuffix(p, "/") {
		return fmt.Errorf("path %.80q begins or ends with '/': write it relative to the root of the repository", p)
	}
	for name := range strings.SplitSeq(p, "/") {
		if name == "" || name == "." || name == ".." || strings.ContainsRune(name, 0) {
			return fmt.Errorf("path %.80q has the part %q, which no repository has", p, name)
		}
	}
	return nil
}

// pathError: a path is not of the kind that a data source reads.
type pathError struct{ text string }

// Error implements error.
func (e *pathError) Error() string { return e.text }

// lookup finds a path. Terraform composes every string (Unicode NFC): if the commit does not have a
// path as it is written, one that differs in its composition alone is found.
func lookup(ctx context.Context, s *gitread.Snapshot, p string) (gitread.Entry, error) {
	found, err := s.Lookup(ctx, p)
	if err != nil || found.Exists() || norm.NFD.String(p) == p {
		return found, err
	}
	found, err = composed(ctx, s, p)
	found.Path = p
	return found, err
}

// spelling is a path as the commit has it, which may be in another composition than Terraform's; p
// itself if the commit has no such path.
func spelling(ctx context.Context, s *gitread.Snapshot, p string) (string, error) {
	if norm.NFD.String(p) == p {
		return p, nil
	}
	found, err := s.Lookup(ctx, p)
	if errors.Is(err, gitobj.ErrObstacle) || found.Exists() {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	found, err = composed(ctx, s, p)
	if err != nil || !found.Exists() {
		return p, err
	}
	return found.Path, nil
}

// composed finds the path that is p in composed form. The entry has the path as the commit has it.
func composed(ctx context.Context, s *gitread.Snapshot, p string) (gitread.Entry, error) {
	at := gitread.Entry{Mode: gitobj.ModeTree, ID: s.Root}
	for name := range strings.SplitSeq(p, "/") {
		if !at.IsDir() {
			return gitread.Entry{}, nil
		}
		entries, err := list(ctx, s, at.ID)
		if err != nil {
			return at, err
		}
		above := at.Path
		at = gitread.Entry{}
		for _, e := range entries {
			if norm.NFC.String(e.Name) == name {
				at = gitread.Entry{Path: strings.TrimPrefix(above+"/"+e.Name, "/"), Mode: e.Mode, ID: e.ID}
				break
			}
		}
	}
	return at, nil
}

// list has the entries of a directory; none for the zero id, which is the root of no commit.
func list(ctx context.Context, s *gitread.Snapshot, id gitobj.ID) ([]gitobj.TreeEntry, error) {
	if id.IsZero() {
		return nil, nil
	}
	raw, err := s.Directory(ctx, id)
	if err != nil {
		return nil, err
	}
	entries, err := gitobj.ParseTree(s.Format(), raw)
	if err != nil {
		return nil, fmt.Errorf("directory %s: %w", id, err)
	}
	return entries, nil
}

// baseName is the last part of a path.
func baseName(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }
