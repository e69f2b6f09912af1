package acctest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

func TestOneFileFromASavedPlanTakesThreeRequestsOnOneConnection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ more, path string }{
		"the default branch":         {"", "docs/new.md"},
		"a named branch":             {"branch = \"main\"\n", "docs/new.md"},
		"below many directories":     {"", "clusters/production/eu/apps/web/values/new.yaml"},
		"below many new directories": {"", "a/path/that/nobody/has/gone/before.md"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := gittest.New(t, gittest.Options{Username: "jo", Password: password})
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
			repo.Seed(t, former())
			repo.SeedText(t, map[string]string{"clusters/production/eu/apps/web/values/old.yaml": "replicas: 3\n"})
			w := acctest.NewWorkspace(t, "NANOGIT_USERNAME=jo", "NANOGIT_PASSWORD="+password)
			w.Config(t, provider(repo, c.more)+one(c.path, "hello\n", ""))
			saved(t, w)
			traffic(t, server, 2, "plan")
			w.Apply(t, "plan.out")
			traffic(t, server, 3, "apply")
			w.Clean(t)
			traffic(t, server, 2, "second plan")

			w.Config(t, provider(repo, c.more)+one(c.path, "hello again\n", ""))
			saved(t, w)
			server.ResetStats()
			w.Apply(t, "plan.out")
			traffic(t, server, 3, "apply of a change")
		})
	}
}

func TestARefreshOfAThousandFilesTakesThreeRequestsAndFetchesNoContent(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+`
resource "nanogit_file" "f" {
  count   = 1000
  path    = "d${count.index % 20}/e${count.index % 7}/f${count.index}.txt"
  content = "${sha512("a${count.index}")}${sha512("b${count.index}")}\n"
}
`)
	w.Apply(t, "-parallelism=256")
	blobs := 0 // bytes of all contents, as the server holds them
	for line := range strings.Lines(repo.Git(t, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectsize:disk)")) {
		var size int
		if n, _ := fmt.Sscanf(line, "blob %d", &size); n == 1 {
			blobs += size
		}
	}
	server.ResetStats()
	w.Clean(t)
	down := traffic(t, server, 3, "refresh")
	if down > int64(blobs)/2 {
		t.Errorf("the refresh fetched %d bytes; all contents are %d, so that some of them must be among it", down, blobs)
	}
}

func TestAWrongPasswordIsSentOnceAndNotForEveryFile(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]string{"the default branch": "", "a named branch": "branch = \"main\"\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := gittest.New(t, gittest.Options{Username: "jo", Password: password})
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
			w := acctest.NewWorkspace(t, "NANOGIT_USERNAME=jo", "NANOGIT_PASSWORD=wrong")
			w.Config(t, provider(repo, more)+fiftyFiles)
			w.Refused(t)
			traffic(t, server, 1, "fifty files")
		})
	}
}

const fiftyFiles = `
resource "nanogit_file" "f" {
  count   = 50
  path    = "f${count.index}.txt"
  content = "file ${count.index}\n"
}
`

// traffic fails the test if more requests or connections than allowed were made since it was asked
// last, and returns how many bytes came down.
func traffic(t *testing.T, server *gittest.Server, requests int, step string) int64 {
	t.Helper()
	st := server.Stats()
	server.ResetStats()
	if st.Requests > requests || st.Requests == 0 {
		t.Errorf("%s: %d requests, want 1 to %d: %+v", step, st.Requests, requests, st.Log)
	}
	if st.Connections != 1 {
		t.Errorf("%s: %d connections, want 1", step, st.Connections)
	}
	return st.BytesOut
}
