package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// engine is a terraform or a tofu with a configuration directory and settings of its own: nothing
// of the user's (CLI configuration, plugin cache, variables, git configuration) reaches it.
type engine struct {
	path    string
	version string // its first line
	dir     string // of the configuration
	env     []string
}

// newEngine finds an engine, builds the provider into scratch and makes the engine use that.
func newEngine(ctx context.Context, path, scratch string) (*engine, error) {
	path, err := findEngine(path)
	if err != nil {
		return nil, err
	}
	bin, home := filepath.Join(scratch, "bin"), filepath.Join(scratch, "home")
	if err := os.Mkdir(home, 0o755); err != nil {
		return nil, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", bin+string(filepath.Separator), "github.com/nanogit/terraform-provider-nanogit")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the provider: %w\n%s", err, out)
	}
	cli := filepath.Join(scratch, "cli.tfrc")
	if err := os.WriteFile(cli, []byte(overrides(bin)), 0o600); err != nil {
		return nil, err
	}
	e := &engine{path: path, dir: filepath.Join(scratch, "configuration")}
	e.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + os.TempDir(), "TMP=" + os.TempDir(), "SystemRoot=" + os.Getenv("SystemRoot"),
		"TF_CLI_CONFIG_FILE=" + cli, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
	}
	version, err := exec.CommandContext(ctx, path, "version").Output()
	if err != nil {
		return nil, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	e.version = firstLine(string(version))
	return e, nil
}

func findEngine(path string) (string, error) {
	names := []string{"terraform", "tofu"}
	if path != "" {
		names = []string{path}
	}
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("not on PATH: %s", strings.Join(names, ", "))
}

// overrides is a CLI configuration by which both engines take the provider from a directory:
// "nanogit/nanogit" means another address to each of them.
func overrides(bin string) string {
	dir := strconv.Quote(filepath.ToSlash(bin))
	return "provider_installation {\n  dev_overrides {\n" +
		"    \"registry.terraform.io/nanogit/nanogit\" = " + dir + "\n" +
		"    \"registry.opentofu.org/nanogit/nanogit\" = " + dir + "\n  }\n  direct {}\n}\n"
}

// run runs a command of the engine against the repository at url and returns its whole output. An
// exit code other than want is an error, with the same output.
func (e *engine) run(ctx context.Context, url string, want int, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, e.path, args...)
	cmd.Dir = e.dir
	cmd.Env = append(slices.Clip(e.env), "TF_VAR_url="+url)
	// An interrupted engine gets the time to finish.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var all bytes.Buffer
	cmd.Stdout, cmd.Stderr = &all, &all
	err := cmd.Run()
	if cmd.ProcessState == nil {
		return "", fmt.Errorf("start %s: %w", e.path, err)
	}
	if code := cmd.ProcessState.ExitCode(); code != want {
		return "", fmt.Errorf("%s %s: exit code %d, want %d\n%s", filepath.Base(e.path), strings.Join(args, " "), code, want, all.String())
	}
	return all.String(), nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line)
}
