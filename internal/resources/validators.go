package resources

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// Check is a validator of known strings: a rule, the headline of its errors, and the
// meaning of a value that obeys it.
type Check struct {
	Summary, Meaning string
	Rule             func(string) error
	// Secret reports whether a value that breaks the rule may hold a secret. Its error names the
	// attribute in words and is about the whole block: Terraform prints the line of an attribute.
	Secret func(string) bool
}

// Description implements validator.String.
func (c Check) Description(context.Context) string { return c.Meaning }

// MarkdownDescription implements validator.String.
func (c Check) MarkdownDescription(context.Context) string { return c.Meaning }

// ValidateString implements validator.String.
func (c Check) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !known(req.ConfigValue) {
		return
	}
	value := req.ConfigValue.ValueString()
	err := c.Rule(value)
	switch {
	case err != nil && c.Secret != nil && c.Secret(value):
		resp.Diagnostics.AddError(c.Summary, sentence(fmt.Sprintf("%s: %v", req.Path, err)))
	case err != nil:
		resp.Diagnostics.AddAttributeError(req.Path, c.Summary, sentence(err.Error()))
	}
}

// ValidBranch checks the short name of a branch: "main", "release/1.x".
func ValidBranch() validator.String {
	return Check{Summary: "Invalid branch name", Meaning: "a branch name as `git check-ref-format --branch` accepts it", Rule: checkBranch}
}

// ValidMessage checks a commit's message.
func ValidMessage() validator.String {
	return Check{Summary: "Invalid message", Meaning: "a message, or a template for messages", Rule: gitwriter.CheckMessage}
}

func validPath() validator.String {
	return Check{Summary: "Invalid path", Meaning: "a path that every Git on every file system accepts", Rule: gitobj.ValidatePath}
}

func validPrefix() validator.String {
	return Check{Summary: "Invalid prefix", Meaning: "a directory that every Git on every file system accepts, or nothing", Rule: checkPrefix}
}

// checkPrefix accepts paths that files can be below.
func checkPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	return gitobj.ValidateEntry(prefix, gitobj.ModeTree)
}

func validGlob() validator.String {
	return Check{Summary: "Invalid pattern", Meaning: "a pattern for paths, with **", Rule: filecontent.CheckGlob}
}

func validRepository() validator.String {
	return Check{Summary: "Invalid repository URL", Meaning: "the URL of a repository, without credentials", Rule: orMocked(session.CheckRepository), Secret: giturl.MayHoldSecret}
}

// mocked matches the texts that mock_provider gives to computed attributes: Terraform's and
// OpenTofu's mocks make 8 small letters and digits at random.
var mocked = regexp.MustCompile(`^[a-z0-9]{8}$`)

// orMocked lets a validator accept the text of a mock, which another resource's attribute may refer
// to in `terraform test`. Engines send a mocked resource's configuration to be validated, and no
// other request: so the plan applies the rule to such a text, as it does in every real run.
func orMocked(rule func(string) error) func(string) error {
	return func(s string) error {
		if mocked.MatchString(s) {
			return nil
		}
		return rule(s)
	}
}

// checkBranch applies the rules of `git check-ref-format --branch`, and refuses full names of refs.
func checkBranch(name string) error {
	switch {
	case name == "":
		return errors.New("the branch name is empty: leave the attribute out for the default branch")
	case strings.HasPrefix(name, "refs/"):
		return fmt.Errorf("branch name %q is a full ref: write its short name, without refs/heads/", name)
	case name == "HEAD" || name == "@":
		return fmt.Errorf("branch name %q is not a branch: leave the attribute out for the default branch", name)
	case strings.HasPrefix(name, "-"):
		return fmt.Errorf("branch name %q begins with '-'", name)
	}
	return checkRefName("branch name", name)
}

// validBranchName checks the name of a branch that has to be named.
func validBranchName() validator.String {
	return Check{Summary: "Invalid branch name", Meaning: "a branch name as `git check-ref-format --branch` accepts it", Rule: func(name string) error {
		switch name {
		case "":
			return errors.New("the branch name is empty")
		case "HEAD", "@":
			return fmt.Errorf("%q names the remote's HEAD, and no branch", name)
		}
		return checkBranch(name)
	}}
}

// checkRefName applies the rules of git-check-ref-format(1) to the name of a branch or tag.
func checkRefName(kind, name string) error {
	bad := func(why string) error { return fmt.Errorf("%s %q %s", kind, name, why) }
	switch {
	case strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") || strings.Contains(name, "//"):
		return bad("has an empty part between slashes")
	case strings.HasSuffix(name, "."):
		return bad("ends in '.'")
	case strings.Contains(name, ".."):
		return bad("has '..' in it")
	case strings.Contains(name, "@{"):
		return bad("has '@{' in it")
	case len(name) > 1024:
		return fmt.Errorf("%s %.40q… has %d bytes: use a shorter one", kind, name, len(name))
	}
	if i := strings.IndexFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`~^:?*[\`, r) }); i >= 0 {
		return bad(fmt.Sprintf("has %q in it", name[i:i+1]))
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return bad(fmt.Sprintf("has the part %q: none may begin with '.' or end in .lock", part))
		}
	}
	return nil
}

// validCommitName checks the name of a commit.
func validCommitName() validator.String {
	return Check{Summary: "Invalid name of a commit", Meaning: "a branch, a tag, a full ref or a commit id", Rule: checkCommitName}
}

// checkCommitName accepts HEAD and everything that can be a ref or an id.
func checkCommitName(name string) error {
	if name == "" {
		return errors.New("the name is empty: leave the attribute out for the remote's HEAD")
	}
	return checkRefName("name", name)
}

// sentence makes an error's text begin with a capital letter and end in a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if strings.ContainsAny(s[len(s)-1:], ".!?\n") {
		return s
	}
	return s + "."
}
