package gitremote

import (
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// noWarnings is a text without the lines that are warnings: of a locale that the server lacks, of a
// kind of key.
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

// plainWords takes the frame off what a host says: GitLab puts "remote: " before each line, and
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
