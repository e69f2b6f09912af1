package pipewire

import (
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// noWarnings returns the lines of a text that are no warnings: about a locale that the server
// lacks, about a kind of key.
func noWarnings(s string) string {
	var out []string
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		if !gitwire.SaysAny(line, []string{"warning", "setlocale", "falling back to the standard locale"}) && !strings.HasPrefix(line, "**") {
			out = append(out, line)
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// plainWords takes the frame off a host's message: GitLab puts "remote: " before each line, and
// lines of "=" around them.
func plainWords(s string) string {
	var out []string
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		for strings.HasPrefix(line, "remote:") {
			line = strings.TrimSpace(strings.TrimPrefix(line, "remote:"))
		}
		if strings.Trim(line, "=-*") != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// explain completes an error by the way in which its service ended. The words decide if they are
// known, then the exit status: a service that reports a failure has refused. Warnings of a program
// on the way, and the words of a service that was killed, are no refusal.
func (end ending) explain(e *exchange.Error, target *exchange.Target) {
	words := target.Scrub(gitwire.CleanEnds(plainWords(end.words), gitwire.MaxText))
	if words == "" {
		return
	}
	e.Server = words
	switch why := noWarnings(words); {
	case gitwire.Passing(why):
		e.MakeTransient()
	case why == "":
	case e.RecognizeCommand(why):
		e.Err = nil
		e.HintWiki()
	case end.failed && !gitwire.SaysAny(why, hungUp):
		e.Kind, e.Err = exchange.ErrServer, exchange.ErrServer
	}
}

// hungUp are phrases of git when it lost its other end, or was interrupted: it refuses nothing
// then.
var hungUp = []string{"the remote end hung up", "early eof", "unexpected disconnect", "broken pipe", "connection reset", "connection closed by", "killed by signal"}
