package resources

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// refImport is how branches, or tags, are imported.
type refImport struct {
	kind   string // "branch" or "tag": the name of the attribute of its identity, too
	prefix string // of the full name
	check  func(name string) error
	absent func(name string) error // the error for a name that the repository does not have
}

// find finds the ref that an import id (name or repository#name) or a resource identity names. ok
// is false after an error.
func (i refImport) find(ctx context.Context, s *session.Session, req resource.ImportStateRequest, resp *resource.ImportStateResponse) (repository, name types.String, ok bool) {
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull() {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("repository"), &repository)...)
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(i.kind), &name)...)
		if resp.Diagnostics.HasError() {
			return repository, name, false
		}
	} else {
		repository, name = parseRefImportID(req.ID)
	}
	if err := checkRefImport(repository, name, i.check); err != nil {
		resp.Diagnostics.AddError("Cannot import the "+i.kind, sentence(err.Error())+"\n\nAn import id is name or repository#name.")
		return repository, name, false
	}
	if repository = s.RepositoryFor(repository, types.StringNull()); !known(repository) {
		resp.Diagnostics.Append(noRepository())
		return repository, name, false
	}
	about := refSubject{verb: "import", repository: repository.ValueString(), ref: i.prefix + name.ValueString()}
	repo, shown, err := s.OpenRepository(ctx, about.repository)
	var object gitobj.ID
	if err == nil {
		object, err = repo.RefObject(ctx, about.ref)
	}
	if err == nil && object.IsZero() {
		err = i.absent(name.ValueString())
	}
	resp.Diagnostics.Append(about.report(err)...)
	return types.StringValue(cmp.Or(shown, about.repository)), name, err == nil
}

// parseRefImportID splits an import id, name or repository#name. No name of a ref has a colon or
// begins with a slash, and every address does either.
func parseRefImportID(id string) (repository, name types.String) {
	head, rest, ok := strings.Cut(id, "#")
	if !ok || !strings.Contains(head, ":") && !strings.HasPrefix(head, "/") {
		return types.StringNull(), types.StringValue(id)
	}
	if _, err := giturl.Read(head); err != nil { // perhaps a password with a # in it
		i := strings.LastIndexByte(id, '#')
		head, rest = id[:i], id[i+1:]
	}
	return types.StringValue(head), types.StringValue(rest)
}

// checkRefImport checks the parts of an import id. Its error does not repeat an address that may
// have a password in it.
func checkRefImport(repository, name types.String, check func(string) error) error {
	if known(repository) {
		if err := session.CheckRepository(repository.ValueString()); err != nil {
			return err
		}
	}
	text := name.ValueString()
	if strings.Contains(text, "@") && strings.Contains(text, ":") {
		return errors.New("the import id names nothing that can be imported, and is not repeated, for it may hold a password")
	}
	return check(text)
}
