package acctest

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/nanogit/terraform-provider-nanogit/internal/provider"
)

// engine is the path of the program that applies configurations: $NANOGIT_TEST_ENGINE, terraform or
// tofu.
var engine = sync.OnceValues(func() (string, error) {
	if name := os.Getenv("NANOGIT_TEST_ENGINE"); name != "" {
		return exec.LookPath(name)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", errors.New("acceptance tests need terraform >= 1.8 or tofu >= 1.8 on PATH (or its path in NANOGIT_TEST_ENGINE): install one")
})

// Engine returns the path of the engine under which tests run. Without an engine the test fails.
func Engine(t testing.TB) string {
	t.Helper()
	path, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Factories serve the provider from the test's own process, for resource.UnitTest.
func Factories(t testing.TB) map[string]func() (tfprotov6.ProviderServer, error) {
	t.Helper()
	// Otherwise the test framework would look for a terraform to download.
	t.Setenv("TF_ACC_TERRAFORM_PATH", Engine(t))
	t.Setenv("TF_CLI_CONFIG_FILE", os.DevNull)
	t.Setenv("CHECKPOINT_DISABLE", "1")
	return map[string]func() (tfprotov6.ProviderServer, error){
		"nanogit": func() (tfprotov6.ProviderServer, error) {
			p := provider.New("test")
			t.Cleanup(func() {
				if err := p.Close(); err != nil {
					t.Errorf("close the provider: %v", err)
				}
			})
			return provider.NewServer(p)(), nil
		},
	}
}

// binary builds the provider, once for all tests of a process.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "nanogit-bin-")
	if err != nil {
		return "", err
	}
	binaryDir = dir
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "terraform-provider-nanogit"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as releases are built
	build.Dir = strings.TrimSpace(string(out))
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the provider: %w\n%s", err, out)
	}
	return dir, nil
})

var binaryDir string // set by binary, removed by Main

// Main is for TestMain: it runs the tests and removes the binary that they built. Under the name of
// a provider the test binary is that provider's stand-in; see [Workspace.StandIns].
func Main(m *testing.M) int {
	if name, ok := strings.CutPrefix(filepath.Base(os.Args[0]), pluginPrefix); ok {
		return serveStandIn(name)
	}
	wait()
	code := m.Run()
	if binaryDir != "" {
		if err := os.RemoveAll(binaryDir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	return code
}

// wait lets twice as many tests run at a time as there are processors, where no flag says how many:
// most of a test that drives an engine is waiting.
func wait() {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if f := flag.Lookup("test.parallel"); f != nil && !given {
		_ = f.Value.Set(strconv.Itoa(2 * runtime.GOMAXPROCS(0))) // the flag parses every number
	}
}
