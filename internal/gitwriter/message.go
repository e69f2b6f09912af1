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
	// leastSummary is the width that a summary may have beside the longest words of others in a
	// title.
	leastSummary = 24
)

// account is what a commit does, as its message tells it.
type account struct {
	changes []Change
	draft   *draft
	branch  string
	// made are the indices of the changes that the commit makes, in the order of their paths, each
	// path once.
	made []int
}

func newAccount(branch string, changes []Change, d *draft) *account {
	a := &account{changes: changes, draft: d, branch: branch}
	for i := range changes {
		if !d.failed(i) && !d.noop[i] {
			a.made = append(a.made, i)
		}
	}
	slices.SortStableFunc(a.made, func(i, k int) int { return strings.Compare(changes[i].Path, changes[k].Path) })
	a.made = slices.CompactFunc(a.made, func(i, k int) bool { return changes[i].Path == changes[k].Path })
	return a
}

// message is the commit's message. In this order:
//
//	a message in place of all others           as it says
//	a message that all changes have in common  as it says
//	a message for commits in general           as it says, and a list: messages
//	none                                       a summary, and a list: messages, then other changes
//
// The words may have been written when the files were added: below those that tell nothing of what
// the commit does, a commit that does nothing but delete lists the paths.
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
func (a *account) said() (said []string, silent []int) {
	for _, i := range a.made {
		if s := strings.TrimSpace(a.changes[i].Message); s != "" {
			said = append(said, s)
		} else {
			silent = append(silent, i)
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

// deed is what a change does to its path.
type deed int

const (
	adds deed = iota
	updates
	renames
	deletes
)

var verbs = [...]string{"Add", "Update", "Rename", "Delete"}

func (a *account) deed(i int) deed {
	c, have := a.changes[i], a.draft.at[i]
	switch {
	case c.Delete:
		return deletes
	case c.From != "" && c.From != c.Path && !a.draft.keepFrom[i]:
		return renames
	case have.Exists() && !have.IsDir():
		return updates
	}
	return adds
}

func (a *account) onlyDeletes() bool {
	return len(a.made) > 0 && !slices.ContainsFunc(a.made, func(i int) bool { return a.deed(i) != deletes })
}

// deeds says what the changes do: as many as a list can have, and empty texts for the others.
func (a *account) deeds(indices []int) []string {
	out := make([]string, len(indices))
	for k, i := range indices[:min(len(indices), maxListed)] {
		out[k] = a.describe(i, 0)
	}
	return out
}

// describe says what a change does, within a width; 0 for all of it.
func (a *account) describe(i, width int) string {
	c, do := a.changes[i], a.deed(i)
	room := width - utf8.RuneCountInString(verbs[do]) - 1
	if do != renames {
		return verbs[do] + " " + shorten(c.Path, room)
	}
	const to = " to "
	room -= len(to)
	left := shorten(c.From, max(room/2, room-utf8.RuneCountInString(printable(c.Path))))
	return verbs[do] + " " + left + to + shorten(c.Path, room-utf8.RuneCountInString(left))
}

// summary says in a line what the commit does, within a width; 0 for any: the only change, or how
// many of each kind.
func (a *account) summary(width int) string {
	if len(a.made) == 1 {
		return a.describe(a.made[0], width)
	}
	var counts [len(verbs)]int
	for _, i := range a.made {
		counts[a.deed(i)]++
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
// the last one fits. A width of 0 or less is none.
func shorten(path string, width int) string {
	path = printable(path)
	const cut = "…"
	over := utf8.RuneCountInString(path) - width
	if width <= 0 || over <= 0 {
		return path
	}
	// One character more goes than there are too many, for the ellipsis; before a slash, whole
	// segments do.
	rest := []rune(path)[over+1:]
	if slash := slices.Index(rest, '/'); slash >= 0 {
		rest = rest[slash:]
	}
	return cut + string(rest)
}

// printable is a path as a message can have it. What others named may hold anything but NUL.
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
