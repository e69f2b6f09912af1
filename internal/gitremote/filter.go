package gitremote

import (
	"context"
	"errors"
	"strings"
)

// combine is how a filter begins that stands for several, which all have to let an object pass
// (git-rev-list(1), --filter).
const combine = "combine:"

// firstFilter is the first of the filters that a combined one stands for, and any other filter
// itself.
func firstFilter(filter string) string {
	if list, ok := strings.CutPrefix(filter, combine); ok {
		first, _, _ := strings.Cut(list, "+")
		return first
	}
	return filter
}

// Usable is what is left of a filter after all that was learned about the server.
func (r *Remote) Usable(filter string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.noFilter:
		return ""
	case r.noCombine:
		return firstFilter(filter)
	}
	return filter
}

// refuses notes that the server refused a combined filter and then served the same request with the
// first part of it alone. Servers forbid filters by uploadpackfilter.<name>.allow and
// uploadpackfilter.tree.maxDepth, and old servers do not know combined filters.
func (r *Remote) refuses(ctx context.Context, filter string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.noCombine = true
	r.logf(ctx, "%s refuses the filter %s: fetching with %s", r.url, filter, firstFilter(filter))
}

// refusal reports whether a filter may be why the server did not send a pack. What it says of that
// is for people: git answers with an error for a filter that is forbidden, and with nothing at all
// for one that it does not know.
func refusal(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.empty || errors.Is(e, ErrServer) || errors.Is(e, ErrProtocol))
}
