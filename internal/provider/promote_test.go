package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// promote runs the action, as `terraform apply -invoke` does.
func (e *engine) promote(config map[string]any) (said string, diags []*tfprotov6.Diagnostic) {
	e.t.Helper()
	const kind = "nanogit_promote"
	server := e.server.(tfprotov6.ActionServer)
	block := e.object(e.schemas.ActionSchemas[kind].Schema.ValueType(), config)
	valid, err := server.ValidateActionConfig(e.t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: kind, Config: block})
	if err != nil {
		e.t.Fatal(err)
	}
	if len(valid.Diagnostics) > 0 {
		return "", valid.Diagnostics
	}
	plan, err := server.PlanAction(e.t.Context(), &tfprotov6.PlanActionRequest{ActionType: kind, Config: block})
	if err != nil {
		e.t.Fatal(err)
	}
	e.ok(nil, plan.Diagnostics)
	stream, err := server.InvokeAction(e.t.Context(), &tfprotov6.InvokeActionRequest{ActionType: kind, Config: block})
	if err != nil {
		e.t.Fatal(err)
	}
	for event := range stream.Events {
		switch of := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			said += of.Message
		case tfprotov6.CompletedInvokeActionEventType:
			diags = append(diags, of.Diagnostics...)
		}
	}
	return said, diags
}

// refused runs the action, which has to fail with this text at this attribute.
func (e *engine) refused(config map[string]any, attribute string, want ...string) {
	e.t.Helper()
	said, diags := e.promote(config)
	if said != "" || len(diags) != 1 {
		e.t.Fatalf("%v: said %q, %d diagnostics", config, said, len(diags))
	}
	d := diags[0]
	for _, text := range want {
		if !strings.Contains(d.Summary+"\n"+d.Detail, text) {
			e.t.Errorf("%v: no word of %q in: %s\n%s", config, text, d.Summary, d.Detail)
		}
	}
	if at := d.Attribute.String(); attribute != "" && !strings.Contains(at, attribute) {
		e.t.Errorf("%v: the error is at %s, want %s", config, at, attribute)
	}
}

// staged has a branch staging that is two commits ahead of main, and a branch hotfix beside it.
func staged(t *testing.T, f gitobj.Format) *gittest.Repo {
	t.Helper()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Format: f.String()})
	first := repo.Head(t)
	repo.SeedText(t, map[string]string{"a": "1"})
	repo.SeedText(t, map[string]string{"a": "2", "b/c": "3"})
	repo.Git(t, "branch", "staging", "main")
	repo.Git(t, "-c", "user.name=Some One", "-c", "user.email=one@example.com", "tag", "-a", "-m", "v1", "v1", "main~1")
	repo.Git(t, "update-ref", "refs/heads/main", first)
	repo.SeedText(t, map[string]string{"hot": "fix"})
	repo.Git(t, "branch", "hotfix", "main")
	repo.Git(t, "update-ref", "refs/heads/main", first)
	return repo
}

func TestABranchIsPromotedToWhatDescendsFromIt(t *testing.T) {
	t.Parallel()
	for _, f := range []gitobj.Format{gitobj.SHA1, gitobj.SHA256} {
		repo := staged(t, f)
		e := connect(t, repo)
		at := func(want string) {
			t.Helper()
			if got, want := repo.Head(t), repo.Git(t, "rev-parse", want+"^{commit}"); got != want {
				t.Errorf("%s: main is at %s, want %s", f, got, want)
			}
		}
		for _, c := range []struct{ to, at, said string }{
			{"v1", "v1", "over 1 commit:"},
			{"staging", "staging", "over 1 commit:"},
			{"refs/heads/staging", "staging", "already"},
			{repo.Git(t, "rev-parse", "staging"), "staging", "already"},
		} {
			said, diags := e.promote(map[string]any{"branch": "main", "to": c.to})
			e.ok(nil, diags)
			if at(c.at); !strings.Contains(said, c.said) {
				t.Errorf("%s, to %s: said %q, want %q", f, c.to, said, c.said)
			}
		}
		e.refused(map[string]any{"branch": "main", "to": "v1"}, "to", "ahead of v1 already, by 1 commit:", "not moved back")
		e.refused(map[string]any{"branch": "main", "to": "hotfix"}, "to", "no fast-forward", "2 commits that hotfix does not have", "hotfix has 1 commit")
		at("staging")
		repo.Git(t, "fsck", "--strict")
	}
}

func TestAPromotionThatCannotBeMadeSaysWhy(t *testing.T) {
	t.Parallel()
	repo := staged(t, gitobj.SHA1)
	e := connect(t, repo)
	head := repo.Head(t)
	e.refused(map[string]any{"branch": "gone", "to": "staging"}, "branch", `Branch "gone" does not exist`)
	e.refused(map[string]any{"branch": "main", "to": "gone"}, "to", `no branch, tag or commit "gone"`)
	e.refused(map[string]any{"branch": "refs/heads/main", "to": "staging"}, "branch", "full ref")
	e.refused(map[string]any{"branch": "main", "to": "staging", "repository": "https://user:secret@example.com/r"}, "", "credentials")
	if now := repo.Head(t); now != head {
		t.Errorf("main is at %s, want %s", now, head)
	}
}

// A commit that somebody pushes between the look at the branch and the move stays.
func TestAPromotionIsACompareAndSwap(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{
		// Another's push comes first: the hook moves the branch, before git compares.
		"pre-receive": "#!/bin/sh\nunset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/main refs/heads/theirs\n",
	}})
	first := repo.Head(t)
	repo.SeedText(t, map[string]string{"a": "ours"})
	repo.Git(t, "branch", "staging", "main")
	repo.Git(t, "update-ref", "refs/heads/main", first)
	repo.SeedText(t, map[string]string{"b": "theirs"})
	repo.Git(t, "branch", "theirs", "main")
	repo.Git(t, "update-ref", "refs/heads/main", first)
	e := connect(t, repo)
	e.refused(map[string]any{"branch": "main", "to": "staging"}, "", "somebody else changed it")
	if now, want := repo.Head(t), repo.Git(t, "rev-parse", "theirs"); now != want {
		t.Errorf("main is at %s, want theirs at %s", now, want)
	}
}
