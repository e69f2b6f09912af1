package gitcred

import (
	"context"
	"net/url"
	"strings"
)

// section is a part of git's configuration that holds for certain URLs: the subsection of
// [credential "https://example.com/org"] (git-config(1), credential.<url>.*), or "" for all.
type section struct {
	pattern string
	// usesPath: the section sets credential.useHttpPath, so that helpers get the path.
	usesPath bool
}

// readSectionsLocked reads the configuration once. It costs a process, and saves two for every
// repository after the first of a host.
func (h *Helper) readSectionsLocked(ctx context.Context) error {
	if h.read {
		return nil
	}
	out, status, err := h.git(ctx, nil, "config", "-z", "--get-regexp", `^credential\.`)
	if ctx.Err() != nil {
		return ctx.Err() // the next caller reads it
	}
	h.read = true
	if err != nil || status > 1 || len(out) > maxAnswer { // 1: nothing is set
		h.all = true
		return nil //nolint:nilerr // without sections git is asked for every repository separately
	}
	h.sections = parseSections(string(out))
	return nil
}

// parseSections reads the output of git config -z: "section.subsection.key", a line feed and the
// value if there is one, NUL.
func parseSections(out string) (all []section) {
	for entry := range strings.SplitSeq(out, "\x00") {
		name, value, _ := strings.Cut(entry, "\n")
		name, ok := strings.CutPrefix(name, "credential.")
		if !ok {
			continue
		}
		s := section{}
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			s.pattern, name = name[:i], name[i+1:]
		}
		// A value that reads as false may be overridden by any other section: it counts as well.
		s.usesPath = strings.EqualFold(name, "usehttppath") && !strings.EqualFold(value, "false")
		all = append(all, s)
	}
	return all
}

// dependsOnPath reports whether git may answer differently for two repositories of the same host.
func dependsOnPath(sections []section, u *url.URL) bool {
	for _, s := range sections {
		host, path := s.pattern, ""
		if _, rest, ok := strings.Cut(host, "://"); ok {
			host = rest
		}
		if i := strings.IndexByte(host, '/'); i >= 0 {
			host, path = host[:i], host[i+1:]
		}
		if !s.usesPath && path == "" {
			continue
		}
		host = host[strings.LastIndexByte(host, '@')+1:]
		name, _, _ := strings.Cut(host, ":")
		if host == "" || strings.HasPrefix(host, "[") || strings.ContainsAny(host, "*%") || strings.EqualFold(name, u.Hostname()) {
			return true
		}
	}
	return false
}
