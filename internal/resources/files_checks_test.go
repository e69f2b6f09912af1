package resources_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

const filesAddress = "nanogit_files.f"

// many is a configuration of many files in a repository.
func many(repo *gittest.Repo, attributes string) string {
	return fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n}\nresource \"nanogit_files\" \"f\" {\n%s\n}\n", repo.URL(), attributes)
}

// fromMap is the attribute files with these contents.
func fromMap(contents map[string]string) string {
	var b strings.Builder
	b.WriteString("files = {\n")
	for _, p := range slices.Sorted(maps.Keys(contents)) {
		fmt.Fprintf(&b, "  %q = { content = %q }\n", p, contents[p])
	}
	return b.String() + "}\n"
}

// localDir is a new directory with these files. A name that ends in * has an executable bit.
func localDir(t testing.TB, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range contents {
		writeLocal(t, dir, name, content)
	}
	return dir
}

func writeLocal(t testing.TB, dir, name, content string) {
	t.Helper()
	name, exec := strings.CutSuffix(filepath.Join(dir, name), "*")
	mode := os.FileMode(0o644)
	if exec {
		mode = 0o755
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// changes expects an action for the files, and that blob_ids differs at these paths and no others:
// "+" for a path that is added, "-" for a path that goes, "~" for another blob, "?" for one that is
// known after apply.
type changes struct {
	action plancheck.ResourceActionType
	want   map[string]string
}

// CheckPlan compares the action, and blob_ids before and after, path by path.
func (c changes) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if change.Address != filesAddress {
			continue
		}
		part := func(v any) map[string]any {
			m, _ := v.(map[string]any)
			ids, _ := m["blob_ids"].(map[string]any)
			return ids
		}
		before, after, unknown := part(change.Change.Before), part(change.Change.After), part(change.Change.AfterUnknown)
		got := make(map[string]string)
		for p, id := range after {
			if old, ok := before[p]; !ok {
				got[p] = "+"
			} else if old != id {
				got[p] = "~"
			}
		}
		for p := range before {
			if _, ok := after[p]; !ok {
				got[p] = "-"
			}
		}
		for p, is := range unknown {
			if is == true {
				got[p] = "?"
			}
		}
		if !maps.Equal(got, c.want) {
			resp.Error = fmt.Errorf("blob_ids changes at %v, want %v", got, c.want)
		}
	}
	if resp.Error == nil {
		plancheck.ExpectResourceAction(filesAddress, c.action).CheckPlan(context.Background(), req, resp)
	}
}

func update(want map[string]string) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{changes{plancheck.ResourceActionUpdate, want}}}
}

func create(want map[string]string) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{changes{plancheck.ResourceActionCreate, want}}}
}

func nothing() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{changes{plancheck.ResourceActionNoop, nil}}}
}

// branchIs checks all files of a branch ("mode content" by path), README.md aside, and the number
// of its commits.
func branchIs(t testing.TB, repo *gittest.Repo, commits int, want map[string]string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		got := make(map[string]string)
		for p, e := range repo.Tree(t, repo.Branch) {
			if p != "README.md" {
				got[p] = e.Mode + " " + repo.Content(t, repo.Branch, p)
			}
		}
		if !maps.Equal(got, want) {
			return fmt.Errorf("the branch holds %v, want %v", got, want)
		}
		return acctest.Commits(t, repo, commits)(nil)
	}
}
