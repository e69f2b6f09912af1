package sshclient

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// settings is what the configuration says about one host (ssh_config(5)), as far as it is used here. Of a keyword that is
// given twice the first one counts, but for the lists, which grow.
type settings struct {
	hostName, port, user, hostKeyAlias string
	proxyJump, proxyCommand            string
	identityAgent                      string
	identitiesOnly, hashKnownHosts     string // "yes", "no", or "" when not given
	identityFiles, certificateFiles    []string
	userKnownHosts, globalKnownHosts   []string
}

// Bounds of a configuration.
const (
	maxConfig   = 1 << 20 // bytes of one file
	maxIncludes = 16      // files within files (readconf.c: READCONF_MAX_DEPTH)
	maxFiles    = 200     // in all
)

// configReader reads configuration files for one host.
type configReader struct {
	original string // as the host was asked for
	user     string // that the address names; "" if none
	options  *Options
	files    int
	result   settings
}

// readConfig reads the files that there are.
func (o *Options) readConfig(host, user string) (settings, error) {
	r := &configReader{original: host, user: user, options: o}
	for _, file := range o.configFiles() {
		if err := r.file(file, 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return settings{}, &Error{Kind: ErrConfig, Err: err}
		}
	}
	return r.result, nil
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

func (r *configReader) file(name string, depth int) error {
	if r.files++; depth > maxIncludes || r.files > maxFiles {
		return fmt.Errorf("%s: too many files include others", name)
	}
	text, err := readBounded(name, maxConfig)
	if err != nil {
		return err
	}
	active, number := true, 0
	for line := range strings.Lines(string(text)) {
		number++
		keyword, args, err := configLine(line)
		if err == nil && keyword != "" {
			active, err = r.apply(keyword, args, active, name, depth)
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", name, number, err)
		}
	}
	return nil
}

// configLine splits a line: a keyword, white space or one '=', and arguments, which may be quoted. '#' begins a comment.
func configLine(line string) (keyword string, args []string, err error) {
	line = strings.TrimSpace(strings.ToValidUTF8(line, ""))
	if line == "" || line[0] == '#' {
		return "", nil, nil
	}
	end := strings.IndexAny(line, " \t=\"")
	if end < 0 {
		return strings.ToLower(line), nil, nil
	}
	keyword, rest := strings.ToLower(line[:end]), strings.TrimLeft(line[end:], " \t")
	if r, ok := strings.CutPrefix(rest, "="); ok {
		rest = strings.TrimLeft(r, " \t")
	}
	args, err = splitArgs(rest)
	return keyword, args, err
}

// splitArgs is OpenSSH's argv_split: words, quotes of both kinds, a backslash before a quote or itself (misc.c).
func splitArgs(s string) (args []string, err error) {
	for s = strings.TrimLeft(s, " \t"); s != "" && s[0] != '#'; s = strings.TrimLeft(s, " \t") {
		var word strings.Builder
		quote, i := byte(0), 0
		for ; i < len(s); i++ {
			c := s[i]
			switch {
			case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\'' || s[i+1] == '\\' || quote == 0 && s[i+1] == ' '):
				i++
				word.WriteByte(s[i])
				continue
			case quote == 0 && (c == ' ' || c == '\t'):
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
				continue
			case c == quote:
				quote = 0
				continue
			default:
				word.WriteByte(c)
				continue
			}
			break
		}
		if quote != 0 {
			return nil, errors.New("a quotation without an end")
		}
		args = append(args, word.String())
		s = s[i:]
	}
	return args, nil
}

// apply takes one line in. It returns whether the lines after it hold for the host.
func (r *configReader) apply(keyword string, args []string, active bool, file string, depth int) (bool, error) {
	switch keyword {
	case "host": // in any case of letters, which addresses do not keep
		return matchList(args, strings.ToLower(r.original)), nil
	case "match":
		return r.match(args), nil
	}
	if !active || len(args) == 0 {
		return active, nil
	}
	if keyword == "include" {
		return true, r.include(args, file, depth)
	}
	s := &r.result
	if one, ok := map[string]*string{
		"hostname": &s.hostName, "port": &s.port, "user": &s.user, "hostkeyalias": &s.hostKeyAlias, "proxyjump": &s.proxyJump,
		"identityagent": &s.identityAgent, "identitiesonly": &s.identitiesOnly, "hashknownhosts": &s.hashKnownHosts,
	}[keyword]; ok && *one == "" {
		*one = args[0]
	}
	switch keyword {
	case "port":
		if !isPort(args[0]) {
			return true, fmt.Errorf("port %.20q", args[0])
		}
	case "proxycommand":
		if s.proxyCommand == "" {
			s.proxyCommand = strings.Join(args, " ")
		}
	case "identityfile":
		s.identityFiles = append(s.identityFiles, args[0])
	case "certificatefile":
		s.certificateFiles = append(s.certificateFiles, args[0])
	case "userknownhostsfile":
		if s.userKnownHosts == nil {
			s.userKnownHosts = args
		}
	case "globalknownhostsfile":
		if s.globalKnownHosts == nil {
			s.globalKnownHosts = args
		}
	}
	return true, nil
}

// include reads other files in place. What they say of Host and Match ends with them. A name that is not absolute
// lies where the user's or the system's configuration does.
func (r *configReader) include(patterns []string, file string, depth int) error {
	for _, p := range patterns {
		p = r.options.expandHome(p)
		if !filepath.IsAbs(p) {
			dir := filepath.Join(r.options.home(), ".ssh")
			if r.options.ConfigFiles != nil || strings.HasPrefix(file, systemDir) {
				dir = filepath.Dir(file)
			}
			p = filepath.Join(dir, p)
		}
		found, err := filepath.Glob(p)
		if err != nil {
			return fmt.Errorf("include %.200q: %w", p, err)
		}
		for _, name := range found {
			if err := r.file(name, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// match decides on the criteria that need no program to run; of others, exec among them, none is ever met.
func (r *configReader) match(args []string) bool {
	host := r.original
	if r.result.hostName != "" {
		host = strings.ReplaceAll(r.result.hostName, "%h", r.original)
	}
	user := r.user
	if user == "" {
		user = r.result.user
	}
	if user == "" {
		user = localUser()
	}
	for len(args) > 0 {
		name, not := strings.CutPrefix(strings.ToLower(args[0]), "!")
		if name == "all" {
			if not {
				return false
			}
			args = args[1:]
			continue
		}
		subject, known := map[string]string{"host": strings.ToLower(host), "originalhost": strings.ToLower(r.original), "user": user, "localuser": localUser()}[name]
		if !known || len(args) < 2 || matchList(strings.Split(args[1], ","), subject) == not {
			return false
		}
		args = args[2:]
	}
	return true
}

// matchList is ssh_config(5), "PATTERNS": some pattern has to match, and none that is negated.
func matchList(patterns []string, s string) bool {
	found := false
	for _, p := range patterns {
		p, not := strings.CutPrefix(strings.ToLower(p), "!")
		if !matchPattern(p, strings.ToLower(s)) {
			continue
		}
		if not {
			return false
		}
		found = true
	}
	return found
}

// matchPattern compares with '*' for any characters and '?' for one. It takes time in the product of the lengths at most.
func matchPattern(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
