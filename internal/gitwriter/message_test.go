package gitwriter

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// onBranch is a change, and whether the branch holds a file at its path.
type onBranch struct {
	Change
	exists bool
}

func adding(path, message string) onBranch {
	return onBranch{Change: Change{Path: path, Message: message}}
}

func updating(path, message string) onBranch {
	return onBranch{Change: Change{Path: path, Message: message}, exists: true}
}

func renaming(from, to string) onBranch { return onBranch{Change: Change{Path: to, From: from}} }

func deleting(path, message string) onBranch {
	return onBranch{Change: Change{Path: path, Delete: true, Message: message}, exists: true}
}

func accountOf(changes []onBranch) *account {
	edits := make([]edit, len(changes))
	for i := range changes {
		edits[i].Change, edits[i].at = &changes[i].Change, new(gitread.Entry)
		if changes[i].exists {
			edits[i].at.Mode = gitobj.ModeFile
		}
	}
	return newAccount("main", edits)
}

func many(n int, change func(path, message string) onBranch) (all []onBranch) {
	for i := range n {
		all = append(all, change(fmt.Sprintf("d/%05d", i), ""))
	}
	return all
}

const long = "environments/production/europe-west/applications/checkout/deployment.yaml"

func TestTheMessageOfACommit(t *testing.T) {
	t.Parallel()
	one := func(c onBranch) []onBranch { return []onBranch{c} }
	for _, c := range []struct {
		name    string
		changes []onBranch
		meta    Meta
		want    string
	}{
		// Nobody says anything.
		{name: "an addition", changes: one(adding("a/b", "")), want: "Add a/b"},
		{name: "an update", changes: one(updating("a/b", "")), want: "Update a/b"},
		{name: "a creation that overwrites", changes: one(onBranch{Change{Path: "a", Expect: ExpectAny()}, true}), want: "Update a"},
		{name: "a creation that may overwrite and has nothing to", changes: one(onBranch{Change{Path: "a", Expect: ExpectAny()}, false}), want: "Add a"},
		{name: "a rename", changes: one(renaming("a", "b")), want: "Rename a to b"},
		{name: "a removal", changes: one(deleting("a/b", "")), want: "Delete a/b"},
		{name: "no change", want: "No change"},
		{
			name: "in the order of paths, each once", changes: []onBranch{deleting("z", ""), updating("c", ""), adding("b", ""), renaming("y", "a"), adding("b", "")},
			want: "Add 1 file, update 1 file, rename 1 file and delete 1 file\n\n- Rename y to a\n- Add b\n- Update c\n- Delete z",
		},
		{name: "one and two", changes: []onBranch{adding("a", ""), deleting("b", ""), deleting("c", "")}, want: "Add 1 file and delete 2 files\n\n- Add a\n- Delete b\n- Delete c"},
		{name: "one and one", changes: []onBranch{updating("a", ""), deleting("b", "")}, want: "Update 1 file and delete 1 file\n\n- Update a\n- Delete b"},
		{name: "two", changes: []onBranch{updating("a", ""), updating("b", "")}, want: "Update 2 files\n\n- Update a\n- Update b"},
		{name: "a path that others named", changes: one(deleting("a\nSigned-off-by: b", "")), want: `Delete "a\nSigned-off-by: b"`},
		{
			name: "a long path", changes: one(updating(long, "")),
			want: "Update …/production/europe-west/applications/checkout/deployment.yaml\n\n- Update " + long,
		},

		// The resources do.
		{name: "one message", changes: one(adding("a", " Say it\n")), want: "Say it"},
		{name: "a message in common", changes: []onBranch{adding("b", "Same"), updating("a", "Same")}, want: "Same"},
		{name: "messages are no templates", changes: one(adding("a", "{summary} {x}")), want: "{summary} {x}"},
		{name: "messages that differ", changes: []onBranch{adding("a", "Two\nlines"), adding("b", "One"), adding("c", "One")}, want: "Add 3 files\n\n- One\n- Two\n  lines"},
		{name: "a message, and none", changes: []onBranch{adding("a", ""), adding("b", "Say it")}, want: "Add 2 files\n\n- Say it\n- Add a"},
		{name: "a message, and a removal", changes: []onBranch{deleting("a", ""), updating("b", "Say it")}, want: "Update 1 file and delete 1 file\n\n- Say it\n- Delete a"},
		{name: "removals with a message", changes: []onBranch{deleting("b", "Add the site"), deleting("a", "Add the site")}, want: "Add the site\n\n- Delete a\n- Delete b"},

		// The provider does.
		{name: "as it is", changes: []onBranch{adding("a", ""), updating("b", "")}, meta: Meta{Message: "Sync\n\nBy {{us}}"}, want: "Sync\n\nBy {us}"},
		{name: "below a message in common", changes: one(adding("a", "Say it")), meta: Meta{Message: "Sync"}, want: "Say it"},
		{name: "above messages that differ", changes: []onBranch{adding("a", "Two"), adding("b", "One"), adding("c", "")}, meta: Meta{Message: "JIRA-1: {summary}"}, want: "JIRA-1: Add 3 files\n\n- One\n- Two"},
		{name: "the same as a resource", changes: []onBranch{adding("a", "Same"), adding("b", "")}, meta: Meta{Message: "Same"}, want: "Same"},
		{name: "removals", changes: one(deleting("a", "")), meta: Meta{Message: "Deploy"}, want: "Deploy\n\n- Delete a"},
		{name: "removals, told in the title", changes: one(deleting("a", "")), meta: Meta{Message: "ops: {summary}"}, want: "ops: Delete a"},
		{name: "removals, told below", changes: one(deleting("a", "")), meta: Meta{Message: "Deploy\n\n{paths}"}, want: "Deploy\n\n- Delete a"},
		{name: "removals, not told by braces", changes: one(deleting("a", "")), meta: Meta{Message: "Deploy {{summary}}"}, want: "Deploy {summary}\n\n- Delete a"},
		{
			name: "all placeholders", changes: []onBranch{deleting("z", ""), updating("a{count}", "")},
			meta: Meta{Message: "[{workspace}] {summary}\n\n{count} files of {branch}:\n{paths}\nEnd", Workspace: "prod"},
			want: "[prod] Update 1 file and delete 1 file\n\n2 files of main:\n- Update a{count}\n- Delete z\nEnd",
		},
		{name: "a commit without a change", meta: Meta{Message: "{count}: {summary}"}, want: "0: No change"},
		{
			name: "a long path beside other words", changes: one(updating(long, "")), meta: Meta{Message: "JIRA-4711: {summary} ({workspace})", Workspace: "production"},
			want: "JIRA-4711: Update …/applications/checkout/deployment.yaml (production)",
		},
		{name: "words from before there were templates", changes: one(adding("a", "")), meta: Meta{Message: "Use {x} and } {"}, want: "Use {x} and } {"},

		// A commit of its own does.
		{name: "in place of all others", changes: []onBranch{adding("a", "One"), adding("b", "One")}, meta: Meta{Message: "{summary}", OnlyMessage: true}, want: "Add 2 files"},
		{name: "without words", changes: []onBranch{adding("a", "One"), adding("b", "One")}, meta: Meta{Message: " ", OnlyMessage: true}, want: "One"},

		{name: "trailers", changes: one(adding("a", "")), meta: Meta{Trailers: []Trailer{{"Change-Id", "I1"}, {"Signed-off-by", "A <a@x>"}}}, want: "Add a\n\nChange-Id: I1\nSigned-off-by: A <a@x>"},
		{name: "trailers below a list", changes: one(deleting("a", "")), meta: Meta{Message: "Deploy", Trailers: []Trailer{{"T", "1"}}}, want: "Deploy\n\n- Delete a\n\nT: 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := accountOf(c.changes).message(c.meta); got != c.want+"\n" {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			rand.Shuffle(len(c.changes), func(i, k int) { c.changes[i], c.changes[k] = c.changes[k], c.changes[i] })
			if got := accountOf(c.changes).message(c.meta); got != c.want+"\n" {
				t.Errorf("in another order, got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestAMessageOfTenThousandChangesIsBounded(t *testing.T) {
	t.Parallel()
	own := many(10_000, adding)
	for i := range own {
		own[i].Message = fmt.Sprintf("Message %05d", i)
	}
	for _, c := range []struct {
		name        string
		changes     []onBranch
		meta        Meta
		first, last string
	}{
		{"paths", many(10_000, adding), Meta{}, "- Add d/00000", "- Add d/00049"},
		{"messages", own, Meta{}, "- Message 00000", "- Message 00049"},
		{"a template", many(10_000, adding), Meta{Message: "{summary}\n\n{paths}"}, "- Add d/00000", "- Add d/00049"},
		{"removals", many(10_000, deleting), Meta{Message: "Title"}, "- Delete d/00000", "- Delete d/00049"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			lines := strings.Split(strings.TrimSpace(accountOf(c.changes).message(c.meta)), "\n")
			if len(lines) != 2+maxListed+1 || lines[2] != c.first || lines[1+maxListed] != c.last || lines[2+maxListed] != "- … and 9950 more" {
				t.Errorf("%d lines: %q", len(lines), lines)
			}
		})
	}
}

func TestTitlesOfOursAreNotWiderThanATitleShouldBe(t *testing.T) {
	t.Parallel()
	for segments := range 12 {
		for size := 1; size < 200; size += 7 {
			path := strings.Repeat(strings.Repeat("ü", size)+"/", segments) + strings.Repeat("x", size)
			for _, c := range []onBranch{adding(path, ""), renaming(path, "short"), renaming("short", path), renaming(path, path+"2")} {
				for _, m := range []Meta{{}, {Message: "JIRA-123: {summary}"}} {
					title, _, _ := strings.Cut(accountOf([]onBranch{c}).message(m), "\n")
					if n := utf8.RuneCountInString(title); n > titleWidth || !utf8.ValidString(title) || n < min(titleWidth/3, utf8.RuneCountInString(path)) {
						t.Fatalf("%d characters: %s", n, title)
					}
				}
			}
		}
	}
	crowd := append(many(123_456, adding), many(1000, adding)...)
	for i := range crowd {
		crowd[i].Path += fmt.Sprint(i)
		crowd[i].Delete, crowd[i].exists = i%4 == 0, i%4 == 1
		if i%4 == 2 {
			crowd[i].From = "x"
		}
	}
	if got := accountOf(crowd).summary(titleWidth); got != "Change 124456 files" {
		t.Errorf("%s", got)
	}
}

func TestTemplatesOfMessagesAreChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"Deploy what Terraform knows", ""},
		{"JIRA-1: {summary} ({count}) of {branch} in {workspace}\n\n{paths}", ""},
		{"\n{summary}\n  {paths}\n", ""},
		{"{{ \"json\": {{}} }}", ""},
		{"{sum}", "unknown placeholder {sum}: the placeholders of a message are {branch}, {count}, {paths}, {summary}, {workspace}, and {{ and }} stand for braces"},
		{"Body\n\n{ x }", "unknown placeholder { x }"},
		{"{}", "unknown placeholder {}"},
		{"a { b", "a single '{'"},
		{"a } b", "a single '}'"},
		{"{summary}}", "a single '}'"},
		{"{paths}", "write {summary} there, and {paths} on a line below"},
		{"\nDeploy {paths}", "write {summary} there, and {paths} on a line below"},
		{"Deploy\n\nof {paths}", "on a line of its own"},
		{"a\x00b", "NUL"},
	} {
		switch err := CheckMessage(c.text); {
		case c.want == "" && err != nil:
			t.Errorf("%q: %v", c.text, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%q: %v, want an error with %q", c.text, err, c.want)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"", "{summary}", "{{x}}", "{", "}", "{a{b}c}", "T\n{paths}\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		none := func(string) (string, bool) { return "", false }
		escaped := strings.NewReplacer("{", "{{", "}", "}}").Replace(text)
		if got, err := expand(escaped, none); err != nil || got != text {
			t.Errorf("%q, escaped, became %q, %v", text, got, err)
		}
		if got, err := expand(text, none); err != nil && strings.Count(got, "{") > strings.Count(text, "{") {
			t.Errorf("%q became %q", text, got)
		}
	})
}
