package acctest_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// memoryLimit is the documented limit of the provider's memory, for any number and size of files.
const memoryLimit = 64 << 20

// A nanogit_commit that names ten thousand paths keeps a second copy of them in its plan and its
// state, and the plugin framework keeps several copies of such a map at a time.
const memoryLimitNamed = 80 << 20

func TestMemoryIsFlatInTheNumberOfFiles(t *testing.T) {
	dir := directory(t, 10_000, 20_000)
	t.Run("pushed as they come", func(t *testing.T) { flat(t, memoryLimit, "", sourceDir(dir, "")) })
	t.Run("waiting for a commit", func(t *testing.T) { flat(t, memoryLimitNamed, explicit, sourceDir(dir, "")+namingSets("c", "f")) })
}

func TestMemoryIsFlatInTheSizeOfAFile(t *testing.T) {
	source := large(t)
	for name, config := range map[string]string{
		"in a directory": sourceDir(filepath.Dir(source), ""),
		"by itself":      fmt.Sprintf("resource \"nanogit_file\" \"f\" {\n  path = \"large\"\n  source = %q\n}\n", source),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // with each other alone: git hashes most of the time, on a single core
			flat(t, memoryLimit, `limits = { max_object_size = "1GiB" }`, config)
		})
	}
}

// flat fails the test if the provider takes more memory than it may to apply a configuration and to
// plan it again.
func flat(t *testing.T, limit int64, settings, config string) {
	t.Helper()
	// Git keeps the pack as it arrives. Otherwise it would deflate a large object again to make it
	// a file of its own.
	keep := map[string]string{"receive.unpackLimit": "1"}
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Config: keep})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, settings)+config)
	for _, step := range []struct {
		name string
		run  func()
	}{{"creation", func() { w.Apply(t) }}, {"a plan without changes", func() { w.Clean(t) }}} {
		provided := w.Attach(t) // no engine plans and plans again with the same process
		step.run()
		peak := provided.PeakMemory(t)
		t.Logf("after %s: %d MiB at most", step.name, peak>>20)
		if peak > limit {
			t.Errorf("%s takes %d MiB, and may take %d", step.name, peak>>20, limit>>20)
		}
	}
	if n := repo.Commits(t, "main"); n != 2 {
		t.Errorf("%d commits, want the seed's and one", n)
	}
}

// large is a file of 1 GiB that does not compress, alone in its directory.
func large(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "large")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.CopyN(f, rand.NewChaCha8([32]byte{1}), 1<<30)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}
