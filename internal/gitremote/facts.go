package gitremote

import (
	"fmt"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// facts are learned about a server from its responses. Until then it is taken for a server of
// protocol version 2 that can do everything. It is safe for concurrent use.
type facts struct {
	mu       sync.Mutex
	offers   map[string]gitwire.Capabilities // by service, once asked
	format   gitobj.Format                   // 0, which is SHA-1, until it is known to be another
	older    bool                            // the server does not speak version 2
	noFilter bool                            // the server does not filter
	// noCombine: the server refuses combined filters.
	noCombine bool
	// commitsOnly: the server hands out commits only.
	commitsOnly bool
}

// offer returns the capabilities of a service, if they were asked for before.
func (f *facts) offer(service string) (c gitwire.Capabilities, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, known = f.offers[service]
	return c, known
}

// keepOffer stores the capabilities of a service.
func (f *facts) keepOffer(service string, c gitwire.Capabilities) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.offers == nil {
		f.offers = map[string]gitwire.Capabilities{}
	}
	f.offers[service] = c
}

// protocol returns the object format, 0 for the default, and whether the server does not speak
// version 2.
func (f *facts) protocol() (format gitobj.Format, older bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.format, f.older
}

// adopt stores the facts that follow from the capabilities of git-upload-pack. filter is the filter
// that was asked for, or "". It returns a line for each new fact.
func (f *facts) adopt(c gitwire.Capabilities, filter string) (news []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.Version < 2 && !f.older {
		f.older = true
		news = append(news, fmt.Sprintf("speaks Git protocol v%d only", c.Version))
	}
	if c.Format != max(f.format, gitobj.SHA1) {
		f.format = c.Format
		news = append(news, fmt.Sprintf("uses %s object names", c.Format))
	}
	if filter != "" && !f.noFilter && c.Version == 2 && !c.Feature("fetch", "filter") {
		f.noFilter = true
		news = append(news, "cannot leave objects out of a pack: fetching without a filter")
	}
	return news
}

// sawFormat stores the format of an object name that the server sent.
func (f *facts) sawFormat(format gitobj.Format) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.format == 0 && format != 0 && format != gitobj.SHA1 {
		f.format = format
	}
}

// refuseCombined stores that the server refuses combined filters.
func (f *facts) refuseCombined() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.noCombine = true
}

// refuseObjects stores that the server hands out commits only, and reports whether that is new.
func (f *facts) refuseObjects() (news bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	news = !f.commitsOnly
	f.commitsOnly = true
	return news
}

// usable returns the part of a filter that the server understands.
func (f *facts) usable(filter string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.noFilter:
		return ""
	case f.noCombine:
		return firstFilter(filter)
	}
	return filter
}

// selective reports whether a request can name objects of any kind, and whether it can filter.
func (f *facts) selective() (byID, filters bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.older {
		return !f.commitsOnly, !f.noFilter // git's version 2 takes every id that the repository has
	}
	offer := f.offers[exchange.UploadPack]
	// uploadpack.allowAnySHA1InWant is advertised as both of these; either alone is about commits.
	// With JGit both are.
	byID = !f.commitsOnly && offer.Has("allow-tip-sha1-in-want") && offer.Has("allow-reachable-sha1-in-want")
	return byID, offer.Has("filter")
}

// basis is the part of the facts that a request is made by.
type basis struct {
	location        string
	format          gitobj.Format
	older, noFilter bool
}

// basis returns the basis of a request to a location.
func (f *facts) basis(location string) basis {
	f.mu.Lock()
	defer f.mu.Unlock()
	return basis{location, f.format, f.older, f.noFilter}
}
