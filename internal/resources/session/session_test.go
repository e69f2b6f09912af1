package session_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

func TestWhatNobodyNamesComesFromTheProviderThenFromState(t *testing.T) {
	t.Parallel()
	null, unknown, s := types.StringNull(), types.StringUnknown(), types.StringValue
	for name, tc := range map[string]struct{ provider, config, state, url, branch types.String }{
		"the resource's own":                    {s("https://p/r"), s("https://c/r"), null, s("https://c/r"), s("https://c/r")},
		"the provider's":                        {s("https://p/r"), null, null, s("https://p/r"), s("https://p/r")},
		"the provider's over that in state":     {s("https://p/r"), null, s("https://s/r"), s("https://p/r"), s("https://p/r")},
		"nobody's":                              {null, null, null, null, null},
		"not known yet":                         {unknown, null, null, unknown, unknown},
		"not known yet, and in state":           {unknown, null, s("https://s/r"), s("https://s/r"), s("https://s/r")},
		"the resource's own is not known yet":   {s("https://p/r"), unknown, s("https://s/r"), unknown, unknown},
		"the branch in state stays where it is": {null, null, s("main"), null, s("main")},
	} {
		configured := &session.Session{URL: tc.provider, Branch: tc.provider}
		if got := configured.RepositoryFor(tc.config, tc.state); !got.Equal(tc.url) {
			t.Errorf("%s: repository %s, want %s", name, got, tc.url)
		}
		if got := configured.BranchFor(tc.config, tc.state); !got.Equal(tc.branch) {
			t.Errorf("%s: branch %s, want %s", name, got, tc.branch)
		}
	}
	var none *session.Session
	if got := none.RepositoryFor(null, null); !got.IsUnknown() {
		t.Errorf("without a session: %s, want unknown", got)
	}
}

func str(s string) types.String { return types.StringValue(s) }
