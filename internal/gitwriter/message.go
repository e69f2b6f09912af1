package gitwriter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxListed bounds the changes that a composed message lists one by one.
const maxListed = 50

// composeMessage is the message of a commit that makes the changes which made picks. When all of them (or the default
// for those without) say the same, that is the message. Without any, the paths make one. Otherwise a summary line is
// followed by a list of what they say. Only what is listed is kept, however many changes there are.
func composeMessage(changes []Change, made func(i int) bool, m Meta) string {
	var (
		said []string
		more int
		n    tally
	)
	for i, c := range changes {
		if !made(i) {
			continue
		}
		n.add(c)
		msg := strings.TrimSpace(cmp.Or(c.Message, m.Message))
		switch {
		case len(said) == maxListed && (msg == "" || !slices.Contains(said, msg)):
			more++
		case msg == "":
			said = append(said, describeChange(c))
		case !slices.Contains(said, msg):
			said = append(said, msg)
		}
	}
	if msg := strings.TrimSpace(m.Message); len(said) == 0 && msg != "" {
		said = append(said, msg) // an empty commit
	}
	if len(said) == 1 {
		return appendTrailers(said[0], m.Trailers)
	}
	var b strings.Builder
	b.WriteString(n.String())
	b.WriteString("\n")
	for _, s := range said {
		b.WriteString("\n- ")
		b.WriteString(strings.ReplaceAll(s, "\n", "\n  ")) // a message of several lines stays one item
	}
	if more > 0 {
		fmt.Fprintf(&b, "\n- … and %d more", more)
	}
	return appendTrailers(b.String(), m.Trailers)
}

func describeChange(c Change) string {
	switch {
	case c.Delete:
		return "Delete " + c.Path
	case c.From != "":
		return "Rename " + c.From + " to " + c.Path
	case c.Expect.kind == expectAbsent:
		return "Add " + c.Path
	}
	return "Update " + c.Path
}

// tally counts changes by what they do.
type tally struct{ added, updated, renamed, deleted int }

func (n *tally) add(c Change) {
	switch {
	case c.Delete:
		n.deleted++
	case c.From != "":
		n.renamed++
	case c.Expect.kind == expectAbsent:
		n.added++
	default:
		n.updated++
	}
}

// String is a subject line: "Add 3, update 2 and delete 1 files".
func (n *tally) String() string {
	var parts []string
	total := 0
	for _, p := range []struct {
		verb string
		n    int
	}{{"add", n.added}, {"update", n.updated}, {"rename", n.renamed}, {"delete", n.deleted}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", p.verb, p.n))
			total += p.n
		}
	}
	text := strings.Join(parts, ", ")
	if k := len(parts); k > 1 {
		text = strings.Join(parts[:k-1], ", ") + " and " + parts[k-1]
	}
	if text == "" {
		return "No change"
	}
	text = strings.ToUpper(text[:1]) + text[1:] + " file"
	if total > 1 {
		text += "s"
	}
	return text
}

// appendTrailers ends the message with a newline and, behind an empty line, the trailers (git interpret-trailers).
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
