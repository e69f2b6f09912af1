package sshclient

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// settings are the configuration of a host (ssh_config(5)), as far as it is used here. The first
// value of a keyword counts, except for the lists, which grow.
type settings struct {
	hostName, port, user, hostKeyAlias string
	proxyJump, proxyCommand            string // not "none" after the configuration was read
	identityAgent                      string
	identitiesOnly, hashKnownHosts     string // "yes", "no", or "" when not given
	identityFiles, certificateFiles    []string
	userKnownHosts, globalKnownHosts   []string

	// These are read to refuse the settings that need them.
	canonicalize, canonicalDots, canonicalFallback string
	canonicalDomains                               []string
	revokedHostKeys                                string
}

// Bounds of a configuration.
const (
	maxConfig   = 1 << 20 // bytes of a file
	maxIncludes = 16      // nested files (readconf.c: READCONF_MAX_DEPTH)
	maxFiles    = 200     // in all
)

// configReader reads configuration files for a host.
type configReader struct {
	original string // the requested name of the host
	// host is the name that Host and Match compare with: at first the original, in the final pass
	// the result of HostName.
	host    string
	user    string // the user that the address names; "" if none
	options *Options
	files   int
	final   bool // this is the final pass
	again   bool // a final pass is requested
	result  settings
}

// readConfig reads the existing files: once, and once more for "Match final" or
// CanonicalizeHostname (ssh.c: main).
func (o *Options) readConfig(host, user string) (settings, error) {
	r := &configReader{original: host, host: host, user: user, options: o}
	err := r.readFiles()
	if err == nil {
		err = r.resolve()
	}
	if err == nil && (r.again || isYes(r.result.canonicalize)) {
		r.final, r.files = true, 0
		err = r.readFiles()
	}
	if err != nil {
		return settings{}, &Error{Kind: ErrConfig, Err: err}
	}
	for _, of := range []*string{&r.result.proxyCommand, &r.result.proxyJump} {
		if strings.EqualFold(*of, none) {
			*of = ""
		}
	}
	if k := r.result.revokedHostKeys; k != "" && !strings.EqualFold(k, none) {
		return settings{}, &Error{Kind: ErrConfig, Host: host, Err: errors.New("RevokedHostKeys is not supported: mark the keys @revoked in known_hosts"), lasting: true}
	}
	return r.result, nil
}

// none is the value that switches a keyword off; it counts as the first value all the same.
const none = "none"

func isYes(s string) bool { return s == "yes" || s == "always" }

// readFiles reads all files: the first or the final pass of OpenSSH.
func (r *configReader) readFiles() error {
	for _, file := range r.options.configFiles() {
		system := strings.HasPrefix(file, systemDir)
		if err := r.file(file, scope{active: true, system: system}, 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// resolve completes the name of the host. A name that would have to be looked up in the domains of
// CanonicalDomains is an error.
func (r *configReader) resolve() error {
	s := &r.result
	if s.hostName != "" {
		name, err := expandHostName(s.hostName, r.original)
		if err != nil {
			return err
		}
		r.host = name
	}
	r.host = strings.ToLower(r.host)
	s.hostName = r.host
	direct := (s.proxyCommand == "" || strings.EqualFold(s.proxyCommand, none)) && (s.proxyJump == "" || strings.EqualFold(s.proxyJump, none))
	dots, err := strconv.Atoi(s.canonicalDots)
	if err != nil {
		dots = 1
	}
	domains := len(s.canonicalDomains) > 0 && !strings.EqualFold(s.canonicalDomains[0], none)
	if isYes(s.canonicalize) && (direct || s.canonicalize == "always") && !isAddress(r.host) && strings.Count(r.host, ".") <= dots &&
		(domains || s.canonicalFallback == "no") {
		return fmt.Errorf("CanonicalizeHostname would look %.100q up in other domains, which is not supported: write the whole name into HostName", r.host)
	}
	return nil
}

// expandHostName replaces the tokens of HostName, which are %% and %h.
func expandHostName(name, host string) (string, error) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(name, "%")
		b.WriteString(before)
		switch {
		case !found:
			return b.String(), nil
		case strings.HasPrefix(after, "%"):
			b.WriteByte('%')
		case strings.HasPrefix(after, "h"):
			b.WriteString(host)
		default:
			return "", errors.New("HostName knows no tokens but %h and %%")
		}
		name = after[1:]
	}
}

func (o *Options) configFiles() []string {
	if o.ConfigFiles != nil {
		return o.ConfigFiles
	}
	var files []string
	if home := o.home(); home != "" {
		files = append(files, filepath.Join(home, ".ssh", "config"))
	}
	return append(files, filepath.Join(systemDir, "ssh_config"))
}

// scope says whether a line applies.
type scope struct {
	active bool // the line applies to the host
	never  bool // the line is in a file that is included where lines do not apply
	system bool // in the system's configuration
}

func (r *configReader) file(name string, at scope, depth int) error {
	if r.files++; depth > maxIncludes || r.files > maxFiles {
		return fmt.Errorf("%s: too many files include others", name)
	}
	text, err := readBounded(name, maxConfig)
	if err != nil {
		return err
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		keyword, rest, err := configLine(line)
		if err == nil && keyword != "" {
			at, err = r.apply(keyword, rest, at, name, depth)
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", name, number, err)
		}
	}
	return nil
}

// apply applies a line. It returns the scope of the lines after it.
func (r *configReader) apply(keyword, rest string, at scope, file string, depth int) (scope, error) {
	switch keyword {
	case "match":
		met, err := r.match(rest)
		at.active = met && !at.never
		return at, err
	case "proxycommand", "proxyjump":
		rest = strings.TrimLeft(rest, blanks+"=")
		if rest == "" {
			return at, fmt.Errorf("%s without a value", keyword)
		}
		return at, r.proxy(keyword, rest, at.active)
	}
	known, single := r.known(keyword)
	if !known {
		return at, nil
	}
	args, err := splitArgs(rest)
	if err != nil {
		return at, err
	}
	switch {
	case len(args) == 0 || slices.Contains(args, ""):
		return at, fmt.Errorf("%s without a value", keyword)
	case single && len(args) > 1:
		return at, fmt.Errorf("%s with more than one value", keyword)
	case keyword == "host": // in any case of letters, which addresses do not keep
		for i := range args {
			args[i] = strings.ToLower(args[i])
		}
		at.active = !at.never && matchList(args, strings.ToLower(r.host))
		return at, nil
	case keyword == "include":
		return at, r.include(args, at, file, depth)
	}
	if args[0], err = r.value(keyword, args[0]); err != nil || !at.active {
		return at, err
	}
	return at, r.set(keyword, args)
}

// single returns the keywords of which the first value counts.
func (s *settings) single() map[string]*string {
	return map[string]*string{
		"hostname": &s.hostName, "port": &s.port, "user": &s.user, "hostkeyalias": &s.hostKeyAlias, "identityagent": &s.identityAgent,
		"identitiesonly": &s.identitiesOnly, "hashknownhosts": &s.hashKnownHosts, "canonicalizehostname": &s.canonicalize,
		"canonicalizemaxdots": &s.canonicalDots, "canonicalizefallbacklocal": &s.canonicalFallback, "revokedhostkeys": &s.revokedHostKeys,
	}
}

// lists returns the keywords with several values, the first line of which counts.
func (s *settings) lists() map[string]*[]string {
	return map[string]*[]string{
		"userknownhostsfile": &s.userKnownHosts, "globalknownhostsfile": &s.globalKnownHosts, "canonicaldomains": &s.canonicalDomains,
	}
}

// growing returns the keywords of which each line adds a value.
func (s *settings) growing() map[string]*[]string {
	return map[string]*[]string{"identityfile": &s.identityFiles, "certificatefile": &s.certificateFiles}
}

// known reports whether a keyword is used here, and whether it takes a single value.
func (r *configReader) known(keyword string) (known, single bool) {
	s := &r.result
	if s.single()[keyword] != nil || s.growing()[keyword] != nil {
		return true, true
	}
	return s.lists()[keyword] != nil || keyword == "host" || keyword == "include", false
}

// value checks a value, even if it does not count, and returns its usual form.
func (r *configReader) value(keyword, v string) (string, error) {
	switch keyword {
	case "port":
		if !isPort(v) {
			return "", fmt.Errorf("port %.20q", v)
		}
		return strings.TrimLeft(v, "0"), nil
	case "identitiesonly", "hashknownhosts", "canonicalizehostname", "canonicalizefallbacklocal":
		switch lower := strings.ToLower(v); {
		case lower == "yes" || lower == "true":
			return "yes", nil
		case lower == "no" || lower == "false":
			return "no", nil
		case lower == "always" && keyword == "canonicalizehostname":
			return lower, nil
		}
		return "", fmt.Errorf("%s %.20q is neither yes nor no", keyword, v)
	}
	return v, nil
}

func (r *configReader) set(keyword string, args []string) error {
	s := &r.result
	if of := s.single()[keyword]; of != nil {
		if *of == "" {
			*of = args[0]
		}
		return nil
	}
	if of := s.growing()[keyword]; of != nil {
		if !slices.Contains(*of, args[0]) {
			*of = append(*of, args[0])
		}
		return nil
	}
	if len(args) > 1 && slices.ContainsFunc(args, func(a string) bool { return strings.EqualFold(a, none) }) {
		return fmt.Errorf("%s: none stands alone", keyword)
	}
	if of := s.lists()[keyword]; *of == nil {
		*of = args
	}
	return nil
}

// proxy applies a line with ProxyCommand or ProxyJump: the first of both counts, except that
// "ProxyJump none" is none for ProxyJump only (readconf.c: parse_jump). A command may contain
// anything, even a '#'.
func (r *configReader) proxy(keyword, rest string, active bool) error {
	s := &r.result
	if keyword == "proxycommand" {
		if active && s.proxyCommand == "" && (s.proxyJump == "" || strings.EqualFold(s.proxyJump, none)) {
			s.proxyCommand = rest
		}
		return nil
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest = strings.TrimRight(rest, blanks)
	if !strings.EqualFold(rest, none) {
		for hop := range strings.SplitSeq(rest, ",") {
			if _, _, _, err := splitHop(hop); err != nil {
				return err
			}
		}
	}
	if active && s.proxyCommand == "" && s.proxyJump == "" {
		s.proxyJump = rest
	}
	return nil
}

// include reads other files in place. Their Host and Match lines end with them. A name that is not
// absolute is relative to the directory of the user's or the system's configuration.
func (r *configReader) include(patterns []string, at scope, file string, depth int) error {
	at.never = at.never || !at.active
	for _, p := range patterns {
		if strings.HasPrefix(p, "~") {
			if p = r.options.expandHome(p); strings.HasPrefix(p, "~") || at.system {
				return fmt.Errorf("include %.200q: there is no such home", p)
			}
		}
		if !filepath.IsAbs(p) {
			dir := filepath.Join(r.options.home(), ".ssh")
			if r.options.ConfigFiles != nil || at.system {
				dir = filepath.Dir(file)
			}
			p = filepath.Join(dir, p)
		}
		found, err := glob(p)
		if err != nil {
			return fmt.Errorf("include %.200q: %w", p, err)
		}
		for _, name := range found {
			if err := r.file(name, at, depth+1); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// glob finds files as glob(3) does: '!' negates a class, and only a dot matches the dot at the
// beginning of a name.
func glob(pattern string) ([]string, error) {
	pattern = filepath.Clean(pattern)
	found, err := filepath.Glob(strings.ReplaceAll(pattern, "[!", "[^"))
	parts := strings.Split(pattern, string(filepath.Separator))
	return slices.DeleteFunc(found, func(name string) bool {
		for i, part := range strings.Split(name, string(filepath.Separator)) {
			if strings.HasPrefix(part, ".") && i < len(parts) && !strings.HasPrefix(parts[i], ".") {
				return true
			}
		}
		return false
	}), err
}
