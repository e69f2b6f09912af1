package acctest_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/cachetest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// troubled is the begin of a warning about the cache.
const troubled = "Warning: The object cache does not work as it should"

// diskCache is a provider's setting.
func diskCache(directory string) string {
	return fmt.Sprintf("object_cache = {\n  type = \"disk\"\n  directory = %q\n}\n", directory)
}

// deepFiles is a resource of 600 files in directories of three levels, more than a first request
// brings at once.
func deepFiles(t *testing.T, directory string) string {
	t.Helper()
	for i := range 600 {
		name := filepath.Join(directory, fmt.Sprintf("a%d/b%d/c%d/f%d.txt", i%3, i%20, i%50, i))
		err := os.MkdirAll(filepath.Dir(name), 0o700)
		if err == nil {
			err = os.WriteFile(name, fmt.Appendf(nil, "content %d\n", i), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("resource \"nanogit_files\" \"all\" {\n  source_dir = %q\n}\n", directory)
}

// values lists the files of a cache's objects and hint records.
func values(t testing.TB, directory string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(directory, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.Contains(path, "/objects/") || strings.Contains(path, "/notes/")) {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// caches start a shared cache of each type and return the environment that names it, with the
// server's password.
var caches = map[string]func(t *testing.T) (env []string, kill func()){
	"disk": func(t *testing.T) ([]string, func()) {
		return []string{"NANOGIT_OBJECT_CACHE=disk:" + filepath.Join(t.TempDir(), "cache")}, nil
	},
	"redis": func(t *testing.T) ([]string, func()) {
		s := cachetest.StartRedis(t, cachetest.RedisOptions{Password: password})
		return []string{"NANOGIT_OBJECT_CACHE=" + s.URL() + "?ttl=1h&key_prefix=acc:"}, s.Kill
	},
	"postgres": func(t *testing.T) ([]string, func()) {
		s := cachetest.StartPostgres(t)
		u, err := url.Parse(s.URL())
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		query.Set("table", "acc_objects")
		u.RawQuery = query.Encode()
		return []string{"NANOGIT_OBJECT_CACHE=" + u.String()}, s.Kill
	},
	"s3": func(t *testing.T) ([]string, func()) {
		s := cachetest.StartS3(t)
		return []string{
			"NANOGIT_OBJECT_CACHE=s3://" + s.Bucket + "/acc?region=" + s.Region + "&endpoint=http://" + s.Addr,
			"AWS_ACCESS_KEY_ID=" + s.AccessKey, "AWS_SECRET_ACCESS_KEY=" + s.Secret,
		}, s.Kill
	},
}

// TestTheNextProcessFindsWhatACacheHolds plans twice with each cache; the second plan takes a
// single small request.
func TestTheNextProcessFindsWhatACacheHolds(t *testing.T) {
	t.Parallel()
	files := deepFiles(t, t.TempDir())
	for name, start := range caches {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, _ := start(t)
			server := gittest.New(t, gittest.Options{})
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
			repo.Seed(t, former())
			bare := acctest.NewWorkspace(t)
			bare.Config(t, provider(repo, "")+files)
			bare.Apply(t)

			cached := acctest.NewWorkspace(t, env...)
			cached.Config(t, provider(repo, "")+files)
			state, err := os.ReadFile(filepath.Join(bare.Dir, "terraform.tfstate"))
			if err != nil {
				t.Fatal(err)
			}
			cached.Write(t, "terraform.tfstate", string(state))
			server.ResetStats()
			cached.Clean(t)
			cold := server.Stats()
			server.ResetStats()
			cached.Clean(t)
			if warm := server.Stats(); warm.Requests != 1 || warm.BytesOut > 4<<10 {
				t.Errorf("the plan of a new process took %d requests and %d bytes, want 1 and at most 4096 (the first one: %d and %d): %+v",
					warm.Requests, warm.BytesOut, cold.Requests, cold.BytesOut, warm.Log)
			}
			if log := cached.Log.String(); strings.Contains(log, troubled) {
				t.Errorf("warned:\n%s", log)
			}
		})
	}
}

// TestACacheWhoseServerIsKilledIsToldOnce kills it between the plan and the apply.
func TestACacheWhoseServerIsKilledIsToldOnce(t *testing.T) {
	t.Parallel()
	for name, start := range caches {
		if name == "disk" {
			continue // which has no server: see TestACacheThatCannotBeUsedIsToldOnce
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, kill := start(t)
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
			repo.Seed(t, former())
			w := acctest.NewWorkspace(t, env...)
			w.Config(t, provider(repo, "")+fiftyFiles)
			saved(t, w)
			kill()
			out := w.Apply(t, "plan.out")
			if n := strings.Count(out, troubled); n != 1 {
				t.Errorf("%d warnings, want one:\n%s", n, out)
			}
			if strings.Contains(w.Log.String(), password) {
				t.Errorf("the password is printed:\n%s", w.Log.String())
			}
			if n := strings.Count(repo.Git(t, "ls-tree", "-r", "--name-only", "main"), "\n"); n < 50 {
				t.Errorf("%d files on the branch", n)
			}
		})
	}
}

// TestASpoiledCacheChangesNoResult spoils all values, in another way each time, and applies. Each
// single byte is the conformance suite's business.
func TestASpoiledCacheChangesNoResult(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	directory := filepath.Join(w.Dir, "cache")
	config := func(round int) {
		w.Config(t, provider(repo, diskCache(directory))+one("docs/deep/file.txt", fmt.Sprintf("round %d\n", round), ""))
	}
	config(0)
	w.Apply(t)
	for i, spoil := range []func([]byte) []byte{
		func(b []byte) []byte { b[0] ^= 1; return b },
		func(b []byte) []byte { b[len(b)-1] ^= 0x80; return b },
		func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b },
		func(b []byte) []byte { return b[:len(b)-1] },
		func(b []byte) []byte { return append(b, b...) },
		func([]byte) []byte { return nil },
	} {
		round := i + 1
		all := values(t, directory)
		if len(all) < 3 {
			t.Fatalf("the cache holds %d values", len(all))
		}
		for _, name := range all {
			b, err := os.ReadFile(name)
			if err == nil {
				err = os.WriteFile(name, spoil(bytes.Clone(b)), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		config(round)
		out := w.Apply(t)
		if n := strings.Count(out, troubled); n < 1 || n > 2 { // the plan's process and the apply's are two
			t.Errorf("round %d: %d warnings, want one of each process at most:\n%s", round, n, out)
		}
		if got, want := repo.Git(t, "show", "main:docs/deep/file.txt"), fmt.Sprintf("round %d", round); strings.TrimSpace(got) != want {
			t.Errorf("round %d: the file is %q, want %q", round, got, want)
		}
	}
	repo.Git(t, "fsck", "--strict")
	if out, changes := w.Plan(t); changes || strings.Contains(out, troubled) {
		t.Errorf("the cache did not recover:\n%s", out)
	}
}

func TestACacheThatCannotBeUsedIsToldOnce(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, directory string){
		"a file where the directory should be": func(t *testing.T, directory string) {
			if err := os.WriteFile(directory, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"a device": func(t *testing.T, directory string) {
			if err := os.Symlink(os.DevNull, directory); err != nil {
				t.Fatal(err)
			}
		},
		"a file where objects should be": func(t *testing.T, directory string) {
			if err := os.MkdirAll(filepath.Join(directory, "v1"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(directory, "v1", "objects"), nil, 0o400); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			applyWithSpoiledCache(t, fiftyFiles, spoil)
		})
	}
}

// applyWithSpoiledCache applies a configuration of fifty files with a disk cache that spoil has
// damaged. The damage may cost a warning and nothing else.
func applyWithSpoiledCache(t *testing.T, config string, spoil func(t *testing.T, directory string)) {
	t.Helper()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.Seed(t, former())
	w := acctest.NewWorkspace(t)
	directory := filepath.Join(w.Dir, "cache")
	spoil(t, directory)
	w.Config(t, provider(repo, diskCache(directory))+config)
	saved(t, w)
	out := w.Apply(t, "plan.out")
	if n := strings.Count(out, troubled); n != 1 || !strings.Contains(out, directory) {
		t.Errorf("%d warnings, want one that names %s:\n%s", n, directory, out)
	}
	if n := strings.Count(repo.Git(t, "ls-tree", "-r", "--name-only", "main"), "\n"); n < 50 {
		t.Errorf("%d files on the branch", n)
	}
}

// TestManyProcessesShareOneDiskCache runs two engines at once, again and again.
func TestManyProcessesShareOneDiskCache(t *testing.T) {
	t.Parallel()
	const rounds = 5
	server := gittest.New(t, gittest.Options{})
	directory := filepath.Join(t.TempDir(), "cache")
	var wg sync.WaitGroup
	for user := range 2 {
		wg.Go(func() {
			repo := server.NewRepo(t, fmt.Sprintf("r%d.git", user), gittest.RepoOptions{})
			w := acctest.NewWorkspace(t, "NANOGIT_OBJECT_CACHE=disk:"+directory+"?max_size=128KiB")
			for round := range rounds {
				w.Config(t, provider(repo, "")+fmt.Sprintf(`
resource "nanogit_files" "all" {
  files = { for i in range(20) : "d${i %% 7}/f${i}.txt" => { content = "round %d of ${i}\n" } }
}
`, round))
				w.Apply(t)
				w.Clean(t)
			}
			repo.Git(t, "fsck", "--strict")
			if strings.Contains(w.Log.String(), "The object cache") {
				t.Errorf("user %d was warned:\n%s", user, w.Log.String())
			}
		})
	}
	wg.Wait()
}
