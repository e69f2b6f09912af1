package gitwriter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxListed bounds the lines of a list in a message.
	maxListed = 50
	// titleWidth is the width, in characters, that a title of ours keeps to: git log and hosts cut
	// longer ones.
	titleWidth = 72
	// leastSummary is the least width of a summary in a title, however long the other words are.
	leastSummary = 24
)

// account tells in a commit's message which changes the commit makes.
type account struct {
	branch string
	// made are the edits that the commit makes, in the order of their paths, each path once.
	made []*edit
}

func newAccount(branch string, edits []edit) *account {
	a := &account{branch: branch}
	for i := range edits {
		if edits[i].state == applies {
			a.made = append(a.made, &edits[i])
		}
	}
	slices.SortStableFunc(a.made, func(x, y *edit) int { return strings.Compare(x.Path, y.Path) })
	a.made = slices.CompactFunc(a.made, func(x, y *edit) bool { return x.Path == y.Path })
	return a
}

// message is the commit's message. In this order:
//
//	a message in place of all others           as it says
//	a message that all changes have in common  as it says
//	a message for commits in general           as it says, and a list: messages
//	none                                       a summary, and a list: messages, then other changes
//
// A message may have been written when its file was added. So a commit of removals alone lists its
// paths below a message that does not tell the changes.
func (a *account) message(m Meta) string {
	said, silent := a.said()
	text, tells := a.render(strings.TrimSpace(m.Message), m.Workspace)
	var list []string
	switch {
	case text != "" && m.OnlyMessage:
	case len(said) == 1 && len(silent) == 0:
		text, tells = said[0], false
	case text != "":
		list = slices.DeleteFunc(said, func(s string) bool { return s == text })
	default:
		text, tells = a.summary(titleWidth), true
		list = append(said, a.deeds(silent)...)
		if len(list) == 1 && list[0] == text {
			list = nil
		}
	}
	if !tells && a.onlyDeletes() {
		list = append(list, a.deeds(a.made)...)
	}
	if len(list) > 0 {
		text += "\n\n" + bullets(list)
	}
	return appendTrailers(text, m.Trailers)
}

// said are the messages of the changes, each once, in order. silent are the changes that have none.
func (a *account) said() (said []string, silent []*edit) {
	for _, e := range a.made {
		if s := strings.TrimSpace(e.Message); s != "" {
			said = append(said, s)
		} else {
			silent = append(silent, e)
		}
	}
	slices.Sort(said)
	return slices.Compact(said), silent
}

// render fills in a template; tells: it has a placeholder for the changes. A summary in the title
// leaves it as wide as a title should be, where the other words do.
func (a *account) render(template, workspace string) (text string, tells bool) {
	width := 0
	value := func(name string) (string, bool) {
		switch name {
		case phBranch:
			return a.branch, true
		case phCount:
			return strconv.Itoa(len(a.made)), true
		case phPaths:
			tells = true
			return bullets(a.deeds(a.made)), true
		case phSummary:
			tells = true
			if width == 0 {
				return "", true
			}
			return a.summary(width), true
		case phWorkspace:
			return workspace, true
		}
		return "", false
	}
	fill := func(text string) string {
		// CheckMessage has seen the text. A message in a state from before there were templates
		// stays as it is.
		text, _ = expand(text, value)
		return text
	}
	title, body, _ := strings.Cut(template, "\n")
	others := utf8.RuneCountInString(fill(title))
	width = max(leastSummary, titleWidth-others)
	title = fill(title)
	width = titleWidth
	return strings.TrimSpace(title + "\n" + fill(body)), tells
}

// deed is the effect of a change on its path.
type deed int

const (
	adds deed = iota
	updates
	renames
	deletes
)

var verbs = [...]string{"Add", "Update", "Rename", "Delete"}

func (e *edit) deed() deed {
	switch {
	case e.Delete:
		return deletes
	case e.moves():
		return renames
	case e.at.Exists() && !e.at.IsDir():
		return updates
	}
	return adds
}

func (a *account) onlyDeletes() bool {
	return len(a.made) > 0 && !slices.ContainsFunc(a.made, func(e *edit) bool { return e.deed() != deletes })
}

// deeds describes changes: as many as a list can have, and empty texts for the others.
func (a *account) deeds(edits []*edit) []string {
	out := make([]string, len(edits))
	for i, e := range edits[:min(len(edits), maxListed)] {
		out[i] = e.describe(0)
	}
	return out
}

// describe is a change in words ("Update a/b"), within a width; 0 for any width.
func (e *edit) describe(width int) string {
	do := e.deed()
	room := width - utf8.RuneCountInString(verbs[do]) - 1
	if do != renames {
		return verbs[do] + " " + shorten(e.Path, room)
	}
	const to = " to "
	room -= len(to)
	left := shorten(e.From, max(room/2, room-utf8.RuneCountInString(printable(e.Path))))
	return verbs[do] + " " + left + to + shorten(e.Path, room-utf8.RuneCountInString(left))
}

// summary is the commit in a line of words, within a width; 0 for any width: the only change, or
// the number of changes of each kind.
func (a *account) summary(width int) string {
	if len(a.made) == 1 {
		return a.made[0].describe(width)
	}
	var counts [len(verbs)]int
	for _, e := range a.made {
		counts[e.deed()]++
	}
	var parts []string
	for do, n := range counts {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", strings.ToLower(verbs[do]), files(n)))
		}
	}
	if len(parts) == 0 {
		return "No change"
	}
	text := parts[len(parts)-1]
	if most := strings.Join(parts[:len(parts)-1], ", "); most != "" {
		text = most + " and " + text
	}
	if width > 0 && len(text) > width {
		text = "change " + files(len(a.made))
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return strconv.Itoa(n) + " files"
}

// shorten keeps the end of a path, which tells it from others, within a width: whole segments, if
// the last of them fits. A width of 0 or less is none.
func shorten(path string, width int) string {
	path = printable(path)
	const cut = "…"
	over := utf8.RuneCountInString(path) - width
	if width <= 0 || over <= 0 {
		return path
	}
	// A character more than the surplus goes, for the ellipsis; before a slash, whole
	// segments do.
	rest := []rune(path)[over+1:]
	if slash := slices.Index(rest, '/'); slash >= 0 {
		rest = rest[slash:]
	}
	return cut + string(rest)
}

// printable is a path as a message can have it. The paths of others may hold any byte but NUL.
func printable(path string) string {
	if !utf8.ValidString(path) || strings.ContainsFunc(path, unicode.IsControl) {
		return strconv.Quote(path)
	}
	return path
}

// bullets is a list of items, of which some may have several lines, and the number of those that
// are too many.
func bullets(items []string) string {
	lines := make([]string, 0, min(len(items), maxListed)+1)
	for _, s := range items[:min(len(items), maxListed)] {
		lines = append(lines, "- "+strings.ReplaceAll(s, "\n", "\n  "))
	}
	if more := len(items) - maxListed; more > 0 {
		lines = append(lines, fmt.Sprintf("- … and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// appendTrailers ends the message with a newline and, behind an empty line, the trailers (git
// interpret-trailers).
func appendTrailers(msg string, trailers []Trailer) string {
	msg = strings.TrimRight(msg, "\n") + "\n"
	if len(trailers) == 0 {
		return msg
	}
	var b strings.Builder
	b.WriteString(msg)
	b.WriteByte('\n')
	for _, t := range trailers {
		fmt.Fprintf(&b, "%s: %s\n", t.Key, strings.ReplaceAll(t.Value, "\n", "\n "))
	}
	return b.String()
}
