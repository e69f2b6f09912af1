package resources

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// movable is a model that a moved block can bring here.
type movable interface {
	model
	// setFound takes over the files that the branch holds at the paths of blobs, where they are
	// others than state has.
	setFound(found []gitread.Entry, h *hints)
}

var (
	_ movable = (*fileModel)(nil)
	_ movable = (*filesModel)(nil)
)

// unplaced reports whether a state is that of a moved resource whose repository is not known yet.
func unplaced(m model) bool { return m.branchAttributes().repository.IsNull() }

// guess gives the state of a moved resource the provider's repository and branch, as far as the
// foreign state has none. It changes nothing, and returns false, where that repository is not the
// foreign one: nothing but a configuration can tell which it is then.
func (f movedFrom) guess(s *session.Session, m model) bool {
	at := m.branchAttributes()
	at.repository = s.RepositoryFor(types.StringNull(), types.StringNull())
	if !known(at.repository) || f.check(at.repository.ValueString()) != nil {
		return false
	}
	if at.branch.IsNull() && f.Anywhere {
		at.branch = s.BranchFor(types.StringNull(), types.StringNull())
	}
	m.setBranchAttributes(at)
	return true
}

// place gives the state of a moved resource the planned repository, unless that is another one than
// the foreign, and the files that the branch holds by now. drifted are the paths at which it holds
// others than the foreign state has. t is the planned branch; without a branch nothing can be asked
// yet.
func (f movedFrom) place(ctx context.Context, s *session.Session, planned branchAttributes, t session.Target, m movable, h *hints) (drifted pathList, err error) {
	if known(planned.repository) {
		if err := f.check(planned.repository.ValueString()); err != nil {
			return drifted, err
		}
	}
	at := m.branchAttributes()
	at.repository = planned.repository
	if at.branch.IsNull() && (f.Anywhere || t.Branch == nil) {
		at.branch = planned.branch
	}
	m.setBranchAttributes(at)
	if t.Branch == nil {
		return drifted, nil
	}
	old := t
	if !at.branch.Equal(planned.branch) {
		if old, err = s.Open(ctx, at.at(t.Path)); err != nil {
			return drifted, err
		}
		at.branch = types.StringValue(old.Location.Branch)
		m.setBranchAttributes(at)
	}
	blobs := m.blobs()
	paths := slices.Sorted(maps.Keys(blobs))
	if len(paths) == 0 {
		return drifted, nil
	}
	found, err := lookupFiles(ctx, old.Branch, paths...)
	if err != nil {
		return drifted, err
	}
	for _, have := range found {
		if have.ID != blobs[have.Path] {
			drifted.add(have.Path, nil)
		}
	}
	m.setFound(found, h)
	return drifted, nil
}

// placePrior is place for a state that is to be updated.
func placePrior(ctx context.Context, s *session.Session, private privateReader, plan model, prior movable, h *hints, diags *diag.Diagnostics) error {
	t, err := s.Open(ctx, plan.subject("update").location)
	if err != nil {
		return err
	}
	_, err = loadMoved(ctx, private, diags).place(ctx, s, plan.branchAttributes(), t, prior, h)
	return err
}

// placeMoved is guess for a resource that is to be destroyed: its error says that the repository is
// not known.
func placeMoved(ctx context.Context, s *session.Session, private privateReader, m model, diags *diag.Diagnostics) error {
	if !unplaced(m) {
		return nil
	}
	if from := loadMoved(ctx, private, diags); s == nil || s.Partial || !from.guess(s, m) {
		return errUnplaced
	}
	return nil
}

// setFound implements movable. State never has a content that is not the blob's own.
func (m *fileModel) setFound(found []gitread.Entry, _ *hints) {
	have := found[0]
	if have.ID != m.blob() {
		m.Content, m.ContentBase64, m.Size = types.StringNull(), types.StringNull(), types.Int64Null()
	}
	m.BlobID, m.Mode = types.StringNull(), types.StringNull()
	if have.Exists() {
		m.BlobID, m.Mode = types.StringValue(have.ID.String()), types.StringValue(have.Mode.String())
	}
}

// setFound implements movable.
func (m *filesModel) setFound(found []gitread.Entry, h *hints) {
	blobs := m.blobs()
	for _, have := range found {
		delete(blobs, have.Path)
		if have.Exists() {
			blobs[have.Path] = have.ID
			h.setMode(have.Path, have.Mode)
		}
	}
	m.setBlobs(blobs)
}
