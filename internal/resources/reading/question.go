package reading

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// question is the question of a data source, for diagnostics; it turns errors into them.
type question struct {
	what                  string // "docs/a.md", "the files below docs"
	repository, ref, path string // as far as they are known
	// at is the attribute that names the path, and refAt that which names the commit: ref if it is
	// empty.
	at, refAt path.Path
}

// report is an error diagnostic for err: the question, where it was asked, the cause in its own
// words, the next step, and more paragraphs. It is on the attribute at fault, if there is any.
func (q question) report(err error, more ...string) diag.Diagnostics {
	summary, detail := "Cannot read "+q.what, q.detail(err, more...)
	if at, ok := q.attributeOf(err); ok {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, summary, detail)}
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic(summary, detail)}
}

func (q question) detail(err error, more ...string) string {
	repository := q.repository
	if repository != "" {
		repository = giturl.Canonical(repository)
	}
	return resources.Detail(err, [][2]string{{"Repository", repository}, {"Ref", q.ref}, {"Path", q.path}}, more...)
}

// attributeOf finds the attribute at fault.
func (q question) attributeOf(err error) (path.Path, bool) {
	var inURL *session.RepositoryError
	var inPath *pathError
	var absent *absentError
	switch {
	case errors.As(err, &inURL):
		return atRepository, !inURL.Secret
	case errors.Is(err, gitread.ErrNoName), errors.Is(err, gitread.ErrNotCommit), errors.Is(err, gitread.ErrFormat):
		if len(q.refAt.Steps()) > 0 {
			return q.refAt, true
		}
		return atRef, true
	case errors.As(err, &inPath), errors.As(err, &absent), errors.Is(err, gitobj.ErrObstacle):
		return q.at, len(q.at.Steps()) > 0
	}
	return path.Empty(), false
}

// shortRef is a ref as people call it: main for refs/heads/main, and any other in full.
func shortRef(ref string) string {
	short, _ := strings.CutPrefix(ref, "refs/heads/")
	return short
}
