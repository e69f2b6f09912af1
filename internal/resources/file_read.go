package resources

import (
	"context"
	"encoding/base64"
	"errors"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// maxShown bounds the content that a refresh puts into state, in bytes. Of a larger file that
// drifted the plan shows the blob and the size.
const maxShown = 1 << 20

// Read compares the file with the branch. All resources of one branch ask the same snapshot;
// content is fetched only of files that drifted or are imported.
func (r *fileResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	defer r.session.Owners().Begin()()
	var state fileModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, urlUnknownKey, isTrue(r.session.URLUnknown()))...)
	imported := state.Mode.IsNull()
	if !imported && (r.session == nil || r.session.Partial) {
		return // a remote that is not known yet cannot be asked
	}
	moved := unplaced(&state)
	if moved && !loadMoved(ctx, req.Private, &resp.Diagnostics).guess(r.session, &state) {
		return // the plan finds the repository
	}
	s := subject{verb: "read", location: state.location()}
	t, err := r.session.Open(ctx, state.location())
	if err != nil {
		if imported || moved || !r.session.NoteUnread(state.location(), err) {
			resp.Diagnostics.Append(s.report(err)...)
		}
		return
	}
	if moved {
		state.setBranchAttributes(branchAttributes{types.StringValue(t.Repository), types.StringValue(t.Location.Branch)})
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, originKey, nil)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	}
	if refreshID(r.session, &state) || moved {
		resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &state)...)
	}
	h := loadHints(ctx, req.Private, t.Path, &resp.Diagnostics)
	h = h.by(h)
	h.others = r.session.Owners().Hold(t.Location, h.token, t.Path)
	defer func() { resp.Diagnostics.Append(h.save(ctx, resp.Private)...) }()
	have, err := findFile(ctx, t, &state, &h, imported, &resp.Diagnostics)
	switch {
	case err != nil:
		if imported || moved || !r.session.NoteUnread(state.location(), err) {
			resp.Diagnostics.Append(s.report(err)...)
		}
		return
	case state.SeedOnly.ValueBool():
		resp.Diagnostics.Append(s.report(state.refreshSeed(ctx, t.Branch, have))...)
		resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &state)...)
		return
	case !have.Exists():
		r.session.Refreshes().NoteEmpty(t.Location)
		resp.State.RemoveResource(ctx)
		return
	}
	r.show(ctx, t, &state, have, &h, imported, resp)
}

// findFile finds the file of the resource on the branch: at its path, at the old path of a rename
// that was never committed, or at the same name in another normal form of Unicode. It warns of
// changes that were never committed, and brings the hints up to date.
func findFile(ctx context.Context, t session.Target, state *fileModel, h *hints, imported bool, diags *diag.Diagnostics) (gitread.Entry, error) {
	s := state.subject("read")
	have, err := lookupFile(ctx, t)
	if err == nil && !imported && !state.SeedOnly.ValueBool() {
		there := have
		have, err = unmoved(ctx, s, t, state, have, *h, diags)
		switch back := have.Path != there.Path; {
		case err != nil:
		case back && there.Exists():
			diags.Append(s.uncommitted(nil)...)
		default:
			if h.uncommitted(t.Path, state.blob(), there.ID) {
				diags.Append(s.uncommitted(nil)...)
			}
			*h = h.refreshed(state.blobs(), map[string]gitobj.ID{t.Path: there.ID})
		}
	}
	if decomposed := h.decomposed[t.Path]; err == nil && (!have.Exists() || decomposed != "") {
		if have.Exists() {
			decomposed = "" // somebody renamed it
		} else {
			have, decomposed, err = lookupDecomposed(ctx, t, imported, decomposed)
		}
		if h.decomposed = nil; decomposed != "" {
			h.decomposed = map[string]string{t.Path: decomposed}
		}
	}
	return have, err
}

// show puts the file on the branch into state, where state has another.
func (r *fileResource) show(ctx context.Context, t session.Target, state *fileModel, have gitread.Entry, h *hints, imported bool, resp *resource.ReadResponse) {
	s := state.subject("read")
	back := have.Path != t.Path // of a rename that was never committed
	if back {
		state.Path = types.StringValue(have.Path)
		refreshID(r.session, state)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
		*h = hints{wrote: map[string]gitobj.ID{have.Path: have.ID}}.by(*h)
	}
	secret := !imported && state.showsSecret(r.session.Owners().Records, *h)
	if imported || back || secret || have.ID != state.blob() || have.Mode != state.mode() || !state.exact() {
		if err := state.refresh(ctx, t.Branch, have, imported); err != nil {
			resp.Diagnostics.Append(s.report(err)...)
			return
		}
		if imported && r.session.Owners().Records.Hides(t.Path) {
			secret = true
			resp.Diagnostics.AddWarning("The import leaves the content out", s.detail(errSecret))
		}
		if secret {
			state.Content, state.ContentBase64 = types.StringNull(), types.StringNull()
		}
		resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, state)...)
	}
}

// showsSecret reports whether state has a content in clear that the configuration has as a secret.
// `terraform import` brings it there, which never looks at the configuration of resources; such a
// file was never written.
func (m *fileModel) showsSecret(records *intent.Records, h hints) bool {
	shows := !m.Content.IsNull() || !m.ContentBase64.IsNull()
	path := m.Path.ValueString()
	return shows && (records.Knows(path) || h.wrote[path].IsZero() && records.Hides(path))
}

// errSecret: a file is imported whose content must not be shown.
var errSecret = errors.New("the configuration has the content as a secret (content_wo, sensitive_content), or has such files at paths that are " +
	"known only later. State and plan do not get the content; a plan of it as content shows it as new, and commits nothing")

// entry is the file on the branch, by state; nothing for a seed that others removed.
func (m *fileModel) entry() gitread.Entry {
	if m.blob().IsZero() {
		return gitread.Entry{Path: m.Path.ValueString()}
	}
	return gitread.Entry{Path: m.Path.ValueString(), Mode: m.mode(), ID: m.blob()}
}

// refresh takes the file on the branch into the model.
func (m *fileModel) refresh(ctx context.Context, b *gitqueue.Branch, have gitread.Entry, imported bool) error {
	same := have.ID == m.blob()
	m.BlobID = types.StringValue(have.ID.String())
	m.Mode = types.StringValue(have.Mode.String())
	if same {
		m.keepExact()
		return nil
	}
	blob, size, err := readShown(ctx, b, have.ID)
	if err != nil {
		return err
	}
	if !size.IsNull() { // else it stays as it was, and the blob's id shows the change
		m.Size = size
	}
	if blob == nil { // it is too large to be shown
		m.keepExact()
		return nil
	}
	if imported {
		m.importContent(blob)
		return nil
	}
	m.showContent(blob)
	return nil
}

// readShown reads a blob, if it is small enough to be shown, and is nil otherwise; size is null
// where it is not known.
func readShown(ctx context.Context, b *gitqueue.Branch, id gitobj.ID) (blob []byte, size types.Int64, err error) {
	blob, err = b.ReadBlob(ctx, id, maxShown)
	switch {
	case err != nil:
		blob = nil
	case blob == nil:
		blob = []byte{}
	}
	size, err = sizeFrom(blob, err)
	return blob, size, err
}

// exact reports whether the content in state, if there is any, is that of the blob.
func (m *fileModel) exact() bool {
	text := givenContent{text: m.Content, base64: m.ContentBase64, sensitive: m.SensitiveContent}
	c, ok, err := text.content(context.Background(), path.Empty(), m.mode(), m.endings(), 0)
	if err != nil || !ok {
		return err == nil
	}
	id, err := c.blobID(context.Background(), m.blob().Format())
	return err == nil && id == m.blob()
}

// keepExact takes a content out of state that is not the blob's: with ignore_changes it would be
// written.
func (m *fileModel) keepExact() {
	if !m.exact() {
		m.Content, m.ContentBase64, m.SensitiveContent = types.StringNull(), types.StringNull(), types.StringNull()
	}
}

// showContent puts the remote's content where state keeps content, so that the plan shows the
// difference. A content that state cannot hold as it is, it does not hold at all: with
// ignore_changes a plan is made of state, and would write it.
func (m *fileModel) showContent(blob []byte) {
	text := exactText(blob)
	switch {
	case !m.Content.IsNull():
		m.Content = text
	case !m.SensitiveContent.IsNull():
		m.SensitiveContent = text
	case !m.ContentBase64.IsNull() && len(blob) > maxShown:
		m.ContentBase64 = types.StringNull()
	case !m.ContentBase64.IsNull():
		m.ContentBase64 = types.StringValue(base64.StdEncoding.EncodeToString(blob))
	}
	m.keepExact() // line_endings would change it
}

// exactText is a content as a string of Terraform's, which are UTF-8 in Unicode's composed form
// (NFC); null for a content that is not, or that is too large to be shown.
func exactText(blob []byte) types.String {
	if len(blob) > maxShown || !utf8.Valid(blob) || !norm.NFC.IsNormal(blob) {
		return types.StringNull()
	}
	return types.StringValue(string(blob))
}

// importContent puts the content of a file that is imported where a configuration is most likely to
// have it.
func (m *fileModel) importContent(blob []byte) {
	m.Content = exactText(blob)
	if m.Content.IsNull() && len(blob) <= maxShown {
		m.ContentBase64 = types.StringValue(base64.StdEncoding.EncodeToString(blob))
	}
}

// guardLFS refuses to overwrite a Git LFS pointer with content that is none. The blob is fetched
// only when it may be a pointer: it must be a regular file, and not known to be larger than a
// pointer.
func guardLFS(ctx context.Context, b *gitqueue.Branch, have gitread.Entry, size types.Int64, plan *fileModel, isPointer func() (bool, error)) error {
	if plan.AllowLFSOverwrite.ValueBool() || !have.Exists() || !have.Mode.IsFile() {
		return nil
	}
	if !size.IsNull() && !size.IsUnknown() && size.ValueInt64() > filecontent.MaxLFSPointer {
		return nil
	}
	pointer, err := isPointer()
	if err != nil || pointer {
		return err
	}
	blob, err := b.ReadBlob(ctx, have.ID, filecontent.MaxLFSPointer)
	switch {
	case errors.Is(err, gitread.ErrTooLarge):
		return nil
	case err != nil:
		return err
	case filecontent.IsLFSPointer(blob):
		return &lfsError{path: have.Path}
	}
	return nil
}
