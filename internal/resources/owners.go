package resources

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// owners tells of paths with two owners, in the words of a resource that has just
// claimed them. Provider and resources do not know their addresses: Terraform names the resource
// that the diagnostic is for.
func (s subject) owners(of session.Owners, paths []string, creates bool) diag.Diagnostics {
	at, board := s.location.OnBoard(), of.Board
	var twice, mirrored pathList
	certain := false
	for _, path := range board.Some(at, paths, func(_ string, n intent.Notice) bool { return n.Claims.Several() }) {
		twice.add(path, nil)
		certain = certain || board.At(at, path).Contested
	}
	if !s.many && twice.n == 0 {
		for _, path := range paths {
			if dir, ok := of.MirrorOf(s.location, path); ok {
				mirrored.add(fmt.Sprintf("%s, below %q", path, dir), nil)
			}
		}
	}
	var diags diag.Diagnostics
	if twice.n > 0 {
		summary, err := "Two resources have one path", fmt.Errorf("another resource of this configuration has the same path of the same branch:%s\n\n"+
			"Both write it, and as long as one of them is there the file stays. Let one resource have it, and remove the other", &twice)
		if certain && creates {
			diags.AddAttributeError(s.atPath(), summary, s.detail(fmt.Errorf("%w. Their contents differ, so that each would undo the other", err)))
		} else {
			diags.AddAttributeWarning(s.atPath(), summary, s.detail(err))
		}
	}
	if mirrored.n > 0 {
		diags.AddAttributeWarning(s.atPath(), "A mirror removes this file", s.detail(fmt.Errorf(
			"a nanogit_files with prune = \"all\" makes the directory an exact mirror, and removes what it does not hold itself:%s\n\n"+
				"The file would be made and removed by turns. Give it to that resource, exclude the directory from its prefix, or set prune = \"managed\" there", &mirrored)))
	}
	return diags
}

// warnOfMirrored tells a resource that mirrors a directory of the files of others below it.
func (s subject) warnOfMirrored(of session.Owners, own []string) diag.Diagnostics {
	at, board := s.location.OnBoard(), of.Board
	board.Mirror(at, s.location.Path)
	mine := make(map[string]bool, len(own))
	for _, path := range own {
		mine[path] = true
	}
	prefix := s.location.Path
	if prefix != "" {
		prefix += "/"
	}
	var list pathList
	for _, path := range board.All(at, func(n intent.Notice) bool { return n.Claims.Any() }) {
		if strings.HasPrefix(path, prefix) && !mine[path] {
			list.add(path, nil)
		}
	}
	if list.n == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(atPrune, "The mirror removes files of other resources", s.detail(fmt.Errorf(
		"prune = \"all\" removes whatever this resource does not hold itself, and other resources of this configuration have files there:%s\n\n"+
			"They would be made and removed by turns. Give them to this resource, choose another prefix, or set prune = \"managed\"", &list)))}
}
