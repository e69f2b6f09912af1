package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// The attributes of branches and tags, as diagnostics name them.
var (
	atName         = path.Root("name")
	atFrom         = path.Root("from")
	atForceDestroy = path.Root("force_destroy")
)

// headName is the name of the commit that the remote's HEAD names.
const headName = "HEAD"

// replaceOnChange are the plan modifiers of a name.
func replaceOnChange() []planmodifier.String {
	return []planmodifier.String{stringplanmodifier.RequiresReplace()}
}

// noRepository is the error of a resource that nobody tells its repository.
func noRepository() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(atRepository, "No repository",
		"Neither this resource nor the provider says which repository is meant. Set repository here, url in the provider block, or NANOGIT_URL.")
}

// refPlace is the planned repository of a branch or tag.
type refPlace struct {
	repository types.String
	repo       *gitqueue.Repo // nil while it cannot be asked
	replaces   bool           // it is another than in state
}

// placeRef finds the planned repository. object is the id in state: where another repository has it
// at the same ref, the resource moves there in state alone.
func placeRef(ctx context.Context, s *session.Session, about refSubject, config, prior types.String, object string) (p refPlace, diags diag.Diagnostics) {
	p.repository = s.RepositoryFor(config, prior)
	if p.repository.IsNull() {
		return p, diag.Diagnostics{noRepository()}
	}
	moves := known(prior) && !p.repository.Equal(prior)
	p.replaces = moves && known(p.repository) && !giturl.Same(p.repository.ValueString(), prior.ValueString())
	if s == nil || s.Partial || !known(p.repository) {
		return p, nil
	}
	about.repository = p.repository.ValueString()
	repo, shown, err := s.OpenRepository(ctx, p.repository.ValueString())
	if err != nil {
		return p, about.report(err)
	}
	p.repo, about.repository = repo, shown
	if p.replaces {
		if now, err := repo.RefObject(ctx, about.ref); err == nil && !now.IsZero() && now.String() == object {
			p.replaces = false
		}
	}
	if !moves {
		about.repository = prior.ValueString()
		if err := s.Refreshes().Unread(about.location()); err != nil {
			about.verb = "read"
			return p, about.report(err)
		}
	}
	return p, nil
}

// readRef asks for the object that a ref of a state points at. ok is false if there is nothing to
// compare: the repository cannot be asked.
func readRef(ctx context.Context, s *session.Session, about refSubject, imported bool) (repo *gitqueue.Repo, object gitobj.ID, ok bool, diags diag.Diagnostics) {
	if s == nil || s.Partial {
		return nil, object, false, nil
	}
	s.Refreshes().NoteHeld(about.location())
	repo, _, err := s.OpenRepository(ctx, about.repository)
	if err == nil {
		object, err = repo.RefObject(ctx, about.ref)
	}
	if err == nil {
		return repo, object, true, nil
	}
	if imported || !s.NoteUnread(about.location(), err) {
		diags = about.report(err)
	}
	return nil, object, false, diags
}
