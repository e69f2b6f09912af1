package resources

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// existsError: paths that a resource is to create hold other files.
type existsError struct {
	about subject
	paths pathList
	// have and want are the entries of the first of them.
	have, want gitread.Entry
}

func (e *existsError) add(have, want gitread.Entry) {
	if e.paths.n == 0 {
		e.have, e.want = have, want
	}
	e.paths.add(fmt.Sprintf("%s (blob %s, mode %s)", have.Path, have.ID, have.Mode), nil)
}

// Error implements error.
func (e *existsError) Error() string {
	if e.about.many {
		return fmt.Sprintf("the branch has %d of these files already, and not the same:%s\n\nDo one of these:\n"+
			"  - bring what is there under Terraform's control and see the differences in the next plan:\n"+
			"      terraform import 'ADDRESS' '%s'\n"+
			"    with the address of this resource, as the error names it;\n"+
			"  - set overwrite_on_create = true to replace them", e.paths.n, &e.paths, e.about.location.ImportID())
	}
	return fmt.Sprintf("the branch has a file %q already, and not the same: it holds blob %s (mode %s), and this resource is to write blob %s (mode %s).\n\n"+
		"Do one of these:\n"+
		"  - bring it under Terraform's control and see the difference in the next plan:\n"+
		"      terraform import 'ADDRESS' '%s'\n"+
		"    with the address of this resource, as the error names it;\n"+
		"  - set overwrite_on_create = true to replace it;\n"+
		"  - set seed_only = true to leave what is there to others",
		e.about.location.Path, e.have.ID, e.have.Mode, e.want.ID, e.want.Mode, e.about.location.ImportID())
}

// blockedError: paths cannot be files, for the entries that the branch holds on the way to them.
type blockedError struct{ paths pathList }

// Error implements error.
func (e *blockedError) Error() string {
	return fmt.Sprintf("%d paths cannot be written:%s", e.paths.n, &e.paths)
}

// Unwrap lets the obstacles be recognised.
func (e *blockedError) Unwrap() []error { return e.paths.errs }

// notAFile is the error of a directory or a submodule at a path.
func (s subject) notAFile(have gitread.Entry) error {
	switch {
	case s.many:
		return &gitobj.ObstacleError{Path: have.Path, At: have.Path, Mode: have.Mode}
	case have.IsDir():
		return &dirError{have.Path}
	}
	return fmt.Errorf("%w (it is at commit %s)", errSubmodule, have.ID)
}

// blocked is the error of paths that cannot be files.
func (s subject) blocked(paths pathList) error {
	if !s.many {
		return paths.errs[0]
	}
	return &blockedError{paths}
}

// changesError: some changes of a resource cannot be made, so that none was.
type changesError struct {
	total int
	paths pathList
}

// Error implements error.
func (e *changesError) Error() string {
	return fmt.Sprintf("%d of %d changes cannot be made, and none was:%s", e.paths.n, e.total, &e.paths)
}

// Unwrap lets the causes be recognised.
func (e *changesError) Unwrap() []error { return e.paths.errs }

// outcomesError is the error of changes that are made together; nil when all are on the
// branch.
func outcomesError(out []gitwriter.Outcome) error {
	e := &changesError{total: len(out)}
	var same error // the error of all of them, such as a refused push
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

// lfsError: a Git LFS pointer would be overwritten with plain content.
type lfsError struct{ path string }

// Error implements error.
func (e *lfsError) Error() string {
	return fmt.Sprintf("%q is a Git LFS pointer on the branch, and would be overwritten with plain content: Git LFS would take the file for damaged. "+
		"Give the pointer's text as the content, or set allow_lfs_overwrite = true to store the file in Git itself from now on", e.path)
}

// dirError: the path is a directory.
type dirError struct{ path string }

// Error implements error.
func (e *dirError) Error() string {
	return fmt.Sprintf("%q is a directory on the branch: name a file in it, or remove it", e.path)
}

// warnOfRemoval names the files that a mirror removes and that no attribute of the plan shows.
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
