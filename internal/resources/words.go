package resources

import (
	"errors"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// The words of a commit: text that Git refuses in a commit is refused here, so that no apply fails
// for it.

// validCommitMessage checks a message of a resource, which is no template.
func validCommitMessage() validator.String {
	return Check{Summary: "Invalid message", Meaning: "text without a NUL character", Rule: func(s string) error {
		if strings.ContainsRune(s, 0) {
			return errors.New("a commit's message cannot hold a NUL character: leave it out")
		}
		return nil
	}}
}

// ValidName checks the name of an author or committer, which who says.
func ValidName(who string) validator.String {
	return Check{Summary: "Invalid " + strings.ToLower(who), Meaning: "a name that Git takes in a commit", Rule: gitobj.ValidateName}
}

// ValidEmail checks the e-mail address of an author or committer, which who says.
func ValidEmail(who string) validator.String {
	return Check{Summary: "Invalid " + strings.ToLower(who), Meaning: "an e-mail address that Git takes in a commit", Rule: gitobj.ValidateEmail}
}

// trailerKey is a key that `git interpret-trailers` takes.
var trailerKey = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)

// ValidTrailers checks the lines at the end of a message, by key.
func ValidTrailers() []validator.Map {
	return []validator.Map{
		NoNulls{},
		mapvalidator.KeysAre(stringvalidator.RegexMatches(trailerKey, "a trailer's key has letters, digits and hyphens only")),
		mapvalidator.ValueStringsAre(validLine()),
	}
}

// ValidPushOptions checks the options of a push: git refuses line ends in them, and hooks read them
// from their environment.
func ValidPushOptions() []validator.List {
	return []validator.List{NoNulls{}, listvalidator.ValueStringsAre(Check{
		Summary: "Invalid push option", Meaning: "one line without control characters",
		Rule: func(s string) error {
			if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				return errors.New("a push option is one line without control characters")
			}
			return nil
		},
	})}
}

func validLine() validator.String {
	return Check{Summary: "Invalid line", Meaning: "one line of text", Rule: func(s string) error {
		if strings.ContainsAny(s, "\n\r\x00") {
			return errors.New("the value must be one line, without a NUL character")
		}
		return nil
	}}
}
