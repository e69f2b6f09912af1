package gitwriter

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The placeholders of a message. A list has a line for each change: it takes the place of a whole
// line.
const (
	phBranch    = "branch"    // short name of the branch
	phCount     = "count"     // how many files the commit changes
	phPaths     = "paths"     // "- Add a", "- Delete b": a list
	phSummary   = "summary"   // "Add a", "Update 2 files and delete 1 file"
	phWorkspace = "workspace" // Meta.Workspace
)

var placeholders = []string{phBranch, phCount, phPaths, phSummary, phWorkspace}

// CheckMessage reports why a text is no template of a commit's message; nil if it is.
func CheckMessage(text string) error {
	if strings.ContainsRune(text, 0) {
		return errors.New("a commit message cannot hold a NUL character")
	}
	first := true
	for line := range strings.Lines(text) {
		lists := false
		if _, err := expand(line, func(name string) (string, bool) {
			lists = lists || name == phPaths
			return "", slices.Contains(placeholders, name)
		}); err != nil {
			return err
		}
		switch alone := strings.TrimSpace(line) == "{"+phPaths+"}"; {
		case lists && first:
			return errors.New("{paths} is a list, and the first line is the commit's title: write {summary} there, and {paths} on a line below")
		case lists && !alone:
			return errors.New("{paths} is a list, which takes the place of a whole line: write it on a line of its own")
		}
		first = first && strings.TrimSpace(line) == ""
	}
	return nil
}

// expand puts values in the place of placeholders, and braces in the place of doubled ones. The
// first mistake is the error; the text then has it as it was written. Values are not looked at.
func expand(text string, value func(name string) (string, bool)) (string, error) {
	var (
		b     strings.Builder
		wrong error
	)
	for {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			b.WriteString(text)
			return b.String(), wrong
		}
		b.WriteString(text[:i])
		text = text[i:]
		if strings.HasPrefix(text, "{{") || strings.HasPrefix(text, "}}") {
			b.WriteByte(text[0])
			text = text[2:]
			continue
		}
		name, rest, closed := strings.Cut(text[1:], "}")
		if closed && text[0] == '{' {
			if v, ok := value(name); ok {
				b.WriteString(v)
				text = rest
				continue
			}
		}
		if wrong == nil {
			wrong = misplaced(text[0], name, closed)
		}
		b.WriteByte(text[0])
		text = text[1:]
	}
}

// misplaced is the error for a brace that begins or ends no placeholder.
func misplaced(brace byte, name string, closed bool) error {
	about := fmt.Sprintf("a single %q", brace)
	if brace == '{' && closed {
		about = fmt.Sprintf("unknown placeholder {%.40s}", name)
	}
	return fmt.Errorf("%s: the placeholders of a message are {%s}, and {{ and }} stand for braces", about, strings.Join(placeholders, "}, {"))
}
