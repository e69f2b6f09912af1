package reading_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

const sshSignature = "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----"

// strange writes a commit byte for byte and returns its id.
func strange(t *testing.T, r *gittest.Repo, ref, headers, message string) string {
	t.Helper()
	return writeCommit(t, r, ref, fmt.Sprintf("tree %s\nparent %s\n%s\n\n%s", r.Git(t, "rev-parse", "main^{tree}"), r.Head(t), headers, message))
}

func TestACommitIsReadAsGitPrintsIt(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			server := gittest.New(t, gittest.Options{})
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{Format: format})
			first := repo.Head(t)
			header := map[string]string{"sha1": "gpgsig", "sha256": "gpgsig-sha256"}[format]
			who := "author A U Thor <a@example.com> 1700000000 +0130\ncommitter C O Mitter <c@example.com> 1700000001 -0800"
			signed := strange(t, repo, "refs/heads/signed", who+"\n"+header+" "+strings.ReplaceAll(sshSignature, "\n", "\n "),
				"Title\nof two lines\n\nBody.\n\nKey: 1\nOther: x\nKey: 2\n")
			latin := strange(t, repo, "refs/heads/latin", "author J\xfcrgen <j@example.com> 1700000000 +0000\ncommitter J\xfcrgen <j@example.com> 1700000000 +0000\nencoding ISO-8859-1", "Gr\xfc\xdfe")
			repo.Git(t, "-c", "user.name=T", "-c", "user.email=t@example.com", "tag", "-a", "-m", "x", "v1", signed)
			writeCommit(t, repo, "refs/heads/merge",
				fmt.Sprintf("tree %s\nparent %s\nparent %s\n%s\n\nm\n", repo.Git(t, "rev-parse", "main^{tree}"), first, signed, who))

			config := ""
			for _, ref := range []string{"v1", "latin", "merge"} {
				config += fmt.Sprintf("data \"nanogit_commit\" %q {\n  ref = %q\n}\n", ref, ref)
			}
			log := func(rev, format string) knownvalue.Check {
				return knownvalue.StringExact(repo.Git(t, "log", "-1", "--no-show-signature", "--format="+format, rev))
			}
			person := func(rev, who string) knownvalue.Check {
				date := strings.Replace(repo.Git(t, "log", "-1", "--format=%"+who+"I", rev), "+00:00", "Z", 1) // as newer versions of git do
				return knownvalue.ObjectExact(map[string]knownvalue.Check{
					"name": log(rev, "%"+who+"n"), "email": log(rev, "%"+who+"e"), "date": knownvalue.StringExact(date),
				})
			}
			ids := func(ids ...string) knownvalue.Check {
				var list []knownvalue.Check
				for _, id := range ids {
					list = append(list, knownvalue.StringExact(id))
				}
				return knownvalue.ListExact(list)
			}
			var checks []statecheck.StateCheck
			expect := func(ref string, want map[string]knownvalue.Check) {
				for attribute, check := range want {
					checks = append(checks, state("nanogit_commit."+ref, attribute, check))
				}
			}
			none := knownvalue.MapExact(map[string]knownvalue.Check{})
			expect("v1", map[string]knownvalue.Check{
				"commit_id": knownvalue.StringExact(signed), "tree_id": log("v1", "%T"), "parents": ids(first), "author": person("v1", "a"), "committer": person("v1", "c"),
				"subject": log("v1", "%s"), "message": knownvalue.StringExact("Title\nof two lines\n\nBody.\n\nKey: 1\nOther: x\nKey: 2\n"),
				"trailers": knownvalue.MapExact(map[string]knownvalue.Check{
					"Key":   knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("1"), knownvalue.StringExact("2")}),
					"Other": knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("x")}),
				}),
				"signature": knownvalue.StringExact(sshSignature), "signature_kind": knownvalue.StringExact("ssh"),
			})
			expect("latin", map[string]knownvalue.Check{
				"commit_id": knownvalue.StringExact(latin), "author": person("latin", "a"), "committer": person("latin", "c"),
				"subject": knownvalue.StringExact("Grüße"), "message": knownvalue.StringExact("Grüße"), "trailers": none,
				"signature": knownvalue.Null(), "signature_kind": knownvalue.Null(),
			})
			expect("merge", map[string]knownvalue.Check{"parents": ids(first, signed), "message": knownvalue.StringExact("m\n")})
			steps(t, resource.TestStep{Config: with(repo, config), ConfigStateChecks: checks})
		})
	}
}
