package foreign

import "slices"

// The types of this provider that take the place of foreign resources.
const (
	ToFile  = "nanogit_file"
	ToFiles = "nanogit_files"
)

// source is a type of resource of another provider: the names of the attributes in its state. ""
// stands for an attribute that the type does not have.
type source struct {
	provider string // the type part of the provider's address: registry.terraform.io/integrations/github
	name     string // of the type
	to       string // ToFile or ToFiles
	host     string // as messages name the host; "" where the provider is for any

	// The repository: a URL, or a name, to which the owner is perhaps separate. id holds something
	// that no URL contains: the number or the UUID of the repository.
	url, owner, repository, id string

	branch string
	ref    string // the branch of a state that leaves branch out, as the host resolved it
	// anywhere: the branch is in the provider's configuration, so that no state tells it.
	anywhere bool

	files string // a map of files by path, whose elements have the attributes below
	path  string

	content  string // as text, or in any of two forms; see encoding
	base64   string // the content in base64, in an attribute of its own
	encoding string // "text" or "base64": the form in which the configuration has the content
	plain    bool   // that is text, where the state has no encoding
	encoded  bool   // the content in state may be base64, whatever the configuration has
	blob     string // the blob id, which tells the forms apart
	exec     string // true: the mode is 100755
}

// sources are the types that can be moved here. The names are those of the providers' schemas:
// integrations/github 6, gitlabhq/gitlab 18, microsoft/azuredevops 1, drfaust92/bitbucket 2,
// go-gitea/gitea 0.8, change-engine/git, xenitab/git and greeddj/gitlabcommits, and the same
// attributes of older versions.
var sources = []source{
	{
		provider: "github", name: "github_repository_file", to: ToFile, host: "GitHub",
		repository: "repository", branch: "branch", ref: "ref", path: "file", content: "content", blob: "sha",
	},
	{
		provider: "gitlab", name: "gitlab_repository_file", to: ToFile, host: "GitLab",
		repository: "project", branch: "branch", ref: "ref", path: "file_path",
		content: "content", encoding: "encoding", encoded: true, blob: "blob_id", exec: "execute_filemode",
	},
	{
		provider: "azuredevops", name: "azuredevops_git_repository_file", to: ToFile, host: "Azure DevOps",
		id: "repository_id", branch: "branch", path: "file", content: "content",
	},
	{
		provider: "bitbucket", name: "bitbucket_commit_file", to: ToFile, host: "Bitbucket",
		owner: "workspace", repository: "repo_slug", branch: "branch", path: "filename", content: "content",
	},
	{
		provider: "gitea", name: "gitea_repository_file", to: ToFile, host: "Gitea",
		owner: "username", repository: "name", branch: "branch", path: "file_path",
		content: "content", encoding: "encoding", plain: true, encoded: true, blob: "file_sha",
	},
	{
		provider: "git", name: "git_file", to: ToFile,
		url: "repository_url", branch: "branch", path: "path", content: "content", blob: "blob_sha",
	},
	{
		provider: "git", name: "git_repository_file", to: ToFile,
		anywhere: true, path: "path", content: "content",
	},
	{
		provider: "gitlabcommits", name: "gitlabcommits_files", to: ToFiles, host: "GitLab",
		repository: "project_id", branch: "branch", files: "files",
		content: "content", base64: "content_base64", blob: "blob_id", exec: "execute_filemode",
	},
}

// Types are the names of the foreign types that a type of this provider takes the place of.
func Types(to string) []string {
	var names []string
	for _, s := range sources {
		if s.to == to {
			names = append(names, s.name)
		}
	}
	slices.Sort(names)
	return names
}
