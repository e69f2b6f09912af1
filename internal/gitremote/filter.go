package gitremote

import (
	"errors"
	"strings"
)

// combine begins a filter that stands for several filters, which all have to let an object pass
// (git-rev-list(1), --filter).
const combine = "combine:"

// firstFilter returns the first part of a combined filter, and any other filter itself.
//
// Servers forbid filters by uploadpackfilter.<name>.allow and uploadpackfilter.tree.maxDepth, and
// old servers do not know combined filters.
func firstFilter(filter string) string {
	if list, ok := strings.CutPrefix(filter, combine); ok {
		first, _, _ := strings.Cut(list, "+")
		return first
	}
	return filter
}

// mayRefuseFilter reports whether the filter may be the reason why the server sent no pack. The
// words of the error are for people: git sends an error for a filter that is forbidden, and an
// empty response for a filter that it does not know.
func mayRefuseFilter(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Empty || errors.Is(e, ErrServer) || errors.Is(e, ErrProtocol))
}
