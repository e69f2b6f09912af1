package acctest_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// noise makes a directory of n files of this size in bytes, of random bytes, which do not deflate.
func noise(t testing.TB, n, size int) string {
	t.Helper()
	dir := t.TempDir()
	random := rand.NewChaCha8([32]byte{4})
	data := make([]byte, size)
	for i := range n {
		_, _ = random.Read(data) // never fails
		name := filepath.Join(dir, fmt.Sprintf("d%02d", i/100), fmt.Sprintf("f%04d.bin", i))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The documented bounds of the modes, in bytes: the memory that they add to an idle provider, with
// 60 MB of content that does not deflate. Memory mode holds the content, disk and auto mode do not.
const (
	content        = 60_000_000
	maxOverIdle    = 64 << 20
	memoryOverIdle = content + 22_000_000
	leastMore      = content / 2
)

// staged holds the measurements of a provider in a mode, and the tree that it wrote.
type staged struct {
	idle, peak int64 // bytes of resident memory
	tree       string
}

func TestTheModesDifferInMemoryAndInNothingElse(t *testing.T) {
	dir := noise(t, 3000, 20_000)
	got := map[string]staged{}
	for _, mode := range []string{"memory", "disk", "auto"} {
		got[mode] = apply(t, mode, sourceDir(dir, ""))
		t.Logf("%s: %d MB at most, %d MB when idle", mode, got[mode].peak/1_000_000, got[mode].idle/1_000_000)
	}
	for _, mode := range []string{"disk", "auto"} {
		if s := got[mode]; s.peak > s.idle+maxOverIdle {
			t.Errorf("%s takes %d bytes more than when idle, and may take %d", mode, s.peak-s.idle, maxOverIdle)
		}
		if got[mode].tree != got["memory"].tree {
			t.Errorf("%s makes tree %s, memory %s", mode, got[mode].tree, got["memory"].tree)
		}
	}
	memory := got["memory"]
	if more := memory.peak - memory.idle; more > memoryOverIdle {
		t.Errorf("memory takes %d bytes more than when idle, and may take %d", more, memoryOverIdle)
	}
	if more := memory.peak - got["disk"].peak; more < leastMore {
		t.Errorf("memory takes only %d bytes more than disk: one of them does not do what it says", more)
	}
}

// apply applies the configuration in this mode, and looks at the files that the provider has open
// while its push is under way and afterwards.
func apply(t *testing.T, mode, config string) staged {
	t.Helper()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	provided := w.Attach(t)
	w.Config(t, provider(repo, fmt.Sprintf("staging_mode = %q", mode))+config)
	if out, code := w.Run(t, "validate"); code != 0 {
		t.Fatalf("validate ended with code %d:\n%s", code, out)
	}
	s := staged{idle: provided.PeakMemory(t)}
	stall := server.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Stall})
	run := w.Start(t, "apply", "-auto-approve", "-no-color")
	<-stall.Reached()
	wantFiles(t, provided, w.Temp, mode != "memory", "during the push in mode "+mode)
	empty(t, w, "the push began")
	stall.Release()
	out := run.Wait(t)
	if !strings.Contains(out, "Apply complete!") {
		t.Fatalf("apply:\n%s", out)
	}
	wantFiles(t, provided, w.Temp, false, "after the push in mode "+mode)
	s.peak, s.tree = provided.PeakMemory(t), repo.Git(t, "rev-parse", "main^{tree}")
	if commits, files := repo.Commits(t, "main"), len(repo.Tree(t, "main")); commits != 2 || files != 3001 {
		t.Errorf("%d commits and %d files, want the seed's and one, and 3001", commits, files)
	}
	return s
}

// wantFiles fails the test unless the provider has an unnamed file open below dir, or none.
func wantFiles(t *testing.T, provided *acctest.Attached, dir string, want bool, when string) {
	t.Helper()
	files := provided.OpenFiles(t, dir)
	if want != (len(files) == 1) || len(files) > 1 {
		t.Errorf("%s the provider has %d files open, want one: %v (%v)", when, len(files), want, files)
	}
	for _, f := range files {
		if !strings.HasSuffix(f, " (deleted)") {
			t.Errorf("%s %s still has a name", when, f)
		}
	}
}

// TestAnApplyThatMeetsAFullDiskSaysSoAndTheNextOneGoesThrough fills the staging directory in
// several ways, and frees it again.
func TestAnApplyThatMeetsAFullDiskSaysSoAndTheNextOneGoesThrough(t *testing.T) {
	t.Parallel()
	for name, disk := range map[string]struct {
		// dir returns the staging directory; full makes it so for the provider.
		dir  func(t *testing.T) string
		full func(t *testing.T, provided *acctest.Attached)
		mend func(t *testing.T, provided *acctest.Attached, dir string)
		want string
	}{
		"a file system of 100 KB": {
			func(t *testing.T) string { return tmpfs(t, "size=100k") },
			func(*testing.T, *acctest.Attached) {},
			func(t *testing.T, _ *acctest.Attached, dir string) {
				if err := unix.Mount("", dir, "", unix.MS_REMOUNT, "size=10m"); err != nil {
					t.Fatal(err)
				}
			},
			"no space left on device",
		},
		"a limit on the size of files": {
			func(t *testing.T) string { return t.TempDir() },
			func(t *testing.T, provided *acctest.Attached) { provided.LimitFiles(t, 100_000) },
			func(t *testing.T, provided *acctest.Attached, _ string) { provided.LimitFiles(t, 10_000_000) },
			"file too large",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := disk.dir(t)
			source := noise(t, 20, 20_000)
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
			w := acctest.NewWorkspace(t)
			provided := w.Attach(t)
			w.Config(t, provider(repo, fmt.Sprintf("staging_mode = \"disk\"\nstaging = { directory = %q }", dir))+sourceDir(source, "")+one("small", "small", ""))
			disk.full(t, provided)
			out := w.Refused(t, "-parallelism=1")
			for _, want := range []string{disk.want, dir, "make room there, or set staging.directory to one that has it"} {
				if !strings.Contains(out, want) {
					t.Errorf("the error does not have %q:\n%s", want, out)
				}
			}
			// The other resource was unharmed, and of the files that did not fit none was written.
			if files := repo.Tree(t, "main"); len(files) != 2 || repo.Content(t, "main", "small") != "small" {
				t.Errorf("the branch holds %v, want the seed's file and small", files)
			}
			wantFiles(t, provided, dir, false, "after the error")
			disk.mend(t, provided, dir)
			w.Apply(t)
			w.Clean(t)
			if files := repo.Tree(t, "main"); len(files) != 22 {
				t.Errorf("the branch has %d files, want 22", len(files))
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
				t.Errorf("the staging directory holds %v, %v", left, err)
			}
		})
	}
}

// tmpfs mounts a file system in memory, which needs root, or sudo without a password. In CI it has
// to be possible.
func tmpfs(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	unmount := func() error { return unix.Unmount(dir, 0) }
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		unmount = func() error { return exec.Command("sudo", "-n", "umount", dir).Run() }
		if sudoErr := exec.Command("sudo", "-n", "mount", "-t", "tmpfs", "-o", options, "tmpfs", dir).Run(); sudoErr != nil {
			told := t.Skipf
			if os.Getenv("CI") != "" {
				told = t.Fatalf
			}
			told("a full disk cannot be tried, since no file system can be mounted: become root: %v, %v", err, sudoErr)
		}
	}
	t.Cleanup(func() {
		if err := unmount(); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestCompressionDecidesHowMuchIsSent(t *testing.T) {
	t.Parallel()
	dir := directory(t, 50, 20_000) // deflates to half its size
	sent := map[int]int64{}
	for _, level := range []int{0, 1, 9} {
		server := gittest.New(t, gittest.Options{})
		repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
		w := acctest.NewWorkspace(t)
		w.Config(t, provider(repo, fmt.Sprintf("staging = { compression = %d }", level))+sourceDir(dir, ""))
		w.Apply(t)
		sent[level] = server.Stats().ByService[gittest.ReceivePack].BytesIn
	}
	if size := int64(50 * 20_000); sent[0] < size || sent[1] >= sent[0] || sent[9] >= sent[1] || sent[9] > size*2/3 {
		t.Errorf("bytes sent by level, for %d bytes of hexadecimal digits: %v", size, sent)
	}
}
