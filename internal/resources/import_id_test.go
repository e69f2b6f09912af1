package resources

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

var oddAddresses = []string{
	"https://host.example/org/r.git", "http://127.0.0.1:8080/r", "ssh://git@host.example:2222/org/r", "git@host.example:org/r.git",
	"host.example:org/r", "[host.example:2222]:org/r", "[::1]:r", "file:///srv/r.git", "https://host.example/a%23b/r", "ssh://host.example/~jo/r",
}

func TestAnIDIsReadAsThePlaceThatItNames(t *testing.T) {
	t.Parallel()
	for _, own := range []types.String{types.StringNull(), types.StringValue(oddAddresses[0])} {
		s := &session.Session{URL: own}
		for _, repository := range oddAddresses {
			for _, branch := range []string{"main", "release/1.x", "a#b", "jo@x"} {
				for _, path := range []string{"README.md", "docs/a:b", "a#b", "x@y#a:b", "[a]:b", "日本"} {
					m := &fileModel{Repository: types.StringValue(repository), Branch: types.StringValue(branch), Path: types.StringValue(path)}
					id := importID(s, m).ValueString()
					read := parseImportID(id)
					at := s.RepositoryFor(read.Repository, types.StringNull())
					if !giturl.Same(at.ValueString(), repository) || read.Branch.ValueString() != branch || read.Path.ValueString() != path {
						t.Errorf("%s is read as %s, %s, %s; want %s, %s, %s", id, at, read.Branch, read.Path, repository, branch, path)
					}
					if plain := branch + ":" + path; repository == own.ValueString() && id != plain && m.alone() {
						t.Errorf("the id is %s, want %s", id, plain)
					}
				}
				b := &branchModel{Repository: types.StringValue(repository), Name: types.StringValue(branch)}
				id := importID(s, b).ValueString()
				address, name := parseRefImportID(id)
				if at := s.RepositoryFor(address, types.StringNull()); !giturl.Same(at.ValueString(), repository) || name.ValueString() != branch {
					t.Errorf("%s is read as %s, %s; want %s, %s", id, at, name, repository, branch)
				}
			}
		}
	}
}

func TestAnIDIsKnownWithItsParts(t *testing.T) {
	t.Parallel()
	whole := fileModel{Repository: types.StringValue(oddAddresses[0]), Branch: types.StringValue("main"), Path: types.StringValue("a")}
	if id := importID(&session.Session{URL: types.StringUnknown()}, &whole); !id.IsUnknown() {
		t.Errorf("the id is %s while the provider's url is not known", id)
	}
	for _, leave := range []*types.String{&whole.Repository, &whole.Branch, &whole.Path} {
		was := *leave
		*leave = types.StringUnknown()
		if id := importID(&session.Session{}, &whole); !id.IsUnknown() {
			t.Errorf("the id is %s while a part of it is not known", id)
		}
		*leave = was
	}
}

// A state of a former version has an id without the repository: a plan keeps it, and a refresh does
// not.
func TestAFormerIDIsKeptByAPlanAndReplacedByARefresh(t *testing.T) {
	t.Parallel()
	s := &session.Session{URL: types.StringValue(oddAddresses[0])}
	prior := &branchModel{Repository: types.StringValue(oddAddresses[1]), Name: types.StringValue("topic"), ID: types.StringValue("topic")}
	plan := *prior
	plan.ID = types.StringUnknown()
	if planID(s, &plan, prior, false); plan.ID.ValueString() != "topic" {
		t.Errorf("the planned id is %s", plan.ID)
	}
	if !refreshID(s, prior) || prior.ID.ValueString() != oddAddresses[1]+"#topic" {
		t.Errorf("the refreshed id is %s", prior.ID)
	}
	plan.Name = types.StringValue("other")
	if planID(s, &plan, prior, false); plan.ID.ValueString() != oddAddresses[1]+"#other" {
		t.Errorf("the planned id of another branch is %s", plan.ID)
	}
}

func TestTheImportIDOfACommitIsABranchAndPerhapsACommit(t *testing.T) {
	t.Parallel()
	commit := strings.Repeat("ab", 20)
	for id, want := range map[string][3]string{
		"main":                         {"", "main", ""},
		"main:" + commit:               {"", "main", commit},
		":" + commit:                   {"", "", commit},
		"release/1.x":                  {"", "release/1.x", ""},
		"https://h/r#dev":              {"https://h/r", "dev", ""},
		"https://h/r#dev:" + commit:    {"https://h/r", "dev", commit},
		"git@h:org/r#main:" + commit:   {"git@h:org/r", "main", commit},
		"file:///srv/r.git#:" + commit: {"file:///srv/r.git", "", commit},
	} {
		read, made := parseCommitImportID(id)
		if got := [3]string{read.Repository.ValueString(), read.Branch.ValueString(), made}; got != want {
			t.Errorf("%s is read as %q, want %q", id, got, want)
		}
	}
}
