package resources

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// Create commits the named files. When a part of it fails, there is no state: the next apply
// creates again, finds what was pushed on the branch, and commits the rest.
func (r *commitResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	r.session.Owners().Records.Apply()
	var config, plan commitModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &config)...)
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	_, _, diags := r.commit(ctx, &config, &plan, nil, nil)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, wordsKey, config.words(ctx).encode())...)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
}

// Update commits the files that differ from the prior state, which Read has brought up to date.
// After a failure, state says which blobs the branch holds, and private state which files are still
// to be removed.
func (r *commitResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	r.session.Owners().Records.Apply()
	var config, plan, prior commitModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &config)...)
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), &plan)...)
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &prior)...)
	private, diags := req.Private.GetKey(ctx, owedKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.Files.Equal(prior.Files) {
		plan.settle(&prior)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, wordsKey, config.words(ctx).encode())...)
		resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &plan)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
		return
	}
	result, pushed, diags := r.commit(ctx, &config, &plan, &prior, decodeOwed(private))
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, owedKey, encodeOwed(result.Owed))...)
	if pushed {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, wordsKey, config.words(ctx).encode())...)
		resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &plan)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	}
}

// commit makes the commit and completes the plan. pushed is false when nothing was; otherwise the
// plan is the new state, with the prior blobs at the paths that failed.
func (r *commitResource) commit(ctx context.Context, config, plan, prior *commitModel, owed []string) (result gitqueue.CommitResult, pushed bool, diags diag.Diagnostics) {
	s := commitSubject{"push", plan.location()}
	t, err := r.session.Open(ctx, plan.location())
	if err != nil {
		return gitqueue.CommitResult{Owed: owed}, false, s.report(err)
	}
	request := gitqueue.CommitRequest{Owed: owed, Overwrite: r.session.Overwrite, Meta: config.words(ctx).meta(r.session.Meta)}
	request.Meta.AllowEmpty = plan.AllowEmpty.ValueBool()
	s.location = t.Location
	if request.Files, err = plan.named(); err != nil {
		return gitqueue.CommitResult{Owed: owed}, false, s.report(err)
	}
	request.Prior = prior.held()
	request.Owed = slices.DeleteFunc(slices.Clone(owed), func(path string) bool {
		_, named := request.Files[path]
		return !named && r.session.Owners().Records.Takes(t.OnBoard(), path) // and not by this commit
	})
	if result, err = t.Branch.CommitStaged(ctx, request); err != nil {
		// The removals that were owed before are owed still.
		result.Owed = slices.Compact(slices.Sorted(slices.Values(append(result.Owed, owed...))))
		return result, false, s.report(err)
	}
	plan.Branch = types.StringValue(t.Location.Branch)
	plan.setMade(&result.Result, prior)
	plan.setWords(request.Meta)
	if plan.Diff.IsUnknown() {
		plan.Diff = types.StringNull() // no plan showed it
	}
	if plan.Additions.IsUnknown() || len(result.Failed) > 0 {
		plan.setChanged(result.Changed)
	}
	if len(result.Failed) > 0 {
		plan.setNamed(left(request, result))
	}
	return result, true, s.reportAll(result.Failed)
}

// left are the files that the commit holds after some of it failed.
func left(request gitqueue.CommitRequest, result gitqueue.CommitResult) map[string]gitobj.ID {
	files := maps.Clone(request.Files)
	for path := range result.Failed {
		delete(files, path)
		if was, ok := request.Prior[path]; ok {
			files[path] = was
		}
	}
	for _, path := range result.Owed {
		files[path] = request.Prior[path]
	}
	return files
}
