package resources

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// maxNamed bounds the paths that one diagnostic names.
const maxNamed = 10

// pathList is what there is to say about some of many paths: all are counted, the first ten are
// named.
type pathList struct {
	n     int
	named []string
	errs  []error // of those that are named
}

func (l *pathList) add(text string, err error) {
	if l.n++; l.n > maxNamed {
		return
	}
	l.named = append(l.named, text)
	if err != nil {
		l.errs = append(l.errs, err)
	}
}

// String is one indented line for each path.
func (l *pathList) String() string {
	var b strings.Builder
	for _, s := range l.named {
		b.WriteString("\n  - " + s)
	}
	if more := l.n - len(l.named); more > 0 {
		fmt.Fprintf(&b, "\n  - … and %d more", more)
	}
	return b.String()
}

func existing(have gitread.Entry) string {
	return fmt.Sprintf("%s (blob %s, mode %s)", have.Path, have.ID, have.Mode)
}

// existError: paths that are new to a resource hold something else.
type existError struct {
	place place
	paths pathList
}

func (e *existError) Error() string {
	return fmt.Sprintf("the branch has %d of these files already, and not the same:%s\n\nDo one of these:\n"+
		"  - bring what is there under Terraform's control and see the differences in the next plan:\n"+
		"      terraform import 'ADDRESS' '%s'\n"+
		"    with the address of this resource, as the error names it;\n"+
		"  - set overwrite_on_create = true to replace them", e.paths.n, &e.paths, e.place.importID())
}

// blockedError: paths cannot be files, for what the branch holds on the way to them.
type blockedError struct{ paths pathList }

func (e *blockedError) Error() string {
	return fmt.Sprintf("%d paths cannot be written:%s", e.paths.n, &e.paths)
}

// Unwrap lets what stands in the way be recognised.
func (e *blockedError) Unwrap() []error { return e.paths.errs }

// changesError: some changes of a resource cannot be made, so that none was.
type changesError struct {
	total int
	paths pathList
}

func (e *changesError) Error() string {
	return fmt.Sprintf("%d of %d changes cannot be made, and none was:%s", e.paths.n, e.total, &e.paths)
}

// Unwrap lets the causes be recognised.
func (e *changesError) Unwrap() []error { return e.paths.errs }

// outcomesError is what went wrong with changes that are made together; nil when all are on the
// branch.
func outcomesError(out []gitwriter.Outcome) error {
	e := &changesError{total: len(out)}
	var same error // what kept all of them from being made, such as a refused push
	for i, o := range out {
		switch {
		case o.Err == nil:
			same = nil
			continue
		case i == 0:
			same = o.Err
		case same != nil && same.Error() != o.Err.Error():
			same = nil
		}
		if !errors.Is(o.Err, gitwriter.ErrLeftOut) {
			e.paths.add(o.Err.Error(), o.Err)
		}
	}
	switch {
	case e.paths.n == 0:
		return nil
	case same != nil:
		return same
	}
	return e
}

// warnOfRemoval names what a mirror removes though the plan has no place to show it.
func (s subject) warnOfRemoval(files []gitread.Entry) diag.Diagnostics {
	if len(files) == 0 {
		return nil
	}
	var list pathList
	for _, f := range files {
		list.add(f.Path, nil)
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(atPrune, "Files of others will be removed",
		fmt.Sprintf(`prune = "all" makes the prefix an exact mirror: the apply removes %d files that are there now and that this resource did not write:%s`, list.n, &list)+
			"\n\n"+sentence(`to keep them, set prune = "managed", or choose another prefix`))}
}
