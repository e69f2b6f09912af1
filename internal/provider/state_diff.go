package provider

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// showDiffs are the types with an attribute show_diff.
var showDiffs = []string{"nanogit_commit", "nanogit_files"}

// withoutDiff leaves the attribute diff of show_diff out of the state that a plan starts with. It
// is that of the last apply, and engines would show the difference between it and the next one,
// line by line. Read cannot leave it out: engines would report that as a change made outside of
// Terraform.
func withoutDiff(req *tfprotov6.UpgradeResourceStateRequest) *tfprotov6.UpgradeResourceStateRequest {
	if req.RawState == nil || !slices.Contains(showDiffs, req.TypeName) {
		return req
	}
	state := req.RawState.JSON
	if bytes.Contains(state, []byte(`"diff":null`)) || bytes.Contains(state, []byte(`"diff": null`)) {
		return req // as in most states, some of which are large
	}
	var attributes map[string]json.RawMessage
	if json.Unmarshal(state, &attributes) != nil || attributes["diff"] == nil {
		return req // the framework reports what is no state
	}
	attributes["diff"] = json.RawMessage("null")
	without, err := json.Marshal(attributes)
	if err != nil {
		return req
	}
	r := *req
	r.RawState = &tfprotov6.RawState{JSON: without}
	return &r
}
