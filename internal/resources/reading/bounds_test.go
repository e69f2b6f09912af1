package reading_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

func TestAnAnswerThatIsTooLargeIsAnErrorThatNamesTheBound(t *testing.T) {
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	files := zoo()
	for i := range 5 {
		files[fmt.Sprintf("large/%d.bin", i)] = gittest.File{Content: fmt.Sprint(i) + strings.Repeat("x", 6<<20)}
	}
	repo.Seed(t, files)
	many := server.NewRepo(t, "many.git", gittest.RepoOptions{})
	if err := many.Grow(gittest.Paths(gittest.Level{Name: "d", Count: 101}, gittest.Level{Name: "f", Count: 100})); err != nil {
		t.Fatal(err)
	}
	if err := many.AddRefs(10_001); err != nil {
		t.Fatal(err)
	}
	var list []resource.TestStep
	for _, c := range []struct {
		repo         *gittest.Repo
		config, want string
	}{
		{repo, "data \"nanogit_files\" \"f\" {\n  with_content = true\n}", `(?s)take\s+more than 16777216 bytes \(max_total_size\).*narrow\s+the question`},
		{repo, "data \"nanogit_files\" \"f\" {\n  with_content = true\n  prefix = \"docs\"\n  max_total_size = 3\n}", `(?s)take\s+more\s+than\s+3\s+bytes \(max_total_size\), namely\s+\d+`},
		{repo, "data \"nanogit_files\" \"f\" {\n  with_content = true\n  max_total_size = 16777217\n}", `(?s)max_total_size.*between 0 and\s+16777216`},
		{repo, "data \"nanogit_files\" \"f\" {\n  prefix = \"bin/run\"\n}", `(?s)"bin/run" is an executable file, not\s+a\s+directory`},
		{repo, "data \"nanogit_files\" \"f\" {\n  include = [\"/x\"]\n}", `(?s)Invalid pattern`},
		{many, `data "nanogit_files" "f" {}`, `(?s)10101 files are meant,\s+and a data source returns 10000 at\s+most`},
		{many, "data \"nanogit_tree\" \"f\" {\n  recursive = true\n}", `(?s)there are 10202 entries|There are 10202 entries`},
		{many, "data \"nanogit_refs\" \"f\" {\n  prefix = \"refs/\"\n}", `(?s)There are 1000\d refs,\s+and a data source returns 10000 at\s+most`},
		{repo, "data \"nanogit_refs\" \"f\" {\n  prefix = \"heads\"\n}", `(?s)does not begin with refs/`},
		{repo, "data \"nanogit_tree\" \"f\" {\n  path = \"doc\"\n}", `(?s)no directory "doc".*The commit has "docs"`},
	} {
		list = append(list, resource.TestStep{Config: with(c.repo, c.config), ExpectError: regexp.MustCompile(c.want)})
	}
	steps(t, list...)
}
