package gittest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// RepoOptions describes a repository. The zero value is a SHA-1 repository whose HEAD is the unborn
// branch main.
type RepoOptions struct {
	Branch string            // that HEAD names, "main" by default
	Format string            // "sha1" by default, or "sha256"
	Empty  bool              // without it, the branch begins with a commit of a file README.md
	Hooks  map[string]string // by name ("pre-receive"): the script
	Config map[string]string // by key ("receive.advertisePushOptions")
}

// Repo is a bare repository on disk that its server offers.
type Repo struct {
	Dir    string // where it is
	Branch string // that HEAD names
	server *Server
	name   string
	busy   atomic.Int32 // how many were ever started by Busy
}

// repoConfig makes a repository check the objects of a push, offer the abilities that large hosts
// offer, and never repack itself.
var repoConfig = map[string]string{
	"receive.fsckObjects":            "true",
	"transfer.fsckObjects":           "true",
	"http.receivepack":               "true",
	"uploadpack.allowFilter":         "true",
	"uploadpack.allowAnySHA1InWant":  "true",
	"receive.autogc":                 "false",
	"gc.auto":                        "0",
	"maintenance.auto":               "false",
	"core.logAllRefUpdates":          "false",
	"receive.denyDeleteCurrent":      "ignore",
	"receive.denyCurrentBranch":      "ignore",
	"repack.writeBitmaps":            "false",
	"core.fsync":                     "none",
	"uploadpack.advertiseObjectInfo": "false",
}

// Create makes a repository; its address is the server's URL, a slash and name.
func (s *Server) Create(name string, o RepoOptions) (*Repo, error) {
	if o.Branch == "" {
		o.Branch = "main"
	}
	if o.Format == "" {
		o.Format = "sha1"
	}
	r := &Repo{Dir: filepath.Join(s.root, filepath.FromSlash(name)), Branch: o.Branch, server: s, name: name}
	init := exec.Command("git", "init", "--quiet", "--bare", "--template=",
		"--initial-branch="+o.Branch, "--object-format="+o.Format, r.Dir)
	init.Env = Env()
	if _, err := run(init); err != nil {
		return nil, fmt.Errorf("create repository %s: %w", name, err)
	}
	if err := r.configure(o.Config); err != nil {
		return nil, fmt.Errorf("create repository %s: %w", name, err)
	}
	for hook, script := range o.Hooks {
		if err := r.hook(hook, script); err != nil {
			return nil, fmt.Errorf("create repository %s: %w", name, err)
		}
	}
	if !o.Empty {
		if _, err := r.Commit(o.Branch, "Begin", map[string]File{"README.md": {Content: "# " + name + "\n"}}); err != nil {
			return nil, fmt.Errorf("create repository %s: %w", name, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repos = append(s.repos, r)
	return r, nil
}

// configure appends to the repository's configuration file, as a process of `git config` for each
// key would be slow.
func (r *Repo) configure(more map[string]string) error {
	all := maps.Clone(repoConfig)
	maps.Copy(all, more)
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(all)) {
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			return fmt.Errorf("configuration key %q: want section.name", key)
		}
		section, sub, found := strings.Cut(key[:dot], ".")
		if found {
			section += " " + strconv.Quote(sub)
		}
		fmt.Fprintf(&b, "[%s]\n\t%s = %s\n", section, key[dot+1:], strconv.Quote(all[key]))
	}
	f, err := os.OpenFile(filepath.Join(r.Dir, "config"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(b.String())
	return errors.Join(err, f.Close())
}

func (r *Repo) hook(name, script string) error {
	dir := filepath.Join(r.Dir, "hooks")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755)
}

// URL is the address of the repository.
func (r *Repo) URL() string { return r.server.URL() + "/" + r.name }

// Ref is the full name of the repository's branch: "refs/heads/main".
func (r *Repo) Ref() string { return "refs/heads/" + r.Branch }

// Run runs git in the repository, in the environment [Env], and returns its standard output without
// the last newline.
func (r *Repo) Run(args ...string) (string, error) {
	out, err := r.pipe(nil, args...)
	return strings.TrimSuffix(string(out), "\n"), err
}

// pipe runs git in the repository with this input.
func (r *Repo) pipe(in io.Reader, args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = r.Dir, Env(), in
	return run(cmd)
}

// gitError is the failure of a git command, with its standard error.
type gitError struct {
	args   []string
	err    error
	stderr string
}

// Error names the command, the failure and the standard error.
func (e *gitError) Error() string {
	return fmt.Sprintf("git %s: %v: %s", strings.Join(e.args, " "), e.err, strings.TrimSpace(e.stderr))
}

// Unwrap returns the failure of the process.
func (e *gitError) Unwrap() error { return e.err }

func run(cmd *exec.Cmd) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.Bytes(), &gitError{cmd.Args[1:], err, stderr.String()}
	}
	return stdout.Bytes(), nil
}
