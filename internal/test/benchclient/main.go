// Command benchclient does a job of the benchmarks with the provider's own engine and without
// Terraform.
//
//	benchclient job.json ─► gitremote + gitwriter ─► result as JSON in the job's "out"
//
// A job writes files in a commit, finds the blob ids of paths, reads their contents, or does the
// least work that writing takes (floor). BENCH_CPUPROFILE and BENCH_MEMPROFILE are path prefixes
// for pprof files.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/lean"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
)

// job is the input of a run, which the benchmark writes.
type job struct {
	URL     string `json:"url"`
	Branch  string `json:"branch"` // short name
	User    string `json:"user"`
	Pass    string `json:"pass"`
	Op      string `json:"op"`     // write, hash, read or floor
	Mode    string `json:"mode"`   // staging mode; empty for auto
	Format  string `json:"format"` // object format that floor hashes in; empty for sha1
	Files   []file `json:"files"`
	Message string `json:"message"`
	Name    string `json:"name"`
	Email   string `json:"email"`
	When    int64  `json:"when"` // Unix seconds, UTC
	Out     string `json:"out"`
	TmpDir  string `json:"tmpdir"`
}

type file struct {
	Path    string `json:"path"`
	SrcFile string `json:"srcfile"` // holds the content to write
	Update  bool   `json:"update"`  // the path exists already
}

// result is the output of a run, which the benchmark checks.
type result struct {
	Commit string             `json:"commit,omitempty"`
	Tree   string             `json:"tree,omitempty"`
	Hashes map[string]string  `json:"hashes,omitempty"` // path to blob id
	Phases map[string]float64 `json:"phases,omitempty"` // milliseconds
}

// gcPercent trades a little CPU time for memory, as the provider does too: most memory that a job
// allocates is garbage soon.
const gcPercent = 30

func main() {
	if os.Getenv("BENCH_MEMPROFILE") == "" {
		runtime.MemProfileRate = 0
	}
	debug.SetGCPercent(gcPercent)
	lean.Pages() // as the provider does
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: benchclient job.json")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "benchclient:", err)
		os.Exit(1)
	}
}

func run(jobFile string) error {
	raw, err := os.ReadFile(jobFile)
	if err != nil {
		return err
	}
	var j job
	if err := json.Unmarshal(raw, &j); err != nil {
		return fmt.Errorf("%s: %w", jobFile, err)
	}
	stop, err := profile()
	if err != nil {
		return err
	}
	res, err := j.do(context.Background())
	if err != nil {
		return err
	}
	if err := stop(); err != nil {
		return err
	}
	if raw, err = json.Marshal(res); err != nil {
		return err
	}
	return os.WriteFile(j.Out, raw, 0o600)
}

// do opens the repository and runs the job's operation.
func (j *job) do(ctx context.Context) (*result, error) {
	if j.Op == "floor" {
		return j.floor()
	}
	mode := packstage.Auto
	if j.Mode != "" {
		var err error
		if mode, err = packstage.ParseMode(j.Mode); err != nil {
			return nil, err
		}
	}
	var auth gitremote.Auth
	if j.User != "" {
		auth = gitremote.Basic{Username: j.User, Password: j.Pass}
	}
	remote, err := gitremote.Open(gitremote.Options{URL: j.URL, Auth: auth})
	if err != nil {
		return nil, err
	}
	defer remote.Close()
	reader := gitread.Open(ctx, gitread.Remote{Refs: remote, Packs: remote, Server: remote}, gitread.Options{})
	repo, err := gitwriter.Open(reader, remote, gitwriter.Options{
		Stage: packstage.Options{Mode: mode, Directory: j.TmpDir},
		Now:   func() time.Time { return time.Unix(j.When, 0).UTC() },
	})
	if err != nil {
		return nil, err
	}
	defer repo.Close()
	branch, err := repo.Branch(ctx, j.Branch)
	if err != nil {
		return nil, err
	}
	switch j.Op {
	case "write":
		return j.write(ctx, branch)
	case "hash", "read":
		return j.read(ctx, branch)
	}
	return nil, fmt.Errorf("op %q is neither write, hash, read nor floor", j.Op)
}

// phases measures the parts of a job.
type phases struct {
	last time.Time
	ms   map[string]float64
}

func newPhases() *phases { return &phases{last: time.Now(), ms: make(map[string]float64)} }

func (p *phases) mark(name string) {
	now := time.Now()
	p.ms[name] = float64(now.Sub(p.last).Microseconds()) / 1000
	p.last = now
}

func (j *job) write(ctx context.Context, branch *gitwriter.Branch) (*result, error) {
	ph := newPhases()
	changes := make([]gitwriter.Change, len(j.Files))
	if err := j.stage(ctx, branch, changes); err != nil {
		return nil, err
	}
	ph.mark("stage")
	id := gitwriter.Identity{Name: j.Name, Email: j.Email}
	out := branch.Commit(ctx, changes, gitwriter.Meta{Message: j.Message, Author: id, Committer: id})
	ph.mark("commit+push")
	res := &result{Phases: ph.ms}
	for i, o := range out {
		if o.Err != nil {
			return nil, fmt.Errorf("%s: %w", j.Files[i].Path, o.Err)
		}
		if res.Commit == "" && !o.Result().Commit.IsZero() {
			res.Commit, res.Tree = o.Result().Commit.String(), o.Result().Tree.String()
		}
	}
	return res, nil
}

// stage stages the files in order, not in parallel, so that the benchmark compares the work and not
// the number of cores that share it.
func (j *job) stage(ctx context.Context, branch *gitwriter.Branch, changes []gitwriter.Change) (err error) {
	for i, f := range j.Files {
		if changes[i], err = stageFile(ctx, branch, f); err != nil {
			return err
		}
	}
	return nil
}

func stageFile(ctx context.Context, branch *gitwriter.Branch, f file) (gitwriter.Change, error) {
	c := gitwriter.Change{Path: f.Path, Mode: gitobj.ModeFile, Expect: gitwriter.ExpectAny()}
	if !f.Update {
		c.Expect = gitwriter.ExpectAbsent()
	}
	src, err := os.Open(f.SrcFile)
	if err != nil {
		return c, err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return c, err
	}
	c.Blob, err = branch.StageBlob(ctx, info.Size(), src)
	return c, err
}

// read finds the blob ids of the job's paths and, unless the operation is "hash", reads and hashes
// their contents.
func (j *job) read(ctx context.Context, branch *gitwriter.Branch) (*result, error) {
	ph := newPhases()
	paths := make([]string, len(j.Files))
	for i, f := range j.Files {
		paths[i] = f.Path
	}
	entries, errs, err := branch.LookupAll(ctx, paths)
	if err != nil {
		return nil, err
	}
	ph.mark("lookup")
	res := &result{Hashes: make(map[string]string, len(paths)), Phases: ph.ms}
	ids := make([]gitobj.ID, len(entries))
	for i, e := range entries {
		if errs != nil && errs[i] != nil {
			return nil, errs[i]
		}
		if !e.Exists() {
			return nil, fmt.Errorf("%s: not on branch %s", e.Path, branch.Name())
		}
		ids[i] = e.ID
		res.Hashes[e.Path] = e.ID.String()
	}
	if j.Op == "hash" {
		return res, nil
	}
	blobs, err := branch.ReadBlobs(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, b := range blobs {
		res.Hashes[paths[i]] = gitobj.Hash(ids[i].Format(), gitobj.KindBlob, b).String()
	}
	ph.mark("blobs")
	return res, nil
}
