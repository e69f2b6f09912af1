package hosts

// commandSayings are the phrases of services that run as commands (git itself, and the hosts' own
// programs) where they mean something else than over HTTP: a command has no status that tells
// refusals apart, and the account is that of a key.
var commandSayings = []Saying{
	{Host: "GitHub, GitLab: keys that read", Says: []string{"read only", "not allowed to push", "deploy key does not have write"}, Class: Rights, Hint: hintReadOnly},
	{Host: "gitolite", Says: []string{"denied by"}, Class: Rights, Hint: hintDenied},
	{
		Host: "GitHub, GitLab, Azure DevOps, Bitbucket, Gerrit, Gitea: what may not be seen", Class: NotFound, Hint: hintNotFound,
		Says: []string{
			"repository not found", "could not be found or you don't have permission", "does not exist or you do not have permission",
			"repository does not exist", "cannot find repository",
		},
	},
	{
		Host: "git: no repository there", Class: NotFound, Hint: "check the path: the server has no repository there, or this user may not read it",
		Says: []string{"does not appear to be a git repository", "not a git repository", "no such file or directory"},
	},
	{
		Host: "git: somebody else's directory", Class: Rights, Hint: "on the server: git config --global --add safe.directory, for the user that logs in",
		Says: []string{"dubious ownership"},
	},
	{
		Host: "shells", Class: Broken, Hint: hintNoGit,
		Says: []string{"command not found", "is not recognized as an internal or external command"},
	},
	{
		Host: "GitHub, Gitea, Bitbucket and others: rights", Class: Rights, Hint: hintDenied,
		Says: []string{"permission denied", "permission to ", "unauthorized", "access denied", "insufficient permission", "insufficient permissions"},
	},
}

const (
	hintNotFound = "check the path; hosts say so too when the account of this key may not see the repository"
	hintDenied   = "the account of this key lacks the right to do this: check its role, and that the path is spelled as the host does"
	hintReadOnly = "give the key the right to write, or use another one"
	hintNoGit    = "git has to be installed on the server, where the PATH of commands over SSH finds it"
)
