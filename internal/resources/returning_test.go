package resources

import (
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

func TestAFileComesBackUnderAnotherSpellingOfItsRepository(t *testing.T) {
	t.Parallel()
	id, err := gitobj.ParseID("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
	if err != nil {
		t.Fatal(err)
	}
	at := func(repository string) session.Location {
		return session.Location{Repository: repository, Branch: "main"}
	}
	var made returning
	made.add(at("https://git.example.com/team/r"), "a/b", id, gitobj.ModeFile)
	made = decodeReturning(made.encode())
	for repository, want := range map[string]bool{
		"https://git.example.com/team/r":        true,
		"https://git.example.com/team/r.git":    true,
		"ssh://git@git.example.com/team/r.git":  true,
		"git@git.example.com:team/r":            true,
		"https://git.example.com/team/r2":       false,
		"https://other.example.com/team/r":      false,
		"https://git.example.com/another/r.git": false,
	} {
		if got := made.has(at(repository), "a/b", id, gitobj.ModeFile); got != want {
			t.Errorf("%s: comes back %t, want %t", repository, got, want)
		}
	}
	if made.has(at("https://git.example.com/team/r"), "a/b", id, gitobj.ModeExec) {
		t.Error("a file of another mode comes back")
	}
}
