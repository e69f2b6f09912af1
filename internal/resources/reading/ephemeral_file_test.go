package reading_test

import (
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// A secret goes from a repository to another through a write-only argument. Neither plan nor state
// nor output has it.
func TestAnEphemeralFileIsPassedOnAndNotStored(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-ephemeral"
	server := gittest.New(t, gittest.Options{})
	from, to := server.NewRepo(t, "from.git", gittest.RepoOptions{}), server.NewRepo(t, "to.git", gittest.RepoOptions{})
	from.SeedText(t, map[string]string{"secrets/token": secret})
	w := acctest.NewWorkspace(t)
	w.Config(t, with(to, `
ephemeral "nanogit_file" "token" {
  repository = "`+from.URL()+`"
  path       = "secrets/token"
}
resource "nanogit_file" "copy" {
  path               = "copied"
  content_wo         = ephemeral.nanogit_file.token.content
  content_wo_version = 1
}
`))
	w.Apply(t)
	if got := to.Content(t, "main", "copied"); got != secret {
		t.Errorf("the copy holds %q", got)
	}
	state, code := w.Run(t, "state", "pull")
	if code != 0 || strings.Contains(state, secret) || strings.Contains(w.Log.String(), secret) {
		t.Errorf("the secret is stored or shown, or there is no state (code %d)", code)
	}
	w.Clean(t)
}
