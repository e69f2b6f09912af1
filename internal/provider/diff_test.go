package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

func TestADiffTakesOneMoreRequest(t *testing.T) {
	t.Parallel()
	const kind, n = "nanogit_files", 100
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	files := map[string]string{}
	for i := range n {
		files[fmt.Sprintf("many/%03d", i)] = fmt.Sprint("was ", i)
	}
	repo.SeedText(t, files)
	imported := connect(t, repo)
	read := imported.imported(kind, "many")
	of := imported.schema(kind)

	requests := func(show bool) (diff string, requests int) {
		config := imported.attributes(of, read.NewState)
		for _, computed := range []string{"id", "blob_ids", "commit_id", "tree_id", "diff"} {
			config[computed] = tftypes.NewValue(config[computed].Type(), nil)
		}
		config["show_diff"] = tftypes.NewValue(tftypes.Bool, show)
		changed, err := tftypes.Transform(config["files"], func(at *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
			if at.LastStep() == tftypes.AttributeName("content") {
				return tftypes.NewValue(tftypes.String, "is another"), nil
			}
			return v, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		config["files"] = changed
		e := connect(t, repo) // which has read nothing
		before := server.Stats().Requests
		block := e.dynamic(of, tftypes.NewValue(of, config))
		plan, err := e.server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: kind, PriorState: read.NewState, Config: block, ProposedNewState: e.proposed(kind, block, read.NewState), PriorPrivate: read.Private,
		})
		e.ok(err, plan.Diagnostics)
		return e.texts(of, plan.PlannedState)["diff"], server.Stats().Requests - before
	}
	without, few := requests(false)
	diff, more := requests(true)
	if without != "" || strings.Count(diff, "-was ") != n || more > few+1 {
		t.Errorf("%d requests with a diff of %d files, %d without", more, strings.Count(diff, "-was "), few)
	}
}
