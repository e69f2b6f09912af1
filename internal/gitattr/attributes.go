// Package gitattr reads the .gitattributes files of a tree, and gives the attributes of a path
// (gitattributes(5)).
//
//	root/.gitattributes ─┐
//	a/.gitattributes     ├──► rules, in order ──► Value("a/b/c.bin", "filter") = "lfs"
//	a/b/.gitattributes  ─┘                        the last rule that matches counts
package gitattr

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strings"
)

// File is the name of the files that hold attributes.
const File = ".gitattributes"

// The values of attributes that have no text, as `git check-attr` prints them.
const (
	Set         = "set"
	Unset       = "unset"
	Unspecified = "unspecified"
)

// maxLine bounds a line's length in bytes: git ignores a longer one (attr.h, ATTR_MAX_LINE_LENGTH).
const maxLine = 2048

// Attributes are the rules of some .gitattributes files. The zero value has git's own alone.
type Attributes struct {
	rules  []rule
	macros map[string][]state
}

// rule is a line: a pattern, and the attributes of the paths that match it.
type rule struct {
	directory string // of the file; "" for the root
	pattern   pattern
	states    []state
}

// state is the value of an attribute in a line.
type state struct{ name, value string }

// binary is the macro that git has built in.
var binary = []state{{"diff", Unset}, {"merge", Unset}, {"text", Unset}}

// With returns the attributes of a, and those of the .gitattributes file of another directory with
// precedence over them. directory "" is the root. Lines that git ignores are ignored.
func (a *Attributes) With(directory string, content []byte) *Attributes {
	more := &Attributes{}
	if a != nil {
		more.rules, more.macros = slices.Clip(a.rules), maps.Clone(a.macros)
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	for line := range bytes.Lines(content) {
		more.add(directory, string(bytes.TrimSuffix(line, []byte("\n"))))
	}
	return more
}

// add adds the rule or macro of a line.
func (a *Attributes) add(directory, line string) {
	l, ok := parseLine(line)
	switch {
	case !ok:
	case l.macro == "":
		a.rules = append(a.rules, rule{directory, parsePattern(l.pattern), l.states})
	case directory == "": // git takes macros from the root's file only
		if a.macros == nil {
			a.macros = map[string][]state{}
		}
		a.macros[l.macro] = l.states
	}
}

// Value returns the value of an attribute of the file at a path with slashes: its text, or Set,
// Unset or Unspecified.
func (a *Attributes) Value(file, attribute string) string {
	if a == nil {
		return Unspecified
	}
	values := map[string]string{}
	for _, r := range slices.Backward(a.rules) {
		if r.matches(file) {
			a.fill(values, r.states)
		}
		if v, ok := values[attribute]; ok {
			return v
		}
	}
	return Unspecified
}

// fill adds the attributes of a line that have no value yet, starting with the line's last. A macro
// that is set adds its own attributes at that moment.
func (a *Attributes) fill(values map[string]string, states []state) {
	for _, s := range slices.Backward(states) {
		if _, ok := values[s.name]; ok {
			continue
		}
		values[s.name] = s.value
		if s.value != Set {
			continue
		}
		if macro, ok := a.macros[s.name]; ok {
			a.fill(values, macro)
		} else if s.name == "binary" {
			a.fill(values, binary)
		}
	}
}

// matches reports whether the rule's pattern matches the file.
func (r rule) matches(file string) bool {
	below := file
	if r.directory != "" {
		var ok bool
		if below, ok = strings.CutPrefix(file, r.directory+"/"); !ok {
			return false
		}
	}
	if r.pattern.base {
		return r.pattern.matches(path.Base(file))
	}
	return r.pattern.matches(below)
}
