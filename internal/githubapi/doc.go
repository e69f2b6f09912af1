// Package githubapi is a client of the REST API of GitHub and GitHub Enterprise, as far as Git
// itself is not enough.
//
//	URL, Repository ──► where the API of a repository is, and its name there
//	Refusal         ──► a response without the wanted result: GitHub's words, a hint, whether to try again
//	Commits         ──► commits that GitHub makes and signs: POST …/git/commits
//
// gitcred asks for the tokens of Apps with it. gitwriter has its commits made by it, where the host
// signs them. A [Commits] is safe for concurrent use, and prints as "[redacted]".
package githubapi
