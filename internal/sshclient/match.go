package sshclient

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// matchUnread are criteria of Match that are never met here, as they need a program or belong to
// newer versions.
var matchUnread = []string{"exec", "localnetwork", "tagged", "version", "sessiontype", "command"}

// match decides on the criteria of a Match line (readconf.c: match_cfg_line).
func (r *configReader) match(line string) (met bool, err error) {
	met = true
	for n := 0; ; {
		name, rest, ok := token(line)
		switch {
		case !ok:
			return false, errQuote
		case name == "" || name[0] == '#':
			if n == 0 {
				return false, errors.New("Match without a criterion") //nolint:staticcheck // the keyword's own spelling
			}
			return met, nil
		}
		bare, not := strings.CutPrefix(strings.ToLower(name), "!")
		if bare == "all" {
			if next, _, _ := token(rest); n > 1 || next != "" && next[0] != '#' {
				return false, errors.New("all is combined with other criteria of Match")
			}
			return met && !not, nil
		}
		n++
		if bare == "final" || bare == "canonical" {
			r.again = r.again || bare == "final"
			met = met && r.final != not
			line = rest
			continue
		}
		arg, rest, ok := token(rest)
		if !ok {
			return false, errQuote
		}
		if arg == "" || arg[0] == '#' {
			return false, fmt.Errorf("the criterion %.20q of Match needs a value", bare)
		}
		holds, err := r.criterion(bare, arg)
		if err != nil {
			return false, err
		}
		met = met && holds != not && !slices.Contains(matchUnread, bare)
		line = rest
	}
}

// criterion compares with a list of patterns. Host names are compared in any case of letters, user
// names are not.
func (r *configReader) criterion(name, patterns string) (bool, error) {
	list := strings.Split(patterns, ",")
	lower := strings.Split(strings.ToLower(patterns), ",")
	switch name {
	case "host":
		host := r.host
		if !r.final && r.result.hostName != "" {
			var err error
			if host, err = expandHostName(r.result.hostName, r.original); err != nil {
				return false, err
			}
		}
		return matchList(lower, strings.ToLower(host)), nil
	case "originalhost":
		return matchList(lower, strings.ToLower(r.original)), nil
	case "user":
		for _, user := range []string{r.user, r.result.user, localUser()} {
			if user != "" {
				return matchList(list, user), nil
			}
		}
		return matchList(list, ""), nil
	case "localuser":
		return matchList(list, localUser()), nil
	}
	if slices.Contains(matchUnread, name) {
		return false, nil
	}
	return false, fmt.Errorf("%.20q is no criterion of Match", name)
}

// matchList is ssh_config(5), "PATTERNS": a pattern has to match, and no negated pattern may.
func matchList(patterns []string, s string) bool {
	found := false
	for _, p := range patterns {
		p, not := strings.CutPrefix(p, "!")
		if !matchPattern(p, s) {
			continue
		}
		if not {
			return false
		}
		found = true
	}
	return found
}

// matchPattern compares with '*' for any characters and '?' for any single character. Its time is
// at most the product of the lengths.
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
