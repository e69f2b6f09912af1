package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

func TestAPlanStartsWithoutTheDiffOfTheLastApply(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, typ, state, want string }{
		{"a commit", "nanogit_commit", `{"diff": "+one\n", "files": {"diff": "b10b"}}`, `{"diff":null,"files":{"diff":"b10b"}}`},
		{"files", "nanogit_files", `{"diff":"+one\n"}`, `{"diff":null}`},
		{"a diff that is null", "nanogit_files", `{"diff": null, "files": {}}`, `{"diff": null, "files": {}}`},
		{"a file that has those words", "nanogit_files", `{"files":{"a":{"content":"\"diff\":null"}},"diff":"+one"}`, `{"diff":null,"files":{"a":{"content":"\"diff\":null"}}}`},
		{"a state of a version without it", "nanogit_commit", `{"files": {}}`, `{"files": {}}`},
		{"another type", "nanogit_file", `{"diff":"+one"}`, `{"diff":"+one"}`},
		{"no state", "nanogit_files", `[`, `[`},
	} {
		got := withoutDiff(&tfprotov6.UpgradeResourceStateRequest{TypeName: c.typ, RawState: &tfprotov6.RawState{JSON: []byte(c.state)}})
		if string(got.RawState.JSON) != c.want || got.TypeName != c.typ {
			t.Errorf("%s: got %s, want %s", c.name, got.RawState.JSON, c.want)
		}
	}
	if got := withoutDiff(&tfprotov6.UpgradeResourceStateRequest{TypeName: "nanogit_files"}); got.RawState != nil {
		t.Errorf("without a state: got %+v", got)
	}
}
