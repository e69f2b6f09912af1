package resources

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// pathOf is the path of an attribute, as against that of a file.
type pathOf = path.Path

// subject names the files of an operation in diagnostics; it turns errors into them.
type subject struct {
	verb     string // "plan", "read", "create", "update", "delete", "import"
	location session.Location
	// many: the place is a directory, and the resource is the files below it.
	many bool
}

// atPath is the attribute that says which path.
func (s subject) atPath() path.Path {
	if s.many {
		return atPrefix
	}
	return atPath
}

// report is an error diagnostic for err, none for nil. It names the operation, the place, the cause
// in its own words and the next step, at the attribute at fault if there is any.
func (s subject) report(err error) diag.Diagnostics {
	if err == nil {
		return nil
	}
	summary, detail := fmt.Sprintf("Cannot %s %s", s.verb, s.name()), s.detail(err, s.wayOut(err))
	if at, ok := s.attributeOf(err); ok {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, summary, detail)}
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic(summary, detail)}
}

// reportPlanned is report for an entry that a look-up found while planning. The obstacle may be
// removed by the same apply (a file that gives way to a directory of its name), and no plan of one
// resource can see that: then it is a warning here, and an error when it is still there at the
// apply. A submodule is nobody's nanogit_file and will not go away.
func (s subject) reportPlanned(err error) diag.Diagnostics {
	var obstacle *gitobj.ObstacleError
	var dir *dirError
	if (errors.As(err, &obstacle) && !obstacle.Mode.IsSubmodule()) || errors.As(err, &dir) {
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(s.atPath(), "The path is blocked at present",
			s.detail(err)+"\n\nThe apply will fail unless it removes that first.")}
	}
	return s.report(err)
}

// errSubmodule: the path holds a submodule.
var errSubmodule = errors.New("the path holds a submodule: remove the submodule, or choose another path")

// foresee is report for an error that may be gone when the plan is applied. A local file may be
// made by the same apply. And of a resource that is there already (owned), the state of the branch
// may be mended until then; a plan that fails for it would keep `terraform destroy` from removing
// the resource, as that begins with a plan of the configuration.
func (s subject) foresee(err error, owned bool) diag.Diagnostics {
	var lfs *lfsError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, filecontent.ErrMissing):
		return diag.Diagnostics{s.warning("A local file is not there yet", err, "The apply will fail unless it makes that first.")}
	case owned && (errors.Is(err, gitread.ErrNoBranch) || errors.Is(err, gitobj.ErrObstacle) || errors.Is(err, errSubmodule) || errors.As(err, &lfs)):
		return diag.Diagnostics{s.warning("The branch does not take this at present", err, "The apply will fail unless that is mended first. To remove the resource nothing has to be mended.")}
	}
	return s.reportPlanned(err)
}

func (s subject) warning(summary string, err error, end string) diag.Diagnostic {
	if at, ok := s.attributeOf(err); ok {
		return diag.NewAttributeWarningDiagnostic(at, summary, s.detail(err)+"\n\n"+end)
	}
	return diag.NewWarningDiagnostic(summary, s.detail(err)+"\n\n"+end)
}

// name is a file's path, or the name for the files of a directory, short enough for a headline.
func (s subject) name() string {
	p := s.location.Path
	if s.many && p == "" {
		return "the files"
	}
	if s.many {
		one := s
		one.many = false
		return "the files below " + one.name()
	}
	if len(p) > 80 {
		return fmt.Sprintf("%.77q…", p)
	}
	if strings.ContainsFunc(p, func(r rune) bool { return r <= ' ' || r == 0x7f }) || p == "" {
		return fmt.Sprintf("%q", p)
	}
	return p
}

// mistake is an error that many resources meet alike, such as a wrong token. Repeated reports
// whether its like was told before, and takes it for told from then on; Brief is enough then.
type mistake interface {
	error
	Repeated() bool
	Brief() string
}

// detail is the text of a diagnostic; more are further paragraphs.
func (s subject) detail(err error, more ...string) string {
	repository := s.location.Repository
	if repository != "" {
		repository = giturl.Canonical(repository)
	}
	return Detail(err, [][2]string{{"Repository", repository}, {"Branch", s.location.Branch}, {"Path", s.location.Path}}, more...)
}

// Detail is the text of a diagnostic: the error in its own words, the next step, further
// paragraphs, and a line for each value that says where, with its name.
func Detail(err error, where [][2]string, more ...string) string {
	var b strings.Builder
	var m mistake
	if errors.As(err, &m) && m.Repeated() {
		return sentence(m.Brief()) + "\n\nAnother error of this run says more about it."
	}
	b.WriteString(sentence(err.Error()))
	if next := advice(err); next != "" {
		b.WriteString("\n\n" + sentence(next))
	}
	for _, text := range more {
		if text != "" {
			b.WriteString("\n\n" + text)
		}
	}
	b.WriteString("\n")
	for _, line := range where {
		if line[1] == "" || len(line[1]) > 512 {
			continue
		}
		fmt.Fprintf(&b, "\n%-11s %s", line[0]+":", line[1])
	}
	return b.String()
}

// wayOut is how to be rid of a resource whose repository cannot be read or written any more.
func (s subject) wayOut(err error) string {
	switch {
	case errors.Is(err, gitwriter.ErrConflict), errors.Is(err, gitwriter.ErrAttempts), errors.Is(err, session.ErrPartial), errors.Is(err, errUnplaced):
		return ""
	case s.verb == "read":
		return "If the repository is gone for good, let Terraform forget the resource: terraform state rm 'ADDRESS', or a removed block with destroy = false."
	case s.verb == "delete" && errors.Is(err, gitwriter.ErrRefused):
		return "If the repository takes no changes any more (it may be archived), let Terraform forget the resource and leave the file: " +
			"terraform state rm 'ADDRESS', or a removed block with destroy = false."
	case s.verb == "delete":
		return "If the repository is gone for good, let Terraform forget the resource: terraform state rm 'ADDRESS', or a removed block with destroy = false."
	}
	return ""
}

// advice is the next step to take, for errors that do not say it themselves.
func advice(err error) string {
	var conflict *gitwriter.ConflictError
	var refused *gitwriter.RefusedError
	var large *gitread.LargeError
	var moved *gitwriter.MovedError
	var helper *gitwriter.HelperError
	switch {
	case errors.As(err, &moved):
		return "run terraform plan again to see where it is now, and decide"
	case errors.As(err, &refused) && refused.Hint != "":
		return refused.Hint
	case errors.As(err, &helper):
		return "let this account create and delete refs below refs/nanogit/, or sign with a key of your own (commit.signing)"
	case errors.As(err, &conflict):
		return "run terraform plan again to see what it is now and decide; to overwrite what others write without asking, " +
			`set conflict = "overwrite" in the provider block`
	case errors.Is(err, gitobj.ErrObstacle):
		return "remove what is in the way, or choose another path"
	case errors.Is(err, gitwriter.ErrAttempts):
		return "apply again when the branch is quieter, or raise limits.push_timeout"
	case errors.Is(err, gitwriter.ErrUnsigned):
		return "the branch is as it was; check commit.signing in the provider block, and the agent if it signs, and apply again"
	case errors.As(err, &large):
		return "keep an object of this size out of the repository"
	case errors.Is(err, gitread.ErrTooLarge):
		return "raise limits.max_object_size, or keep the file out of the repository"
	case errors.Is(err, gitwriter.ErrRefused):
		return "the server's own words say why; if the branch is protected, let this user push to it or name another branch"
	case errors.Is(err, gitqueue.ErrNotStaged):
		return "let files refer to the resources that write these paths, as in { for f in nanogit_file.x : f.path => f.blob_id } or nanogit_files.x.blob_ids, or list them in " +
			"depends_on, so that they are staged before this commit runs; and do not use -refresh=false, which hides files that were staged and never committed"
	case errors.Is(err, gitread.ErrFormat):
		return "the repository may have been made anew in another object format: make a new plan, without -refresh=false, which finds what it holds now, " +
			"and name none of its former objects by their ids"
	case errors.Is(err, filecontent.ErrChanged):
		return "make a new plan once the file is complete"
	case errors.Is(err, session.ErrPartial):
		return "make the values that the provider block refers to known first, with terraform apply -target on what they come from"
	}
	return ""
}

// attributeOf finds the attribute at fault.
func (s subject) attributeOf(err error) (path.Path, bool) {
	var (
		inContent *contentError
		inPath    *gitobj.PathError
		exists    *existsError
		lfs       *lfsError
		inURL     *session.RepositoryError
		elsewhere *movedElsewhereError
	)
	switch {
	case errors.As(err, &inContent):
		return inContent.at, true
	case errors.As(err, &inPath), errors.As(err, &exists), errors.As(err, &lfs), errors.Is(err, gitobj.ErrObstacle),
		errors.Is(err, gitwriter.ErrConflict):
		return s.atPath(), true
	case errors.As(err, &inURL):
		return atRepository, !inURL.Secret
	case errors.As(err, &elsewhere):
		return atRepository, true
	case errors.Is(err, gitread.ErrNoBranch):
		return atBranch, true
	}
	return path.Empty(), false
}
