package acctest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// timeout bounds a run of the engine. It is generous, and only ends a run that would never end.
const timeout = 5 * time.Minute

// Workspace is a directory with a configuration, a state and an engine that knows the built
// provider. It keeps all output and logs of the engine, for tests that look for text that must not
// be in them.
type Workspace struct {
	Dir  string // the configuration and the state
	Temp string // the temporary directory of the engine and of the provider
	// Log has the output of all runs; with Trace also the logs.
	Log bytes.Buffer

	engine  string
	env     []string
	sources map[string]string // of the providers but nanogit, by local name
}

// NewWorkspace makes an empty workspace. env is added to the engine's environment, which otherwise
// has nothing of the test's.
func NewWorkspace(t testing.TB, env ...string) *Workspace {
	t.Helper()
	w := &Workspace{engine: Engine(t)}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	// Not t.TempDir: sockets below a directory that is named for a long sentence have names that
	// are too long.
	root, err := os.MkdirTemp("", "nanogit-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(root); err != nil {
			t.Error(err)
		}
	})
	w.Dir, w.Temp = filepath.Join(root, "work"), filepath.Join(root, "tmp")
	for _, dir := range []string{w.Dir, w.Temp} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(root, "cli.tfrc")
	override(t, config, map[string]string{"nanogit/nanogit": bin})
	w.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + root, "TMPDIR=" + w.Temp,
		"TF_CLI_CONFIG_FILE=" + config, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1",
	}, env...)
	if p := placeOf(t); p != nil {
		w.env = append(w.env, p.environment()...)
	}
	return w
}

// override writes the engine's configuration: the directories of providers, by address.
func override(t testing.TB, config string, dirs map[string]string) {
	t.Helper()
	var rc strings.Builder
	rc.WriteString("provider_installation {\n  dev_overrides {\n")
	for _, address := range slices.Sorted(maps.Keys(dirs)) {
		fmt.Fprintf(&rc, "    %q = %q\n", address, dirs[address])
	}
	rc.WriteString("  }\n  direct {}\n}\n")
	if err := os.WriteFile(config, []byte(rc.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Environment is the environment that the engine runs in.
func (w *Workspace) Environment() []string { return slices.Clone(w.env) }

// Trace makes the engine and the provider log everything they can, into Log.
func (w *Workspace) Trace() { w.env = append(w.env, "TF_LOG=TRACE") }

// Setenv sets a variable of the engine's environment from now on.
func (w *Workspace) Setenv(name, value string) { w.env = append(w.env, name+"="+value) }

// Write writes a file into the workspace, and makes the directories that it is in.
func (w *Workspace) Write(t testing.TB, name, content string) {
	t.Helper()
	file := filepath.Join(w.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Config replaces the configuration. The provider's source is named for it.
func (w *Workspace) Config(t testing.TB, hcl string) {
	t.Helper()
	var sources strings.Builder
	for _, name := range slices.Sorted(maps.Keys(w.sources)) {
		fmt.Fprintf(&sources, "    %s = { source = %q }\n", name, w.sources[name])
	}
	w.Write(t, "main.tf", "terraform {\n  required_providers {\n    nanogit = { source = \"nanogit/nanogit\" }\n"+sources.String()+"  }\n}\n"+hcl)
}

// Run runs the engine and returns its output and its exit code.
func (w *Workspace) Run(t testing.TB, args ...string) (output string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.engine, args...)
	cmd.Dir, cmd.Env = w.Dir, w.env
	var both, logged bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	if slices.Contains(w.env, "TF_LOG=TRACE") {
		cmd.Stderr = &logged // errors and the log share it
	}
	err := cmd.Run()
	fmt.Fprintf(&w.Log, "$ %s\n%s%s\n", strings.Join(args, " "), both.Bytes(), logged.Bytes())
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, both.String())
	}
	return both.String() + errorLines(logged.String()), cmd.ProcessState.ExitCode()
}

// errorLines drops log lines, which begin with a date.
func errorLines(log string) string {
	var out strings.Builder
	for line := range strings.Lines(log) {
		if len(line) < 5 || line[4] != '-' {
			out.WriteString(line)
		}
	}
	return out.String()
}

// Apply applies the configuration, which must succeed.
func (w *Workspace) Apply(t testing.TB, args ...string) string {
	t.Helper()
	out, code := w.Run(t, append([]string{"apply", "-auto-approve", "-no-color"}, args...)...)
	if code != 0 {
		t.Fatalf("apply ended with code %d:\n%s", code, errorsOf(out))
	}
	return out
}

// Destroy destroys everything, which must succeed.
func (w *Workspace) Destroy(t testing.TB, args ...string) string {
	t.Helper()
	return w.Apply(t, append([]string{"-destroy"}, args...)...)
}

// Refused applies the configuration, which must fail, and returns the output, without the frame
// around errors and with spaces for line breaks.
func (w *Workspace) Refused(t testing.TB, args ...string) string {
	t.Helper()
	out, code := w.Run(t, append([]string{"apply", "-auto-approve", "-no-color"}, args...)...)
	if code == 0 {
		t.Fatalf("apply succeeded and should not have:\n%s", out)
	}
	return flatten(out)
}

// Plan makes a plan, which must succeed, and reports whether it has changes.
func (w *Workspace) Plan(t testing.TB, args ...string) (output string, changes bool) {
	t.Helper()
	out, code := w.Run(t, append([]string{"plan", "-detailed-exitcode", "-no-color"}, args...)...)
	if code != 0 && code != 2 {
		t.Fatalf("plan ended with code %d:\n%s", code, out)
	}
	return out, code == 2
}

// Clean fails the test unless a plan has no changes.
func (w *Workspace) Clean(t testing.TB, args ...string) {
	t.Helper()
	if out, changes := w.Plan(t, args...); changes {
		t.Errorf("the plan is not empty:\n%s", out)
	}
}

// Attributes returns the attributes of a resource in state, by address.
func (w *Workspace) Attributes(t testing.TB, address string) map[string]any {
	t.Helper()
	out, code := w.Run(t, "show", "-json")
	if code != 0 {
		t.Fatalf("show ended with code %d:\n%s", code, out)
	}
	// With TF_LOG set the log is not in out; a warning about dev_overrides may be.
	out = out[max(strings.Index(out, `{"`), 0):]
	var state struct {
		Values struct {
			Root struct {
				Resources []struct {
					Address string         `json:"address"`
					Values  map[string]any `json:"values"`
				} `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&state); err != nil {
		t.Fatalf("read the state: %v\n%s", err, out)
	}
	for _, r := range state.Values.Root.Resources {
		if r.Address == address {
			return r.Values
		}
	}
	t.Fatalf("state has no %s", address)
	return nil
}

// errorsOf returns the part of an engine's output from the first error on.
func errorsOf(out string) string {
	if i := strings.Index(out, "Error: "); i >= 0 {
		return out[i:]
	}
	return out
}

// flatten joins the lines of diagnostics, which the engine wraps.
func flatten(s string) string {
	var words []string
	for word := range strings.FieldsSeq(s) {
		if word != "│" && word != "╷" && word != "╵" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}
