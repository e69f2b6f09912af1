package gitremote

import (
	"errors"
	"strings"
	"testing"
)

// The responses are the real responses of hosts. Requests carry credentials, and list references
// or, for a report, push.
func TestHostsAreUnderstood(t *testing.T) {
	t.Parallel()
	const html = "Content-Type: text/html; charset=utf-8"
	for _, tt := range []struct {
		name   string
		answer reply
		kind   error
		says   string // of the hint
	}{
		{"GitHub, an expired token", status(401, "Bad credentials\n", `WWW-Authenticate: Basic realm="GitHub"`, "Content-Type: text/plain"), ErrAuthentication, "has expired"},
		{"GitHub, a token that is none", status(401, "Invalid username or token. Password authentication is not supported for Git operations.", "Content-Type: text/plain"), ErrAuthentication, "personal access token"},
		{"GitHub, a password", status(401, "Support for password authentication was removed on August 13, 2021.\nPlease see https://docs.github.com/get-started for information on currently recommended modes of authentication."), ErrAuthentication, "personal access token"},
		{"GitHub, a read-only fine-grained token", status(403, "Write access to repository not granted."), ErrForbidden, "Contents: write"},
		{"GitHub, another's repository", status(403, "Permission to octo/repo.git denied to hubot."), ErrForbidden, "role Write"},
		{"GitHub, SAML", status(403, "The `octo' organization has enabled or enforced SAML SSO. To access\nthis repository, you must use the HTTPS remote with a personal access token\nor SSH with an SSH key and passphrase\nthat has been authorized for this organization."), ErrForbidden, "Configure SSO"},
		{"GitHub, an address", status(403, "The `octo' organization has an IP allow list enabled, and your IP address is not permitted to access this resource."), ErrForbidden, "known addresses"},
		{"GitHub, an archive", status(403, "This repository was archived so it is read-only."), ErrForbidden, "unarchive it"},
		{"GitHub, a private repository", status(404, "Repository not found.", "Content-Type: text/plain"), ErrNotFound, "token includes it"},
		{"GitHub, an account that is blocked", status(403, "Your account is suspended. Please visit https://support.github.com for more information."), ErrForbidden, "locked this account"},
		{"GitLab, a wrong token", status(401, "HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped."), ErrAuthentication, "write_repository"},
		{"GitLab, a guest", status(403, "You are not allowed to push code to this project."), ErrForbidden, "Developer"},
		{"GitLab, a project that may not be seen", status(404, "The project you were looking for could not be found or you don't have permission to view it."), ErrNotFound, "read_repository"},
		{"GitLab, a project over HTTP that is off", status(403, "Git access over HTTP is not allowed"), ErrForbidden, "over HTTP"},
		{"Azure DevOps, an expired token", status(203, "<html lang=\"en-US\"><head><title>Azure DevOps Services | Sign In</title></head><body></body></html>", html), ErrAuthentication, "does not take the credentials"},
		{"Azure DevOps, a sign-in page elsewhere", status(302, "<html><head><title>Object moved</title></head></html>", html, "Location: https://spsprodweu4.vssps.visualstudio.com/_signin?realm=dev.azure.com&reply_to=x"), ErrAuthentication, "visualstudio.com/_signin, a page to sign in"},
		{"Azure DevOps, a user it does not know", status(401, "TF400813: The user 'aaaaaaaa-1111' is not authorized to access this resource."), ErrAuthentication, "Code (read & write)"},
		{"Azure DevOps, no such repository", status(404, `{"$id":"1","innerException":null,"message":"TF401019: The Git repository with name or identifier web does not exist or you do not have permissions for the operation you are attempting.","typeKey":"GitRepositoryNotFoundException"}`, "Content-Type: application/json"), ErrNotFound, "organization, project and repository"},
		{"Azure DevOps, no right to write", status(403, "TF401027: You need the Git 'GenericContribute' permission to perform this action."), ErrForbidden, "Contribute"},
		{"Bitbucket, a password", status(403, "Bitbucket Cloud recently stopped supporting account passwords for Git authentication.\nSee our community post for more details: https://atlassian.community/t5/x/x/ba-p/1948231\nApp passwords are recommended for most use cases and can be created in your Personal settings:"), ErrAuthentication, "access token"},
		{"Bitbucket, a repository that may not be seen", status(404, "You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated."), ErrNotFound, "repository:read"},
		{"Bitbucket, a read-only account", status(403, "You do not have write access to this repository."), ErrForbidden, "read but not write"},
		{"Bitbucket Data Center, a captcha", status(403, "CAPTCHA required\nYour Bitbucket account has been marked as requiring a CAPTCHA to be solved."), ErrAuthentication, "log in once in a browser"},
		{"Gitea, a repository that may not be seen", status(404, "Repository not found"), ErrNotFound, "token includes it"},
		{"Gitea, a password with a second factor", status(401, "Users with two-factor authentication enabled cannot perform HTTP/HTTPS operations via plain username and password. Please create and use a personal access token on the user settings page"), ErrAuthentication, "second factor"},
		{"Gitea, a password with a security key", status(401, "basic authorization is not allowed while having security keys enrolled"), ErrAuthentication, "second factor"},
		{"Gitea, an archive", status(403, "This repo is archived. You can view files and clone it, but cannot push or open issues/pull-requests.", "Content-Type: text/plain"), ErrForbidden, "unarchive it"},
		{"Gitea, a mirror", status(403, "mirror repository is read-only", "Content-Type: text/plain"), ErrForbidden, "is a mirror"},
		{"Gitea, an account without the right", status(403, "User permission denied for writing."), ErrForbidden, "read but not write"},
		{"gitolite, no rule", status(200, lines("ERR FATAL: R any skills alice DENIED by fallthru\n(or you mis-spelled the reponame)\n"), "Content-Type: application/x-git-upload-pack-result"), ErrForbidden, "RW rule"},
		{"gitolite, a rule", status(200, lines("ERR FATAL: W any skills alice DENIED by refs/heads/main\n")), ErrForbidden, "a rule of gitolite"},
		{"git daemon or http-backend, a service that is off", status(403, "Service not enabled: 'receive-pack'"), ErrForbidden, "http.receivepack"},
		{"an expired token, in a page", status(401, "<html><head><title>Unauthorized</title></head><body><h1>401</h1><p>Your token has expired.</p></body></html>", html), ErrAuthentication, "has expired"},
		{"nginx, forbidden", status(403, "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", html), ErrForbidden, "wrong or expired"},
		{"a gateway's login page", status(200, "<!DOCTYPE html><html><head><title>Single sign-on</title></head><body>…</body></html>", html), ErrAuthentication, "a gateway before it"},
		{"a page of the host's", status(200, "<!DOCTYPE html><html><head><title>octo/repo: things</title></head><body><a>Sign in</a></body></html>", html), ErrProtocol, "clone from"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, _ := scripted(t, Options{Auth: Token{Token: "t0ken-of-the-test"}}, tt.answer)
			_, err := r.ListRefs(t.Context(), "HEAD")
			var e *Error
			if !errors.As(err, &e) || e.Kind != tt.kind || !strings.Contains(e.Hint, tt.says) {
				t.Errorf("got %v, want %v with %q", err, tt.kind, tt.says)
			}
			if err != nil && strings.ContainsAny(err.Error(), "<>\r") {
				t.Errorf("markup in %v", err)
			}
		})
	}
}

func TestRefusalsOfHostsAreUnderstood(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, reason string
		messages     []string
		says         string
	}{
		{"GitHub, a protected branch", "protected branch hook declined", []string{"error: GH006: Protected branch update failed for refs/heads/main.", "error: Changes must be made through a pull request."}, "open a pull request"},
		{"GitHub, a rule", "push declined due to repository rule violations", []string{"error: GH013: Repository rule violations found for refs/heads/main.", "", "- Changes must be made through a pull request."}, "bypass list"},
		{"GitHub, a secret", "push declined due to repository rule violations", []string{"error: GH013: Repository rule violations found for refs/heads/main.", "- GITHUB PUSH PROTECTION", "- Push cannot contain secrets"}, "looks like a secret"},
		{"GitHub, unsigned", "push declined due to repository rule violations", []string{"error: GH013: Repository rule violations found for refs/heads/main.", "- Commits must have verified signatures."}, "signed commits only"},
		{"Gitea, unsigned", "pre-receive hook declined", []string{"error: ", "error: branch main is protected from unverified commit 0123abc", "error: "}, "signed commits only"},
		{"Gitea, a protected file", "pre-receive hook declined", []string{"error: branch main is protected from changing file .gitea/ci.yml"}, "protected file patterns"},
		{"Gitea, a mirror", "pre-receive hook declined", []string{"error: Mirror Repository org/r is read-only"}, "is a mirror"},
		{"git, names in each other's way", "failed to update ref", []string{"error: cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'"}, "name another branch"},
		{"GitHub, names in each other's way", "cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'", nil, "name another branch"},
		{"Azure DevOps, names in each other's way", "Name conflicts with refs/heads/a/b", nil, "name another branch"},
		{"GitHub, a workflow by a token", "refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` without `workflow` scope", nil, "scope workflow"},
		{"GitHub, a workflow by an App", "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission", nil, "Workflows: write"},
		{"GitHub, a large file", "pre-receive hook declined", []string{"error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com.", "error: File big.bin is 123.45 MB; this exceeds GitHub's file size limit of 100.00 MB"}, "larger than the host takes"},
		{"GitLab, a protected branch", "pre-receive hook declined", []string{"GitLab: You are not allowed to push code to protected branches on this project."}, "merge_request.create"},
		{"GitLab, who commits", "pre-receive hook declined", []string{"GitLab: Committer's email address terraform@nanogit.invalid is not a verified email."}, "commit.author"},
		{"GitLab, a message", "pre-receive hook declined", []string{"GitLab: Commit message does not follow the pattern '^[A-Z]+-[0-9]+'"}, "commit_message"},
		{"GitLab, its size", "pre-receive hook declined", []string{"GitLab: Your push has been rejected, because this repository has exceeded its size limit of 10 GB by 1 MB."}, "higher limit"},
		{"Gerrit, direct", "prohibited by Gerrit: not permitted: update", []string{"error: branch refs/heads/main:", "To push into this reference you need 'Push' rights."}, "right Push"},
		{"Gerrit, a change id", "commit 1234567: missing Change-Id in message footer", []string{"ERROR: commit 1234567: missing Change-Id in message footer"}, "Change-Id"},
		{"Azure DevOps, a policy", "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.", nil, "Bypass policies"},
		{"Bitbucket Data Center, a restriction", "pre-receive hook declined", []string{"Branch refs/heads/develop can only be modified through pull requests.", "Check your branch permissions configuration with the project administrator."}, "branch permissions"},
		{"Bitbucket, a restriction", "pre-receive hook declined", []string{"[ALERT] Permission denied to update branch main."}, "branch permissions"},
		{"Gitea, a protected branch", "pre-receive hook declined", []string{"Gitea: Not allowed to push to protected branch main"}, "Settings, Branches"},
		{"Forgejo, no right", "pre-receive hook declined", []string{"Forgejo: User permission denied for writing."}, "read but not write"},
		{"gitolite, a branch", "hook declined", []string{"FATAL: W refs/heads/main skills alice DENIED by refs/heads/main", "error: hook declined to update refs/heads/main"}, "a rule of gitolite"},
		{"git, a branch that is checked out", "branch is currently checked out", []string{"error: refusing to update checked out branch: refs/heads/main"}, "bare one"},
		{"git, a hidden reference", "deny updating a hidden ref", nil, "another branch"},
		{"any hook", "pre-receive hook declined", []string{"the moon is not right"}, "own words"},
		{"nothing known", "because", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			answer := ""
			for _, m := range tt.messages {
				answer += lines("\x02" + m + "\n")
			}
			answer += lines("\x01"+lines("unpack ok\n", "ng refs/heads/main "+tt.reason+"\n", "flush"), "flush")
			r, _ := scripted(t, Options{}, status(200, answer))
			report, err := r.Push(t.Context(), moveA, pack("PACK"))
			if err != nil || tt.says == "" && report.Hint != "" || !strings.Contains(report.Hint, tt.says) {
				t.Errorf("got %+v, %v, want %q", report, err, tt.says)
			}
		})
	}
	for name, tt := range map[string]struct {
		unpack, reason string
		messages       []string
		says           string
	}{
		"a disk that is full":                 {"unable to create temporary object directory", "unpacker error", nil, "its own disk"},
		"git, receive.maxInputSize":           {"index-pack abnormal exit", "unpacker error", []string{"fatal: pack exceeds maximum allowed size (1.00 KiB)"}, "limits the size"},
		"git, receive.fsckObjects":            {"unpack-objects abnormal exit", "unpacker error", []string{"error: object 1234: hasDotgit: contains '.git'", "fatal: fsck error in packed object"}, "receive.fsckObjects"},
		"JGit, GitBucket":                     {"error Object too large (2,577,619,487 bytes), rejecting the pack. Max object size limit is 2,147,483,639 bytes.", "unpacker error", nil, "limits the size"},
		"Azure DevOps, an object":             {"error", "The blob object e4f9 was rejected: VS403658: The object is 1074200997 bytes, which is greater than the 10485760 byte limit for objects in this repository.", nil, "limits the size"},
		"Azure DevOps, the repository":        {"error The blob object c369 was rejected: The object will increase this repository size by 7772458 bytes (the limit is 4194304 bytes).", "The blob object c369 was rejected: The object will increase this repository size by 7772458 bytes (the limit is 4194304 bytes).", nil, "limits the size"},
		"a server that names no cause at all": {"eh", "unpacker error", nil, "its log"},
	} {
		answer := ""
		for _, m := range tt.messages {
			answer += lines("\x02" + m + "\n")
		}
		answer += lines("\x01"+lines("unpack "+tt.unpack+"\n", "ng refs/heads/main "+tt.reason+"\n", "flush"), "flush")
		r, _ := scripted(t, Options{}, status(200, answer))
		if report, err := r.Push(t.Context(), moveA, pack("PACK")); err != nil || !strings.Contains(report.Hint, tt.says) {
			t.Errorf("%s: got %+v, %v", name, report, err)
		}
	}
	r, _ := scripted(t, Options{}, status(200, goodReport))
	if report, err := r.Push(t.Context(), moveA, pack("PACK")); err != nil || report.Hint != "" {
		t.Errorf("a good report: got %+v, %v", report, err)
	}
}
