package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// printer writes the story, in colour on a terminal.
type printer struct {
	w      io.Writer
	colour bool
}

func newPrinter(f *os.File) *printer {
	info, err := f.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &printer{f, terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// paint wraps text in an SGR sequence (ECMA-48) when there is colour.
func (p *printer) paint(sgr, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

func (p *printer) heading(text string) { fmt.Fprintf(p.w, "\n%s\n", p.paint("1;36", "── "+text)) }

func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(p.w, "   %s\n", fmt.Sprintf(format, args...))
}

// checked prints a check that has passed.
func (p *printer) checked(format string, args ...any) {
	fmt.Fprintf(p.w, "   %s %s\n", p.paint("32", "✓"), fmt.Sprintf(format, args...))
}

func (p *printer) fail(err error) {
	fmt.Fprintf(p.w, "\n%s %v\n", p.paint("1;31", "✗ the demo failed:"), err)
}

// command shows a command and its output.
func (p *printer) command(command, output string) {
	fmt.Fprintf(p.w, "   %s\n", p.paint("1", "$ "+command))
	for line := range strings.Lines(output) {
		fmt.Fprintf(p.w, "     %s\n", p.tint(strings.TrimRight(line, "\n")))
	}
}

func (p *printer) tint(line string) string {
	switch text := strings.TrimSpace(line); {
	case strings.HasPrefix(text, "+"):
		return p.paint("32", line)
	case strings.HasPrefix(text, "-"):
		return p.paint("31", line)
	case strings.HasPrefix(text, "~"):
		return p.paint("33", line)
	}
	return line
}

// The parts of an engine's output that are shown: its plan or its progress, and the sum. Each
// pattern finds either a resource, a verb and perhaps an id, or a sentence.
var (
	planned = regexp.MustCompile(`^\s*# (?<resource>\S+) will be (?<verb>created|updated in-place|destroyed)(?<id>)|^(?<sentence>Plan: .*|No changes\..*)`)
	done    = regexp.MustCompile(`^(?<resource>\S+): (?<verb>Creation|Modifications|Destruction) complete after \w+(?: \[id=(?<id>.*)\])?|^(?<sentence>Apply complete!.*|Destroy complete!.*)`)
)

// signs are the signs that the engines' own plans use.
var signs = map[string]string{
	"created": "+", "updated in-place": "~", "destroyed": "-",
	"Creation": "+", "Modifications": "~", "Destruction": "-",
}

// gist returns the matches of a pattern in an engine's output, a line each.
func gist(output string, pattern *regexp.Regexp) string {
	var b strings.Builder
	for line := range strings.Lines(output) {
		m := pattern.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if m == nil {
			continue
		}
		part := func(name string) string { return m[pattern.SubexpIndex(name)] }
		switch {
		case part("sentence") != "":
			fmt.Fprintln(&b, part("sentence"))
		case part("id") != "":
			fmt.Fprintf(&b, "%s %-36s %s\n", signs[part("verb")], part("resource"), part("id"))
		default:
			fmt.Fprintln(&b, signs[part("verb")], part("resource"))
		}
	}
	return b.String()
}
