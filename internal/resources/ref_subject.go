package resources

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

const (
	headsPrefix = "refs/heads/"
	tagsPrefix  = "refs/tags/"
)

// refSubject names the branch or tag of an operation in diagnostics; it turns errors into them.
type refSubject struct {
	verb       string // "plan", "read", "create", "move", "delete", "import"
	repository string
	ref        string // full name
}

// title is the ref as a headline has it: branch topic.
func (s refSubject) title() string {
	if name, ok := strings.CutPrefix(s.ref, headsPrefix); ok {
		return "branch " + name
	}
	return "tag " + strings.TrimPrefix(s.ref, tagsPrefix)
}

// isTag reports whether the ref is a tag.
func (s refSubject) isTag() bool { return strings.HasPrefix(s.ref, tagsPrefix) }

// location is the ref as the notes of refreshes know it.
func (s refSubject) location() session.Location {
	return session.Location{Repository: s.repository, Branch: s.ref}
}

// report is an error diagnostic for err, none for nil.
func (s refSubject) report(err error) diag.Diagnostics {
	if err == nil {
		return nil
	}
	summary := fmt.Sprintf("Cannot %s %s", s.verb, s.title())
	if at, ok := s.attributeOf(err); ok {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, summary, s.detail(err))}
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic(summary, s.detail(err))}
}

// warn is a warning for an error that the apply may meet.
func (s refSubject) warn(summary string, err error, end string) diag.Diagnostics {
	detail := s.detail(err) + "\n\n" + end
	if at, ok := s.attributeOf(err); ok {
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, summary, detail)}
	}
	return diag.Diagnostics{diag.NewWarningDiagnostic(summary, detail)}
}

// detail is the text of a diagnostic.
func (s refSubject) detail(err error) string {
	inner := subject{verb: s.verb, location: session.Location{Repository: s.repository}}
	name, isBranch := strings.CutPrefix(s.ref, headsPrefix)
	if isBranch {
		inner.location.Branch = name
	}
	text := inner.detail(err, s.wayOut(err))
	if s.isTag() {
		text += fmt.Sprintf("\n%-11s %s", "Tag:", strings.TrimPrefix(s.ref, tagsPrefix))
	}
	return text
}

// wayOut is the next step after an error that does not say it.
func (s refSubject) wayOut(err error) string {
	var moved *gitwriter.MovedError
	switch {
	case errors.Is(err, session.ErrPartial), errors.As(err, &moved):
		return ""
	case s.verb == "read":
		return "If the repository is gone for good, let Terraform forget the resource: terraform state rm 'ADDRESS', or a removed block with destroy = false."
	case s.verb == "delete" && errors.Is(err, gitwriter.ErrRefused):
		return `To leave it there, set on_destroy = "keep" and apply before you remove the resource, or let Terraform forget it: terraform state rm 'ADDRESS'.`
	}
	return ""
}

// attributeOf finds the attribute at fault.
func (s refSubject) attributeOf(err error) (path.Path, bool) {
	var exists *refExistsError
	var lost *lostError
	var fixed *unmovableError
	switch {
	case errors.As(err, &fixed):
		return atMovable, true
	case errors.Is(err, gitread.ErrNoName) && s.isTag():
		return atTarget, true
	case errors.Is(err, gitread.ErrNoName):
		return atFrom, true
	case errors.As(err, &exists):
		return atName, true
	case errors.As(err, &lost):
		return atForceDestroy, true
	}
	at, ok := subject{}.attributeOf(err)
	return at, ok && at.Equal(atRepository)
}
