package gitobj

import "strings"

// Trailer is a line such as "Signed-off-by: A <a@example.com>" at the end of a message.
type Trailer struct {
	Key   string
	Value string // of several lines, joined by blanks
}

// generated are the beginnings of lines that git itself writes among trailers (trailer.c,
// git_generated_prefixes). A block that has one of them may hold other text as well.
var generated = []string{"Signed-off-by: ", "(cherry picked from commit "}

// Trailers are the trailers of a message, as `git log --format='%(trailers:only,unfold)'` prints
// them: those in its last paragraph, unless that is the first of the message. The paragraph has
// nothing but trailers, or has a line that git itself wrote and trailers for a quarter of it.
func Trailers(message string) []Trailer {
	lines := trailerBlock(messageLines(message))
	var out []Trailer
	for _, line := range lines {
		at := separator(line)
		switch {
		case isSpace(line[0]) && len(out) > 0:
			last := &out[len(out)-1]
			if last.Key != "" {
				last.Value = trim(last.Value + " " + trim(line))
			}
		case at >= 1 && !isSpace(line[0]):
			out = append(out, Trailer{Key: trim(line[:at]), Value: trim(line[at+1:])})
		default:
			out = append(out, Trailer{}) // a comment or other text, whose continuation is none of a trailer
		}
	}
	kept := out[:0]
	for _, t := range out {
		if t.Key != "" {
			kept = append(kept, t)
		}
	}
	return kept
}

// messageLines are the lines of a message, without comments and blank lines at its end.
func messageLines(message string) []string {
	lines := strings.Split(strings.TrimSuffix(message, "\n"), "\n")
	for len(lines) > 0 && (isBlank(lines[len(lines)-1]) || isComment(lines[len(lines)-1])) {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// trailerBlock is the paragraph of the trailers; nil for a message without (trailer.c,
// find_trailer_block_start).
func trailerBlock(lines []string) []string {
	title := 0
	for title < len(lines) && (isComment(lines[title]) || !isBlank(lines[title])) {
		title++
	}
	var trailers, others, continued int
	marked := false
	for i := len(lines) - 1; i >= title; i-- {
		line := lines[i]
		switch {
		case isComment(line):
			others, continued = others+continued, 0
		case isBlank(line):
			others += continued
			if marked && trailers*3 >= others || trailers > 0 && others == 0 {
				return lines[i+1:]
			}
			return nil
		case isGenerated(line):
			trailers, continued, marked = trailers+1, 0, true
		case separator(line) >= 1 && !isSpace(line[0]):
			trailers, continued = trailers+1, 0
		case isSpace(line[0]):
			continued++
		default:
			others, continued = others+1+continued, 0
		}
	}
	return nil
}

// separator is the place of the colon after the key of a trailer; -1 if there is none.
func separator(line string) int {
	spaced := false
	for i := range len(line) {
		c := line[i]
		switch {
		case c == ':':
			return i
		case !spaced && (c == '-' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'):
		case i > 0 && (c == ' ' || c == '\t'):
			spaced = true
		default:
			return -1
		}
	}
	return -1
}

func isGenerated(line string) bool {
	for _, prefix := range generated {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

func isComment(line string) bool { return strings.HasPrefix(line, "#") }

func isBlank(line string) bool { return trim(line) == "" }

// trim takes off the blanks of C's isspace, which are all that git knows.
func trim(s string) string { return strings.Trim(s, " \t\n\v\f\r") }

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// Subject is the first paragraph of a message in a line, as `git log --format=%s` prints it.
func Subject(message string) string {
	var lines []string
	for line := range strings.SplitSeq(message, "\n") {
		line = strings.TrimRight(line, " \t\r\v\f")
		switch {
		case line != "":
			lines = append(lines, line)
		case len(lines) > 0:
			return strings.Join(lines, " ")
		}
	}
	return strings.Join(lines, " ")
}
