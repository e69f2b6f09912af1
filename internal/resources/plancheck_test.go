package resources_test

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// expectBefore checks the present value of an attribute of the file in a plan.
type expectBefore struct {
	name string
	want knownvalue.Check
}

func (e expectBefore) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if change.Address != address {
			continue
		}
		before, ok := change.Change.Before.(map[string]any)
		if !ok {
			resp.Error = fmt.Errorf("%s has no present value", address)
			return
		}
		if err := e.want.CheckValue(before[e.name]); err != nil {
			resp.Error = fmt.Errorf("%s.%s before the change: %w", address, e.name, err)
		}
		return
	}
	resp.Error = fmt.Errorf("the plan has no %s", address)
}
