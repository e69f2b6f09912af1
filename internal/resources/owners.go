package resources

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
)

// owners tells of paths with two owners, in the words of a resource that has just
// claimed them. Provider and resources do not know their addresses: Terraform names the resource
// that the diagnostic is for.
func (s *Session) owners(sub subject, paths []string, creates bool) diag.Diagnostics {
	at, board := sub.place.spot(), s.board()
	var twice, mirrored pathList
	certain := false
	for _, path := range board.Some(at, paths, func(_ string, n intent.Notice) bool { return n.Claims.Several() }) {
		twice.add(path, nil)
		certain = certain || board.At(at, path).Contested
	}
	if !sub.many && twice.n == 0 {
		for _, path := range paths {
			if dir, ok := s.mirrorOf(at, path); ok {
				mirrored.add(fmt.Sprintf("%s, below %q", path, dir), nil)
			}
		}
	}
	var diags diag.Diagnostics
	if twice.n > 0 {
		summary, err := "Two resources have one path", fmt.Errorf("another resource of this configuration has the same path of the same branch:%s\n\n"+
			"Both write it, and as long as one of them is there the file stays. Let one resource have it, and remove the other", &twice)
		if certain && creates {
			diags.AddAttributeError(sub.atPath(), summary, sub.detail(fmt.Errorf("%w. Their contents differ, so that each would undo the other", err)))
		} else {
			diags.AddAttributeWarning(sub.atPath(), summary, sub.detail(err))
		}
	}
	if mirrored.n > 0 {
		diags.AddAttributeWarning(sub.atPath(), "A mirror removes this file", sub.detail(fmt.Errorf(
			"a nanogit_files with prune = \"all\" makes the directory an exact mirror, and removes what it does not hold itself:%s\n\n"+
				"The file would be made and removed by turns. Give it to that resource, exclude the directory from its prefix, or set prune = \"managed\" there", &mirrored)))
	}
	return diags
}

// mirrorOf finds a directory above the path that a resource mirrors, which does not have the path
// itself.
func (s *Session) mirrorOf(at intent.Location, path string) (dir string, ok bool) {
	for dir = path; dir != ""; {
		dir = dir[:max(0, strings.LastIndexByte(dir, '/'))]
		if s.board().At(at, dir).Mirrored {
			return dir, true
		}
	}
	return "", false
}

// warnOfMirrored tells a resource that mirrors a directory of the files of others below it.
func (s *Session) warnOfMirrored(sub subject, own []string) diag.Diagnostics {
	at, board := sub.place.spot(), s.board()
	board.Mirror(at, sub.place.path)
	mine := make(map[string]bool, len(own))
	for _, path := range own {
		mine[path] = true
	}
	prefix := sub.place.path
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
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(atPrune, "The mirror removes files of other resources", sub.detail(fmt.Errorf(
		"prune = \"all\" removes whatever this resource does not hold itself, and other resources of this configuration have files there:%s\n\n"+
			"They would be made and removed by turns. Give them to this resource, choose another prefix, or set prune = \"managed\"", &list)))}
}
