package gitremote

import (
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// serviceDialects are what services that run as commands say when they do not serve, git itself and
// the hosts' own, where it means something else than over HTTP: there is no status that tells them
// apart, and the account is that of a key.
var serviceDialects = []dialect{
	{host: "GitHub, GitLab: keys that read", says: []string{"read only", "not allowed to push", "deploy key does not have write"}, kind: ErrForbidden, hint: hintReadOnly},
	{host: "gitolite", says: []string{"denied by"}, kind: ErrForbidden, hint: hintDenied},
	{
		host: "GitHub, GitLab, Azure DevOps, Bitbucket, Gerrit, Gitea: what may not be seen", kind: ErrNotFound, hint: hintNotFound,
		says: []string{
			"repository not found", "could not be found or you don't have permission", "does not exist or you do not have permission",
			"repository does not exist", "cannot find repository",
		},
	},
	{
		host: "git: no repository there", kind: ErrNotFound, hint: "check the path: the server has no repository there, or this user may not read it",
		says: []string{"does not appear to be a git repository", "not a git repository", "no such file or directory"},
	},
	{
		host: "git: somebody else's directory", kind: ErrForbidden, hint: "on the server: git config --global --add safe.directory, for the user that logs in",
		says: []string{"dubious ownership"},
	},
	{
		host: "shells", kind: ErrServer, hint: hintNoGit,
		says: []string{"command not found", "is not recognized as an internal or external command"},
	},
	{
		host: "GitHub, Gitea, Bitbucket and others: rights", kind: ErrForbidden, hint: hintDenied,
		says: []string{"permission denied", "permission to ", "unauthorized", "access denied", "insufficient permission", "insufficient permissions"},
	},
}

const (
	hintNotFound = "check the path; hosts say so too when the account of this key may not see the repository"
	hintDenied   = "the account of this key lacks the right to do this: check its role, and that the path is spelled as the host does"
	hintReadOnly = "give the key the right to write, or use another one"
	hintNoGit    = "git has to be installed on the server, where the PATH of commands over SSH finds it"
)

// explainedService is explained for the words of a service that gave up.
// What they say of the repository, its rules and the account they say over HTTP, too.
func (e *Error) explainedService(words string) bool {
	if e.explainedBy(serviceDialects, words) {
		return true
	}
	d, ok := explain(dialects, 0, words)
	if ok = ok && d.kind != nil; ok {
		e.Kind, e.Hint = d.kind, d.hint
	}
	return ok
}

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
