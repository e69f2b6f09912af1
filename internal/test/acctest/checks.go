package acctest

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// Holds checks that the repository's branch has a file with this mode and content.
func Holds(t testing.TB, repo *gittest.Repo, path, mode, content string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		entry, ok := repo.Tree(t, repo.Branch)[path]
		if !ok {
			return fmt.Errorf("the branch has no %s", path)
		}
		if got := repo.Content(t, repo.Branch, path); entry.Mode != mode || got != content {
			return fmt.Errorf("%s is %s %q on the branch, want %s %q", path, entry.Mode, got, mode, content)
		}
		return nil
	}
}

// Lacks checks that the repository's branch has nothing at a path.
func Lacks(t testing.TB, repo *gittest.Repo, path string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if entry, ok := repo.Tree(t, repo.Branch)[path]; ok {
			return fmt.Errorf("the branch has %s: %v", path, entry)
		}
		return nil
	}
}

// Commits checks how many commits the repository's branch has.
func Commits(t testing.TB, repo *gittest.Repo, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := repo.Commits(t, repo.Branch); got != want {
			return fmt.Errorf("the branch has %d commits, want %d:\n%s", got, want, repo.Git(t, "log", "--stat", repo.Branch))
		}
		return nil
	}
}
