package gittest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The people of a commit that [CommitsAPI] makes: the App, and GitHub itself.
const (
	AppAuthor    = "acme-bot[bot] <4711+acme-bot[bot]@users.noreply.github.com>"
	AppCommitter = "GitHub <noreply@github.com>"
)

// apiPath is where GitHub Enterprise has its API, below the address of the server; commitsPath ends
// the path of requests for commits.
const apiPath, commitsPath = "/api/v3/", "/git/commits"

// Loss is the fate of an answer of [CommitsAPI].
type Loss int

// The answer arrives; the request is lost; the answer is lost after the commit was made.
const (
	Arrives Loss = iota
	RequestLost
	AnswerLost
)

// CommitsAPI is GitHub's POST /repos/OWNER/NAME/git/commits for the repositories of a [Server]. It
// makes the commit in the repository itself, with `git commit-tree -S` and an SSH key of its own.
// As GitHub does, it leaves a commit unsigned for which the request names a person, and refuses
// trees and parents that the repository does not have.
type CommitsAPI struct {
	// Before, when set, is called with the number of each request, from 1, before anything is done
	// about it. It may commit as somebody else.
	Before func(n int) Loss
	// Person leaves all commits unsigned, as for the token of a person.
	Person bool
	// RefuseEmpty refuses commits in a repository without branches.
	RefuseEmpty bool
	// Token is the token of "Authorization: Bearer", when it is set.
	Token string

	server  *Server
	key     string // file of the private key
	allowed string // file of allowed signers

	mu    sync.Mutex // guards the fields below
	calls int
	made  []string
}

// NewCommitsAPI adds the API to a server.
func NewCommitsAPI(t testing.TB, s *Server) *CommitsAPI {
	t.Helper()
	dir := t.TempDir()
	a := &CommitsAPI{server: s, key: filepath.Join(dir, "key"), allowed: filepath.Join(dir, "allowed")}
	err := KeyGen(a.key, "-t", "ed25519", "-N", "")
	var public []byte
	if err == nil {
		public, err = os.ReadFile(a.key + ".pub")
	}
	if err == nil {
		err = os.WriteFile(a.allowed, append([]byte(`noreply@github.com namespaces="git" `), public...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.api = a
	return a
}

// Calls is the number of requests so far.
func (a *CommitsAPI) Calls() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls
}

// Made are the ids of the commits so far.
func (a *CommitsAPI) Made() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.made)
}

// Config is the configuration with which git in a repository trusts the API's key.
func (a *CommitsAPI) Config() map[string]string {
	return map[string]string{"gpg.ssh.allowedSignersFile": a.allowed}
}

// documented is the address that all of GitHub's errors name.
const documented = "https://docs.github.com/rest/git/commits#create-a-commit"

// apiError is a response without a commit.
type apiError struct {
	status  int
	message string
}

func (e *apiError) Error() string { return e.message }

// ServeHTTP answers a request for a commit.
func (a *CommitsAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.calls++
	n := a.calls
	a.mu.Unlock()
	fate := Arrives
	if a.Before != nil {
		fate = a.Before(n)
	}
	if fate == RequestLost {
		drop(w)
	}
	got, err := a.answer(r, n)
	if fate == AnswerLost {
		drop(w)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if e := (*apiError)(nil); errors.As(err, &e) {
		w.WriteHeader(e.status)
		got = map[string]any{"message": e.message, "documentation_url": documented, "status": fmt.Sprint(e.status)}
	} else if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		got = map[string]any{"message": err.Error()}
	} else {
		w.WriteHeader(http.StatusCreated)
	}
	_ = json.NewEncoder(w).Encode(got) // a client that is gone is no concern here
}

// commitRequest is the body of a request.
type commitRequest struct {
	Message   string           `json:"message"`
	Tree      string           `json:"tree"`
	Parents   []string         `json:"parents"`
	Author    *json.RawMessage `json:"author"`
	Committer *json.RawMessage `json:"committer"`
}

// answer makes the commit and describes it as GitHub does.
func (a *CommitsAPI) answer(r *http.Request, n int) (map[string]any, error) {
	if token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); token == "" || a.Token != "" && !same(token, a.Token) {
		return nil, &apiError{http.StatusUnauthorized, "Bad credentials"}
	}
	repo := a.repo(r.URL.Path)
	if repo == nil || r.Method != http.MethodPost {
		return nil, &apiError{http.StatusNotFound, "Not Found"}
	}
	var in commitRequest
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, &apiError{http.StatusBadRequest, "Problems parsing JSON"}
	}
	if heads, err := repo.Run("for-each-ref", "refs/heads"); err == nil && heads == "" && a.RefuseEmpty {
		return nil, &apiError{http.StatusConflict, "Git Repository is empty."}
	}
	if kind, err := repo.Run("cat-file", "-t", in.Tree); err != nil || kind != "tree" {
		return nil, &apiError{http.StatusUnprocessableEntity, "Tree SHA does not exist"}
	}
	for _, p := range in.Parents {
		if kind, err := repo.Run("cat-file", "-t", p); err != nil || kind != "commit" {
			return nil, &apiError{http.StatusUnprocessableEntity, "Parent SHA does not exist or is not a commit object"}
		}
	}
	id, err := a.commit(repo, in, !a.Person && in.Author == nil && in.Committer == nil, n)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	a.made = append(a.made, id)
	a.mu.Unlock()
	return describe(repo, id, in)
}

// repo is the repository that a path of the API names.
func (a *CommitsAPI) repo(path string) *Repo {
	name, ok := strings.CutPrefix(path, apiPath+"repos/")
	if name, ok2 := strings.CutSuffix(name, commitsPath); ok && ok2 {
		a.server.mu.Lock()
		defer a.server.mu.Unlock()
		for _, r := range a.server.repos {
			if strings.TrimSuffix(r.name, ".git") == name {
				return r
			}
		}
	}
	return nil
}

// commit makes the commit. Two commits of the same content have different dates.
func (a *CommitsAPI) commit(repo *Repo, in commitRequest, signed bool, n int) (string, error) {
	args := []string{"-c", "gpg.format=ssh", "-c", "user.signingkey=" + a.key, "commit-tree", in.Tree}
	if signed {
		args = append(args, "-S")
	}
	for _, p := range in.Parents {
		args = append(args, "-p", p)
	}
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = repo.Dir, strings.NewReader(in.Message)
	date := fmt.Sprintf("%d +0000", 1_750_000_000+n)
	person := func(role, who string) []string {
		name, email, _ := strings.Cut(strings.TrimSuffix(who, ">"), " <")
		return []string{"GIT_" + role + "_NAME=" + name, "GIT_" + role + "_EMAIL=" + email, "GIT_" + role + "_DATE=" + date}
	}
	cmd.Env = Env(append(person("AUTHOR", AppAuthor), person("COMMITTER", AppCommitter)...)...)
	out, err := run(cmd)
	return strings.TrimSpace(string(out)), err
}

// describe is the answer about a commit.
func describe(repo *Repo, id string, in commitRequest) (map[string]any, error) {
	raw, err := repo.pipe(nil, "cat-file", "commit", id)
	if err != nil {
		return nil, err
	}
	payload, signature := unsign(string(raw))
	parents := []map[string]string{}
	for _, p := range in.Parents {
		parents = append(parents, map[string]string{"sha": p})
	}
	verification := map[string]any{"verified": signature != "", "reason": "valid", "signature": signature, "payload": payload}
	if signature == "" {
		verification = map[string]any{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil}
	}
	return map[string]any{
		"sha": id, "message": in.Message, "tree": map[string]string{"sha": in.Tree}, "parents": parents, "verification": verification,
	}, nil
}

// unsign takes the signature out of a commit object.
func unsign(raw string) (payload, signature string) {
	head, message, _ := strings.Cut(raw, "\n\n")
	var keep, sign []string
	inside := false
	for line := range strings.SplitSeq(head, "\n") {
		rest, begins := strings.CutPrefix(line, "gpgsig ")
		if !begins {
			rest, begins = strings.CutPrefix(line, "gpgsig-sha256 ")
		}
		more, follows := strings.CutPrefix(line, " ")
		switch {
		case begins:
			inside = true
			sign = append(sign, rest)
		case inside && follows:
			sign = append(sign, more)
		default:
			inside = false
			keep = append(keep, line)
		}
	}
	return strings.Join(keep, "\n") + "\n\n" + message, strings.Join(sign, "\n")
}
