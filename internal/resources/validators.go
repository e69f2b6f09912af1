package resources

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// Check is a validator of known strings: a rule, the headline of its errors, and what a value that obeys it is.
type Check struct {
	Summary, Meaning string
	Rule             func(string) error
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
	if err := c.Rule(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, c.Summary, sentence(err.Error()))
	}
}

// ValidBranch checks the short name of a branch: "main", "release/1.x".
func ValidBranch() validator.String {
	return Check{"Invalid branch name", "a branch name as `git check-ref-format --branch` accepts it", checkBranch}
}

// ValidMessage checks a commit's message.
func ValidMessage() validator.String {
	return Check{"Invalid message", "a message, or a template for messages", gitwriter.CheckMessage}
}

func validPath() validator.String {
	return Check{"Invalid path", "a path that every Git on every file system accepts", gitobj.ValidatePath}
}

func validPrefix() validator.String {
	return Check{"Invalid prefix", "a directory that every Git on every file system accepts, or nothing", checkPrefix}
}

// checkPrefix accepts what files can be below.
func checkPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	return gitobj.ValidateEntry(prefix, gitobj.ModeTree)
}

func validGlob() validator.String {
	return Check{"Invalid pattern", "a pattern for paths, with **", checkGlob}
}

func validRepository() validator.String {
	return Check{"Invalid repository URL", "the URL of a repository, without credentials", checkRepository}
}

// checkRepository refuses credentials, which would be kept and shown with the state; whether the URL can be
// used otherwise is found when it is opened.
func checkRepository(raw string) error {
	if raw == "" {
		return errors.New("the URL is empty: leave the attribute out to use the provider's url")
	}
	if _, ok, err := giturl.ParseSSH(raw); ok {
		return err // the user is a part of the address there
	}
	u, err := url.Parse(raw)
	if err != nil {
		// The error of net/url quotes the whole URL, which may hold a password.
		return errors.New("the value cannot be read as a URL: write https://host/path")
	}
	if u.User != nil {
		return errors.New("the URL has credentials in it, and would be shown with the plan and kept in state: " +
			"leave them out here and put them into the provider's auth, or for another host into its hosts")
	}
	return nil
}

// checkBranch applies the rules of git-check-ref-format(1) to refs/heads/<name>, and refuses what is a ref already.
func checkBranch(name string) error {
	bad := func(why string) error { return fmt.Errorf("branch name %q %s", name, why) }
	switch {
	case name == "":
		return errors.New("the branch name is empty: leave the attribute out for the default branch")
	case strings.HasPrefix(name, "refs/"):
		return bad("is a full ref: write its short name, without refs/heads/")
	case name == "HEAD" || name == "@":
		return bad("is not a branch: leave the attribute out for the default branch")
	case strings.HasPrefix(name, "-"):
		return bad("begins with '-'")
	case strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") || strings.Contains(name, "//"):
		return bad("has an empty part between slashes")
	case strings.HasSuffix(name, "."):
		return bad("ends in '.'")
	case strings.Contains(name, ".."):
		return bad("has '..' in it")
	case strings.Contains(name, "@{"):
		return bad("has '@{' in it")
	case len(name) > 1024:
		return fmt.Errorf("branch name %.40q… has %d bytes: use a shorter one", name, len(name))
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

// sentence makes an error's text one that begins with a capital letter and ends in a full stop.
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
