package reading_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

const atMain = `
data "nanogit_file" "a" {
  path = "d0003/s0002/f0001"
}
data "nanogit_file" "none" {
  path     = "d0003/none"
  required = false
  ref      = "main"
}
data "nanogit_files" "some" {
  include      = ["d000[0-4]/s000[0-9]/f0003"]
  with_content = true
}
data "nanogit_files" "ids" {
  prefix = "d0001"
}
data "nanogit_tree" "root" {}
data "nanogit_tree" "deep" {
  path      = "d0003"
  recursive = true
  ref       = "refs/heads/main"
}
output "n" {
  value = "${length(data.nanogit_files.some.files)} files"
}
`

// planned makes a plan and returns the number of requests that it took.
func planned(t *testing.T, s *gittest.Server, w *acctest.Workspace) int {
	t.Helper()
	s.ResetStats()
	w.Plan(t)
	st := s.Stats()
	for _, r := range st.Log {
		t.Logf("%s %s: %d bytes", r.Service, r.Command, r.BytesOut)
	}
	return st.Requests
}

func TestAllDataSourcesOfARefBesideAThousandFilesTakeFourRequests(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	if err := repo.Grow(gittest.Paths(gittest.Level{Name: "d", Count: 10}, gittest.Level{Name: "s", Count: 10}, gittest.Level{Name: "f", Count: 50})); err != nil {
		t.Fatal(err)
	}
	files := "resource \"nanogit_file\" \"f\" {\n  count = 1000\n  path = \"made/${count.index % 20}/${count.index}.txt\"\n  content = \"${count.index}\"\n}\n"
	w := acctest.NewWorkspace(t)
	w.Config(t, with(repo, files))
	w.Apply(t, "-parallelism=256")
	w.Config(t, with(repo, files+atMain))
	if n := planned(t, s, w); n > 4 {
		t.Errorf("cold: %d requests, want 4 at most", n)
	}
	cached := strings.Replace(with(repo, files+atMain), "\n}", fmt.Sprintf("\n  object_cache = { type = \"disk\", directory = %q }\n}", w.Temp+"/cache"), 1)
	w.Config(t, cached)
	w.Plan(t)
	// It is one request, but for a branch whose name is asked for in the moment in which HEAD's
	// answer has been used up.
	if n := planned(t, s, w); n > 2 {
		t.Errorf("with a warm cache: %d requests, want 1, or 2 at most", n)
	}
}

func TestAHundredContentsOfFiftyThousandFilesTakeFiveRequests(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	if err := repo.Grow(gittest.Paths(gittest.Level{Name: "d", Count: 20}, gittest.Level{Name: "s", Count: 10}, gittest.Level{Name: "t", Count: 10}, gittest.Level{Name: "f", Count: 25})); err != nil {
		t.Fatal(err)
	}
	w := acctest.NewWorkspace(t)
	w.Config(t, with(repo, "data \"nanogit_files\" \"f\" {\n  include = [\"d000[0-9]/s000*/t0004/f0011\"]\n  with_content = true\n}\noutput \"n\" {\n  value = \"${length(data.nanogit_files.f.files)} files\"\n}\n"))
	s.ResetStats()
	out, _ := w.Plan(t)
	if !strings.Contains(out, "100 files") {
		t.Errorf("the plan has no hundred files:\n%s", out)
	}
	if st := s.Stats(); st.Requests > 5 {
		t.Errorf("%d requests, want 5 at most: %+v", st.Requests, st.Log)
	} else {
		t.Logf("%d requests", st.Requests)
	}
}
