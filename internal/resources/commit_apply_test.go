package resources

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/packedmap"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// Private state is written after a commit that failed, too: the removals that it owes must be in
// the result.
func TestACommitThatCannotBeginOwesWhatItOwed(t *testing.T) {
	t.Parallel()
	r := &commitResource{session: &session.Session{Repository: func(context.Context, string) (*gitqueue.Repo, error) {
		return nil, errors.New("the repository cannot be opened")
	}}}
	plan := &commitModel{
		Repository: types.StringValue("https://git.example.com/r.git"), Branch: types.StringValue("main"),
		Files: packedmap.Of(nil),
	}
	result, pushed, diags := r.commit(t.Context(), &commitModel{}, plan, plan, []string{"gone"})
	if pushed || !diags.HasError() || !slices.Equal(result.Owed, []string{"gone"}) {
		t.Errorf("pushed %t, owed %q, %v", pushed, result.Owed, diags)
	}
}
