package gitremote

import (
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// dialect is how a host says one thing, what that most probably means and what to try.
type dialect struct {
	host   string   // who speaks so; for readers
	says   []string // any of these, in lower case, in the server's words
	status []int    // of the answer; any when there are none
	kind   error    // what the error is about; nil for what the status says
	hint   string
}

// dialects are asked from the top: the first that fits is it. The words are those of real answers,
// which dialects_test.go holds.
var dialects = []dialect{
	{
		host: "GitHub: single sign-on", says: []string{"saml sso", "saml enforcement"}, kind: ErrForbidden,
		hint: "the organization wants single sign-on: authorize the token for it (in the token's settings, Configure SSO), or use a GitHub App",
	},
	{
		host: "GitHub: addresses", says: []string{"ip allow list", "your ip address is not permitted", "ip address is not allowed"}, kind: ErrForbidden,
		hint: "the organization lets in known addresses only: run where it knows the address, or have this one added to its list",
	},
	{
		host: "GitHub: passwords", says: []string{"password authentication is not supported", "support for password authentication was removed"}, kind: ErrAuthentication,
		hint: "this host takes no account's password: set token to a personal access token, or use github_app",
	},
	{
		host: "GitHub: tokens", says: []string{"invalid username or token", "invalid username or password", "bad credentials"}, kind: ErrAuthentication,
		hint: "the token or password is wrong, or has expired, or was revoked: make a new one",
	},
	{
		host: "GitHub: archives", says: []string{"repository was archived", "repository is archived", "archived repository", "archived project", "repo is archived"}, kind: ErrForbidden,
		hint: "the repository is archived: unarchive it, or name another one",
	},
	{
		host: "Gitea, Forgejo, GitLab: mirrors", says: []string{"mirror repository", "cannot push to a mirror", "mirror is read-only"}, kind: ErrForbidden,
		hint: "the repository is a mirror, which takes no pushes: write to the one that it mirrors, or end the mirroring in its settings",
	},
	{
		host: "Gitea, Forgejo: protected files", says: []string{"is protected from changing file"},
		hint: "a rule of the branch protects this file: have it taken out of the protected file patterns (Settings, Branches), or write to another branch",
	},
	{
		host: "GitHub: workflows", says: []string{"refusing to allow a", "without `workflow` scope", "without `workflows` permission"},
		hint: "files below .github/workflows take a right of their own: give the token the scope workflow (the App, or the fine-grained token: Workflows: write)",
	},
	{
		host: "GitHub: rights to write", says: []string{"write access to repository not granted"}, kind: ErrForbidden,
		hint: "the token may read but not write: a fine-grained token or an App needs Contents: write and has to include this repository, a classic one the scope repo",
	},
	{
		host: "GitHub: rights of an account", says: []string{"denied to "}, status: []int{403}, kind: ErrForbidden,
		hint: "this account or token may not write here: give it the role Write, and the token Contents: write (classic: the scope repo)",
	},
	{
		host: "GitHub: secrets", says: []string{"push cannot contain secrets", "push protection"},
		hint: "the host found what looks like a secret in the content: take it out, or allow it at the address that the host names",
	},
	{
		host: "GitHub: large files", says: []string{"gh001:", "large files detected", "exceeds github's file size limit"},
		hint: "a file is larger than the host takes: keep it out of the repository, or in Git LFS by other means",
	},
	{
		host: "any: signatures", says: []string{"commits must have verified signatures", "must be signed", "commit must be signed", "unsigned commits", "is protected from unverified commit"},
		hint: "the host takes signed commits only, and commits are made without a signature: exempt this account from the rule, or write to a branch that it does not cover",
	},
	{
		host: "GitHub: rules", says: []string{"gh013:", "repository rule violations", "push declined due to repository rule"},
		hint: "a rule of the repository forbids the push: add this account or App to the rule's bypass list, or write to a branch that it does not cover",
	},
	{
		host: "GitHub: protected branches", says: []string{"gh006:", "protected branch hook declined", "protected branch update failed"},
		hint: "the branch is protected: let this account or App push to it (bypass), or write to another branch and open a pull request from it",
	},
	{
		host: "GitLab: protected branches", says: []string{"not allowed to push code to protected branches", "not allowed to force push code to a protected branch"},
		hint: "the branch is protected: let this account or token push to it (Settings, Repository, Protected branches), or write to another branch, with push_options = [\"merge_request.create\"] if that suits",
	},
	{
		host: "GitLab: rights to write", says: []string{"not allowed to push code to this project", "does not have write access to this project", "not allowed to upload code", "you are not allowed to push into this"}, kind: ErrForbidden,
		hint: "the account or token may not write: it needs the role Developer or above, and the token the scope write_repository",
	},
	{
		host: "GitLab: tokens", says: []string{"http basic: access denied"}, kind: ErrAuthentication,
		hint: "the token is wrong or has expired, or the account has two factors and needs one (scope write_repository): set token",
	},
	{
		host: "GitLab: what may not be seen", says: []string{"project you were looking for could not be found"}, kind: ErrNotFound,
		hint: "check the URL; the host says so too when the credentials may not see the project: a token needs the scope read_repository or write_repository and a role in it",
	},
	{
		host: "GitLab: sizes", says: []string{"exceeded its size limit", "exceed the storage limit", "repository size limit"},
		hint: "the repository may not grow any more: ask for a higher limit",
	},
	{
		host: "GitLab, Gerrit, Bitbucket: who commits", says: []string{"is not a member of team", "not a verified email", "unverified email", "is not a verified", "committer email", "author email", "invalid committer", "invalid author", "email address is not registered", "not committing as"},
		hint: "the host checks who commits: set commit.author and commit.committer in the provider block to a name and e-mail address that it knows",
	},
	{
		host: "GitLab, Bitbucket: messages", says: []string{"commit message does not follow the pattern", "commit message contains the forbidden", "missing issue key", "must contain a valid jira", "reference a jira issue"},
		hint: "the host has a rule for commit messages: set commit.message in the provider block, or commit_message, to one that follows it",
	},
	{
		host: "Gerrit: change ids", says: []string{"missing change-id"},
		hint: "the host wants a Change-Id in each message: commits for review have to be made by other means, or let this account push directly (the right Push on refs/heads/*)",
	},
	{
		host: "Gerrit: rights to write", says: []string{"prohibited by gerrit"},
		hint: "the host takes changes by review unless told otherwise: give this account the right Push on refs/heads/* (and Forge Committer, if somebody else is named in the commit)",
	},
	{
		host: "Azure DevOps: policies", says: []string{"tf402455", "gitrefupdaterejectedbypolicy", "must use a pull request"},
		hint: "the branch has a policy: give this account the permission Bypass policies when pushing, or write to another branch and open a pull request from it",
	},
	{
		host: "Azure DevOps: rights to write", says: []string{"tf401027", "genericcontribute"}, kind: ErrForbidden,
		hint: "this account needs the permission Contribute on the repository, and its token the scope Code (read & write)",
	},
	{
		host: "Azure DevOps: what may not be seen", says: []string{"tf401019", "tf200016"}, kind: ErrNotFound,
		hint: "check the names of organization, project and repository in the URL; the host says so too when the token (scope: Code) may not see it",
	},
	{
		host: "Azure DevOps: tokens", says: []string{"tf400813", "personal access token used has expired", "vs30063"}, kind: ErrAuthentication,
		hint: "the host does not know this user: the token may have expired, or belong to another organization; set token to a new one with the scope Code (read & write)",
	},
	{
		host: "Bitbucket: passwords", says: []string{"stopped supporting account passwords", "app passwords", "app password"}, kind: ErrAuthentication,
		hint: "this host takes no account's password: set token to a repository or workspace access token, or to an API token with the user name that goes with it",
	},
	{
		host: "Bitbucket Data Center: single sign-on", says: []string{"basic authentication has been disabled", "captcha"}, kind: ErrAuthentication,
		hint: "this host takes no password now: log in once in a browser (a captcha may wait there), or set bearer_token to an HTTP access token",
	},
	{
		host: "Bitbucket: what may not be seen", says: []string{"you may not have access to this repository or it no longer exists"}, kind: ErrNotFound,
		hint: "check the URL; the host says so too when the credentials may not see the repository: a token needs the scopes repository:read and repository:write",
	},
	{
		host: "Bitbucket: branches", says: []string{"can only be modified through pull requests", "permission denied to update branch", "permission to push directly", "lack of permissions to push"},
		hint: "the branch is restricted: let this account write to it (branch permissions), or write to another branch and open a pull request from it",
	},
	{
		host: "Bitbucket: rights to write", says: []string{"not permitted to access this repository", "not permitted to push", "you do not have write access", "insufficient permissions", "permission denied for writing", "do not have permission to push"}, kind: ErrForbidden,
		hint: "the credentials may read but not write: give the account or the token the right to write to this repository",
	},
	{
		host: "Gitea, Forgejo: branches", says: []string{"not allowed to push to protected branch", "branch is protected from push", "is protected from direct push", "is protected from force push"},
		hint: "the branch is protected: let this account push to it (Settings, Branches), or write to another branch and open a pull request from it",
	},
	{
		host: "gitolite: names and rights", says: []string{"denied by fallthru", "mis-spelled the reponame"}, kind: ErrForbidden,
		hint: "gitolite knows no rule that lets this user in, or no repository of this name: check the URL, and have an RW rule added for the user that it names",
	},
	{
		host: "gitolite: rules", says: []string{"denied by refs/", "fatal: w any", "fatal: r any", "fatal: w refs/", "fatal: c refs/", "fatal: d refs/", "fatal: + refs/"}, kind: ErrForbidden,
		hint: "a rule of gitolite forbids it: have an RW rule added for the user, repository and branch that it names",
	},
	{
		host: "git: a branch that is checked out", says: []string{"refusing to update checked out branch", "branch is currently checked out"},
		hint: "the repository has a working tree with this branch in it: make it a bare one, or set receive.denyCurrentBranch in it",
	},
	{
		host: "git: hidden references", says: []string{"deny updating a hidden ref"},
		hint: "the server keeps this reference to itself: name another branch",
	},
	{
		host: "git, Azure DevOps, JGit: sizes",
		says: []string{"exceeds maximum allowed size", "object too large", "rejecting the pack", "tf402462", "vs403658", "byte limit for objects in this repository", "will increase this repository size"},
		hint: "the server limits the size of a push, or of a file: change fewer or smaller files at a time, keep large ones out of the repository, or have the limit raised (git: receive.maxInputSize)",
	},
	{
		host: "git: checks of objects", says: []string{"fsck error", "fsck error in packed object", "fsck error in pack objects", "error in object"},
		hint: "the server checks objects (receive.fsckObjects) and finds this fault in one that is pushed, perhaps a directory which was on the branch before and is written anew: mend it there, or have the check named in the message skipped (receive.fsck.<check> = warn)",
	},
	{
		host: "git, GitHub, Azure DevOps: names that stand in each other's way", says: []string{"exists; cannot create", "name conflicts with", "refname conflict"},
		hint: "a branch whose name is the beginning of another one's, up to a slash, cannot be beside it: name another branch, or have the one in the way removed",
	},
	{
		host: "git: hooks on references", says: []string{"ref updates aborted by hook", "aborted by the reference-transaction hook"},
		hint: "a reference-transaction hook on the server refuses the push: whoever runs it knows why",
	},
	{
		host: "git: rights on the server's disk", says: []string{"unable to create temporary object directory", "insufficient permission for adding an object", "read-only file system", "no space left on device", "disk quota exceeded"},
		hint: "the server cannot write to its own disk: whoever runs it has to look at space and file permissions",
	},
	{
		host: "git: services that are off", says: []string{"service not enabled", "git access over http is not", "pulling over http is not allowed", "pushing over http is not allowed", "getanyfile"}, kind: ErrForbidden,
		hint: "the server does not offer this over HTTP (http.receivepack, or the project's settings), or only to those who are known to it: check auth",
	},
	{
		host: "GitHub and others: what may not be seen", says: []string{"repository not found", "repository does not exist", "not found or access denied", "does not exist or you do not have"}, kind: ErrNotFound,
		hint: "check the URL; hosts say so too when the credentials may not see the repository: check that the token includes it",
	},
	{
		host: "git: no repository there", says: []string{"does not appear to be a git repository"},
		hint: "check the path: there is no repository at this place",
	},
	{
		host: "any: accounts that are blocked", says: []string{"account is suspended", "account has been suspended", "account has been blocked", "account is locked", "account is disabled", "your account has been locked", "user is blocked"}, kind: ErrForbidden,
		hint: "the host has locked this account: its owner has to settle that with the host",
	},
	{
		host: "any: tokens", says: []string{"token has expired", "token is expired", "token expired", "expired token", "token was revoked", "token has been revoked", "invalid token", "invalid credentials", "authentication failed", "login failed"}, kind: ErrAuthentication,
		hint: "the token or password is wrong, or has expired, or was revoked: make a new one",
	},
	{
		host: "any: second factors", says: []string{"two-factor", "multi-factor", "while having security keys enrolled"}, kind: ErrAuthentication,
		hint: "the account has a second factor, which a password alone does not do for: set token",
	},
	{
		host: "any: hooks", says: []string{"pre-receive hook declined", "update hook declined", "hook declined"},
		hint: "a hook on the server refuses the push, for the reason that its own words give: if the branch is protected, let this user push to it or name another branch",
	},
}

// explain finds in a table what a server most probably means. status is 0 for words that came in
// the protocol. words may be long.
func explain(table []dialect, status int, words string) (dialect, bool) {
	words = strings.ToLower(words)
	i := slices.IndexFunc(table, func(d dialect) bool {
		return (len(d.status) == 0 || slices.Contains(d.status, status)) && gitwire.SaysAny(words, d.says)
	})
	if i < 0 {
		return dialect{}, false
	}
	return table[i], true
}

// explained gives an error the kind and the hint of the dialect that its words are of, if they are
// of any.
func (e *Error) explained(words string) bool { return e.explainedBy(dialects, words) }

func (e *Error) explainedBy(table []dialect, words string) bool {
	d, ok := explain(table, e.Status, words)
	if ok {
		e.Hint = d.hint
		if d.kind != nil {
			e.Kind = d.kind
		}
	}
	return ok
}

// signIn reports whether a page or an address is one where people log in: what hosts and proxies
// show to those whose credentials they do not know, instead of saying so.
func signIn(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc([]string{
		"signin", "sign-in", "sign_in", "sign in", "login", "log-in", "log in", "saml", "/sso", "oauth2", "/adfs", "single sign-on", "authenticate",
	}, func(s string) bool { return strings.Contains(text, s) })
}
