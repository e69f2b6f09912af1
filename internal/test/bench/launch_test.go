//go:build unix

package bench

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
)

func TestMain(m *testing.M) { os.Exit(acctest.Main(m)) }

// cost is the time and memory of a process, as the launcher reports it.
type cost struct {
	CPU  time.Duration // user and system
	Wall time.Duration
	Peak int64 // bytes of resident memory
}

// client is a client of the benchmarks, with the launcher that runs it.
type client struct{ launcher, command string }

// buildClient compiles the client as a release is: without the C library, which would be a megabyte
// and a half of memory.
func buildClient(b *testing.B) client {
	b.Helper()
	dir := b.TempDir()
	cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", dir+string(filepath.Separator),
		"github.com/nanogit/terraform-provider-nanogit/internal/test/benchclient", "github.com/nanogit/terraform-provider-nanogit/internal/test/bench/launcher")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("build the client: %v\n%s", err, out)
	}
	return client{filepath.Join(dir, "launcher"), filepath.Join(dir, "benchclient")}
}

// run gives the client a job and returns its cost.
func (c client) run(b *testing.B, job string) cost {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), c.launcher, c.command, job)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("run %q: %v", cmd.Args, err)
	}
	var used cost
	if err := json.Unmarshal(out, &used); err != nil {
		b.Fatalf("read the launcher's answer %q: %v", out, err)
	}
	return used
}
