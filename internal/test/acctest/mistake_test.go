package acctest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// A wrong password is a single mistake, however many files there are: each file gets an error with
// the status, and only the first of them has the hint.
func TestOneMistakeIsToldOnceInFull(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{Username: "jo", Password: password})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t, "TF_VAR_wrong=wr0ng-horse")
	w.Config(t, fmt.Sprintf("variable \"wrong\" {}\nprovider \"nanogit\" {\n  url = %q\n  auth = { username = \"jo\", password = var.wrong }\n}\n", repo.URL())+
		`resource "nanogit_file" "f" {
  count   = 6
  path    = "dir/f${count.index}"
  content = "x"
}
`)
	out, _ := w.Run(t, "plan", "-input=false", "-no-color")
	flat := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", " ")), " ")
	if n := strings.Count(flat, "check user name and password"); n != 1 {
		t.Errorf("the hint is given %d times:\n%s", n, out)
	}
	for i := range 6 {
		if n := strings.Count(flat, fmt.Sprintf("Error: Cannot plan dir/f%d", i)); n != 1 {
			t.Errorf("dir/f%d is named %d times:\n%s", i, n, out)
		}
	}
	if n := strings.Count(flat, "401 Unauthorized"); n != 6 {
		t.Errorf("the status is told %d times:\n%s", n, out)
	}
}
