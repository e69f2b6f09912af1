// Command demo shows the provider at work, on this machine and with nothing but Go, git, and
// terraform or tofu.
//
//	go build ─► provider ─┐
//	examples/demo/1-create, 2-change ─► engine ─► provider ─► gittest (git http-backend) ─► a scratch repository ─► git log
//
// git checks the repository after every step; the first difference ends the demo with exit code 1.
// All files are in a temporary directory, which is removed at the end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

func main() {
	enginePath := flag.String("engine", "", "terraform or tofu, by name or path (default: whichever is on PATH)")
	configuration := flag.String("configuration", "examples/demo", "directory of the configurations to apply")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGPIPE) // a reader that closes the pipe early (make demo | head) must not prevent the cleanup
	out := newPrinter(os.Stdout)
	if err := run(ctx, out, *enginePath, *configuration); err != nil {
		out.fail(err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, out *printer, enginePath, configuration string) (err error) {
	scratch, err := os.MkdirTemp("", "nanogit-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()

	out.heading("A Git server with a repository")
	server, err := gittest.Start(gittest.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	repo, err := server.Create("site.git", gittest.RepoOptions{Empty: true})
	if err != nil {
		return err
	}
	if _, err := repo.Commit(repo.Branch, "What was there before", seed); err != nil {
		return err
	}
	out.line("%s, branch %s, %d files, among them a symbolic link and a submodule", repo.URL(), repo.Branch, len(seed))

	e, err := newEngine(ctx, enginePath, scratch)
	if err != nil {
		return err
	}
	out.line("%s, and the provider built from here", e.version)

	s := &story{out: out, engine: e, repo: repo, server: server, configuration: configuration}
	return s.tell(ctx)
}

// seed holds the files of the repository before Terraform's.
var seed = map[string]gittest.File{
	"README.md":          {Content: "# Site\n"},
	"src/main.go":        {Content: "package main\n\nfunc main() {}\n"},
	"src/run":            {Content: "#!/bin/sh\n", Mode: "100755"},
	"latest":             {Content: "src/main.go", Mode: "120000"},
	"vendor/theme":       {Content: "0123456789012345678901234567890123456789", Mode: "160000"},
	"deploy/Größe.yaml":  {Content: "written: by hand\n"},
	"docs/by-hand/a.txt": {Content: "a\n"},
}

// use copies the configuration of a directory to the directory in which the engine runs.
func (e *engine) use(dir string) error {
	content, err := os.ReadFile(filepath.Join(dir, "main.tf"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(e.dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(e.dir, "main.tf"), content, 0o600)
}

// unexpected is the error of a failing check.
func unexpected(subject string, got, want any) error {
	return fmt.Errorf("%s: got %v, want %v", subject, got, want)
}
