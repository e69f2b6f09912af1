package hosts

// sayings are the phrases over HTTP and in the Git protocol, in order: the first that matches
// counts. The phrases are those of real responses, which the tests of gitremote hold.
var sayings = []Saying{
	{
		Host: "GitHub: single sign-on", Says: []string{"saml sso", "saml enforcement"}, Class: Rights,
		Hint: "the organization wants single sign-on: authorize the token for it (in the token's settings, Configure SSO), or use a GitHub App",
	},
	{
		Host: "GitHub: addresses", Says: []string{"ip allow list", "your ip address is not permitted", "ip address is not allowed"}, Class: Rights,
		Hint: "the organization lets in known addresses only: run where it knows the address, or have this one added to its list",
	},
	{
		Host: "GitHub: passwords", Says: []string{"password authentication is not supported", "support for password authentication was removed"}, Class: Credentials,
		Hint: "this host takes no account's password: set token to a personal access token, or use github_app",
	},
	{
		Host: "GitHub: tokens", Says: []string{"invalid username or token", "invalid username or password", "bad credentials"}, Class: Credentials,
		Hint: "the token or password is wrong, or has expired, or was revoked: make a new one",
	},
	{
		Host: "GitHub: archives", Says: []string{"repository was archived", "repository is archived", "archived repository", "archived project", "repo is archived"}, Class: Rights,
		Hint: "the repository is archived: unarchive it, or name another one",
	},
	{
		Host: "Gitea, Forgejo, GitLab: mirrors", Says: []string{"mirror repository", "cannot push to a mirror", "mirror is read-only"}, Class: Rights,
		Hint: "the repository is a mirror, which takes no pushes: write to the one that it mirrors, or end the mirroring in its settings",
	},
	{
		Host: "Gitea, Forgejo: protected files", Class: Protected, Says: []string{"is protected from changing file"},
		Hint: "a rule of the branch protects this file: have it taken out of the protected file patterns (Settings, Branches), or write to another branch",
	},
	{
		Host: "GitHub: workflows", Class: Protected, Says: []string{"refusing to allow a", "without `workflow` scope", "without `workflows` permission"},
		Hint: "files below .github/workflows take a right of their own: give the token the scope workflow (the App, or the fine-grained token: Workflows: write)",
	},
	{
		Host: "GitHub: rights to write", Says: []string{"write access to repository not granted"}, Class: Rights,
		Hint: "the token may read but not write: a fine-grained token or an App needs Contents: write and has to include this repository, a classic one the scope repo",
	},
	{
		Host: "GitHub: rights of an account", Says: []string{"denied to "}, Status: []int{403}, Class: Rights,
		Hint: "this account or token may not write here: give it the role Write, and the token Contents: write (classic: the scope repo)",
	},
	{
		Host: "GitHub: secrets", Class: Content, Says: []string{"push cannot contain secrets", "push protection"},
		Hint: "the host found what looks like a secret in the content: take it out, or allow it at the address that the host names",
	},
	{
		Host: "GitHub: large files", Class: Size, Says: []string{"gh001:", "large files detected", "exceeds github's file size limit"},
		Hint: "a file is larger than the host takes: keep it out of the repository, or in Git LFS by other means",
	},
	{
		Host: "any: signatures", Class: Signature, Says: []string{"commits must have verified signatures", "must be signed", "commit must be signed", "unsigned commits", "is protected from unverified commit"},
		Hint: "the host takes signed commits only: set commit.signing in the provider block to a key that the host knows for the committer (at GitHub, for an App or an Actions job, format = \"github\" needs none), or exempt this account from the rule",
	},
	{
		Host: "GitHub: rules", Class: Protected, Says: []string{"gh013:", "repository rule violations", "push declined due to repository rule"},
		Hint: "a rule of the repository forbids the push: add this account or App to the rule's bypass list, or write to a branch that it does not cover",
	},
	{
		Host: "GitHub: protected branches", Class: Protected, Says: []string{"gh006:", "protected branch hook declined", "protected branch update failed"},
		Hint: "the branch is protected: let this account or App push to it (bypass), or write to another branch and open a pull request from it",
	},
	{
		Host: "GitLab: protected branches", Class: Protected, Says: []string{"not allowed to push code to protected branches", "not allowed to force push code to a protected branch"},
		Hint: "the branch is protected: let this account or token push to it (Settings, Repository, Protected branches), or write to another branch, with push_options = [\"merge_request.create\"] if that suits",
	},
	{
		Host: "GitLab: rights to write", Says: []string{"not allowed to push code to this project", "does not have write access to this project", "not allowed to upload code", "you are not allowed to push into this"}, Class: Rights,
		Hint: "the account or token may not write: it needs the role Developer or above, and the token the scope write_repository",
	},
	{
		Host: "GitLab: tokens", Says: []string{"http basic: access denied"}, Class: Credentials,
		Hint: "the token is wrong or has expired, or the account has two factors and needs one (scope write_repository): set token",
	},
	{
		Host: "GitLab: what may not be seen", Says: []string{"project you were looking for could not be found"}, Class: NotFound,
		Hint: "check the URL; the host says so too when the credentials may not see the project: a token needs the scope read_repository or write_repository and a role in it",
	},
	{
		Host: "GitLab: sizes", Class: Size, Says: []string{"exceeded its size limit", "exceed the storage limit", "repository size limit"},
		Hint: "the repository may not grow any more: ask for a higher limit",
	},
	{
		Host: "GitLab, Gerrit, Bitbucket: who commits", Class: Identity, Says: []string{"is not a member of team", "not a verified email", "unverified email", "is not a verified", "committer email", "author email", "invalid committer", "invalid author", "email address is not registered", "not committing as"},
		Hint: "the host checks who commits: set commit.author and commit.committer in the provider block to a name and e-mail address that it knows",
	},
	{
		Host: "GitLab, Bitbucket: messages", Class: Message, Says: []string{"commit message does not follow the pattern", "commit message contains the forbidden", "missing issue key", "must contain a valid jira", "reference a jira issue"},
		Hint: "the host has a rule for commit messages: set commit.message in the provider block, or commit_message, to one that follows it",
	},
	{
		Host: "Gerrit: change ids", Class: Message, Says: []string{"missing change-id"},
		Hint: "the host wants a Change-Id in each message: commits for review have to be made by other means, or let this account push directly (the right Push on refs/heads/*)",
	},
	{
		Host: "Gerrit: rights to write", Class: Protected, Says: []string{"prohibited by gerrit"},
		Hint: "the host takes changes by review unless told otherwise: give this account the right Push on refs/heads/* (and Forge Committer, if somebody else is named in the commit)",
	},
	{
		Host: "Azure DevOps: policies", Class: Protected, Says: []string{"tf402455", "gitrefupdaterejectedbypolicy", "must use a pull request"},
		Hint: "the branch has a policy: give this account the permission Bypass policies when pushing, or write to another branch and open a pull request from it",
	},
	{
		Host: "Azure DevOps: rights to write", Says: []string{"tf401027", "genericcontribute"}, Class: Rights,
		Hint: "this account needs the permission Contribute on the repository, and its token the scope Code (read & write)",
	},
	{
		Host: "Azure DevOps: what may not be seen", Says: []string{"tf401019", "tf200016"}, Class: NotFound,
		Hint: "check the names of organization, project and repository in the URL; the host says so too when the token (scope: Code) may not see it",
	},
	{
		Host: "Azure DevOps: tokens", Says: []string{"tf400813", "personal access token used has expired", "vs30063"}, Class: Credentials,
		Hint: "the host does not know this user: the token may have expired, or belong to another organization; set token to a new one with the scope Code (read & write)",
	},
	{
		Host: "Bitbucket: passwords", Says: []string{"stopped supporting account passwords", "app passwords", "app password"}, Class: Credentials,
		Hint: "this host takes no account's password: set token to a repository or workspace access token, or to an API token with the user name that goes with it",
	},
	{
		Host: "Bitbucket Data Center: single sign-on", Says: []string{"basic authentication has been disabled", "captcha"}, Class: Credentials,
		Hint: "this host takes no password now: log in once in a browser (a captcha may wait there), or set bearer_token to an HTTP access token",
	},
	{
		Host: "Bitbucket: what may not be seen", Says: []string{"you may not have access to this repository or it no longer exists"}, Class: NotFound,
		Hint: "check the URL; the host says so too when the credentials may not see the repository: a token needs the scopes repository:read and repository:write",
	},
	{
		Host: "Bitbucket: branches", Class: Protected, Says: []string{"can only be modified through pull requests", "permission denied to update branch", "permission to push directly", "lack of permissions to push"},
		Hint: "the branch is restricted: let this account write to it (branch permissions), or write to another branch and open a pull request from it",
	},
	{
		Host: "Bitbucket: rights to write", Says: []string{"not permitted to access this repository", "not permitted to push", "you do not have write access", "insufficient permissions", "permission denied for writing", "do not have permission to push"}, Class: Rights,
		Hint: "the credentials may read but not write: give the account or the token the right to write to this repository",
	},
	{
		Host: "Gitea, Forgejo: branches", Class: Protected, Says: []string{"not allowed to push to protected branch", "branch is protected from push", "is protected from direct push", "is protected from force push"},
		Hint: "the branch is protected: let this account push to it (Settings, Branches), or write to another branch and open a pull request from it",
	},
	{
		Host: "gitolite: names and rights", Says: []string{"denied by fallthru", "mis-spelled the reponame"}, Class: Rights,
		Hint: "gitolite knows no rule that lets this user in, or no repository of this name: check the URL, and have an RW rule added for the user that it names",
	},
	{
		Host: "gitolite: rules", Says: []string{"denied by refs/", "fatal: w any", "fatal: r any", "fatal: w refs/", "fatal: c refs/", "fatal: d refs/", "fatal: + refs/"}, Class: Rights,
		Hint: "a rule of gitolite forbids it: have an RW rule added for the user, repository and branch that it names",
	},
	{
		Host: "git: a branch that is checked out", Class: Reference, Says: []string{"refusing to update checked out branch", "branch is currently checked out"},
		Hint: "the repository has a working tree with this branch in it: make it a bare one, or set receive.denyCurrentBranch in it",
	},
	{
		Host: "git: hidden references", Class: Protected, Says: []string{"deny updating a hidden ref"},
		Hint: "the server keeps this reference to itself: name another branch",
	},
	{
		Host:  "git, Azure DevOps, JGit: sizes",
		Class: Size,
		Says:  []string{"exceeds maximum allowed size", "object too large", "rejecting the pack", "tf402462", "vs403658", "byte limit for objects in this repository", "will increase this repository size"},
		Hint:  "the server limits the size of a push, or of a file: change fewer or smaller files at a time, keep large ones out of the repository, or have the limit raised (git: receive.maxInputSize)",
	},
	{
		Host: "git: checks of objects", Class: Content, Says: []string{"fsck error", "fsck error in packed object", "fsck error in pack objects", "error in object"},
		Hint: "the server checks objects (receive.fsckObjects) and finds this fault in one that is pushed, perhaps a directory which was on the branch before and is written anew: mend it there, or have the check named in the message skipped (receive.fsck.<check> = warn)",
	},
	{
		Host: "git, GitHub, Azure DevOps: names that stand in each other's way", Class: Reference, Says: []string{"exists; cannot create", "name conflicts with", "refname conflict"},
		Hint: "Git cannot keep a branch a and a branch a/b together, and the server has such a branch: name another branch, or remove the branch in the way",
	},
	{
		Host: "git: hooks on references", Class: Hook, Says: []string{"ref updates aborted by hook", "aborted by the reference-transaction hook"},
		Hint: "a reference-transaction hook on the server refuses the push: ask the server's administrator for the reason",
	},
	{
		Host: "git: rights on the server's disk", Class: Full, Says: []string{"unable to create temporary object directory", "insufficient permission for adding an object", "read-only file system", "no space left on device", "disk quota exceeded"},
		Hint: "the server cannot write to its own disk: its administrator has to check space and file permissions",
	},
	{
		Host: "git: services that are off", Says: []string{"service not enabled", "git access over http is not", "pulling over http is not allowed", "pushing over http is not allowed", "getanyfile"}, Class: Rights,
		Hint: "the server does not offer this over HTTP (http.receivepack, or the project's settings), or only to those who are known to it: check auth",
	},
	{
		Host: "GitHub and others: what may not be seen", Says: []string{"repository not found", "repository does not exist", "not found or access denied", "does not exist or you do not have"}, Class: NotFound,
		Hint: "check the URL; hosts say so too when the credentials may not see the repository: check that the token includes it",
	},
	{
		Host: "git: no repository there", Says: []string{"does not appear to be a git repository"},
		Hint: "check the path: there is no repository at this place",
	},
	{
		Host: "any: accounts that are blocked", Says: []string{"account is suspended", "account has been suspended", "account has been blocked", "account is locked", "account is disabled", "your account has been locked", "user is blocked"}, Class: Rights,
		Hint: "the host has locked this account: its owner has to settle that with the host",
	},
	{
		Host: "any: tokens", Says: []string{"token has expired", "token is expired", "token expired", "expired token", "token was revoked", "token has been revoked", "invalid token", "invalid credentials", "authentication failed", "login failed"}, Class: Credentials,
		Hint: "the token or password is wrong, or has expired, or was revoked: make a new one",
	},
	{
		Host: "any: second factors", Says: []string{"two-factor", "multi-factor", "while having security keys enrolled"}, Class: Credentials,
		Hint: "the account has a second factor, which a password alone does not do for: set token",
	},
	{
		Host: "any: hooks", Class: Hook, Says: []string{"pre-receive hook declined", "update hook declined", "hook declined"},
		Hint: "a hook on the server refuses the push, for the reason that its own words give: if the branch is protected, let this user push to it or name another branch",
	},
}
