package gitremote

import "strings"

// dialects are what services that run as commands say when they do not serve: git itself, and the hosts' own. Of two that
// are found in a text the first one counts. There is no code that tells them apart, as HTTP's status does.
var dialects = []struct {
	words string // in lower case
	kind  error
	hint  string
}{
	{"read only", ErrForbidden, hintReadOnly},                                      // GitHub: "The key you are authenticating with has been marked as read only"
	{"not allowed to push", ErrForbidden, hintReadOnly},                            // GitLab
	{"deploy key does not have write", ErrForbidden, hintReadOnly},                 // GitLab
	{"denied by", ErrForbidden, hintDenied},                                        // gitolite: "FATAL: W any r user DENIED by fallthru"
	{"repository not found", ErrNotFound, hintNotFound},                            // GitHub, Bitbucket
	{"could not be found or you don't have permission", ErrNotFound, hintNotFound}, // GitLab
	{"does not exist or you do not have permission", ErrNotFound, hintNotFound},    // Azure DevOps: TF401019
	{"repository does not exist", ErrNotFound, hintNotFound},                       // Bitbucket, Gerrit
	{"cannot find repository", ErrNotFound, hintNotFound},                          // Gitea, Gogs
	{"does not appear to be a git repository", ErrNotFound, "check the path: the server has no repository there, or this user may not read it"},
	{"not a git repository", ErrNotFound, "check the path: the server has no repository there"},
	{"no such file or directory", ErrNotFound, "check the path: the server has no repository there"},
	{"dubious ownership", ErrForbidden, "on the server: git config --global --add safe.directory, for the user that logs in"},
	{"command not found", ErrServer, hintNoGit},
	{"is not recognized as an internal or external command", ErrServer, hintNoGit},
	{"permission denied", ErrForbidden, hintDenied},
	{"permission to ", ErrForbidden, hintDenied}, // GitHub: "Permission to o/r.git denied to user"
	{"unauthorized", ErrForbidden, hintDenied},   // Gitea, Bitbucket
	{"access denied", ErrForbidden, hintDenied},
	{"insufficient permission", ErrForbidden, hintDenied},
}

const (
	hintNotFound = "check the path; hosts say so too when the account of this key may not see the repository"
	hintDenied   = "the account of this key lacks the right to do this: check its role, and that the path is spelled as the host does"
	hintReadOnly = "give the key the right to write, or use another one"
	hintNoGit    = "git has to be installed on the server, where the PATH of commands over SSH finds it"
)

// serviceError finds out what a service that gave up says.
func serviceError(words string) (hint string, kind error) {
	words = strings.ToLower(words)
	for _, d := range dialects {
		if strings.Contains(words, d.words) {
			return d.hint, d.kind
		}
	}
	return "", ErrServer
}

// plainWords takes the frame off what a host says: GitLab puts "remote: " before each line, and lines of "=" around them.
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
