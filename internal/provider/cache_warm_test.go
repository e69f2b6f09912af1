package provider

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// inProcess does the work of a new process on the branch main: it opens the cache and the
// repository, works, and closes both. The result is closed, and has the totals of the cache.
func inProcess(t *testing.T, url, cacheURL string, work func(*gitqueue.Branch, *repositories)) *repositories {
	t.Helper()
	s, diags := read(t, object{}, map[string]string{"NANOGIT_OBJECT_CACHE": cacheURL})
	if diags.HasError() {
		t.Fatal(diags)
	}
	s.cache.guard = unhurried
	repos, err := newRepositories(t.Context(), s, "test")
	if err != nil {
		t.Fatal(err)
	}
	repo, err := repos.get(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	b, err := repo.Branch(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	work(b, repos)
	repos.cache.drain(t.Context())
	if err := repos.close(); err != nil {
		t.Error(err)
	}
	return repos
}

// manyFiles returns 20,000 files in 400 directories, three levels deep. The contents are few, so
// that the server makes them quickly.
func manyFiles() map[string]string {
	files := map[string]string{}
	for i := range 20_000 {
		d := i / 50
		files[fmt.Sprintf("region%02d/team%d/service%02d/file-%02d.yaml", d%20, d/20%4, d/80, i%50)] = fmt.Sprint(d)
	}
	return files
}

// TestAWarmCacheSparesTheNextProcessTheTransfer looks up every file of a large repository, as the
// plan of a nanogit_files does.
func TestAWarmCacheSparesTheNextProcessTheTransfer(t *testing.T) {
	onEachBackend(t, func(t *testing.T, cached backend) {
		server := gittest.New(t, gittest.Options{})
		r := server.NewRepo(t, "r", gittest.RepoOptions{})
		files := manyFiles()
		r.SeedText(t, files)
		paths := slices.Sorted(maps.Keys(files))
		plan := func(what string) (requests int, down int64) {
			t.Helper()
			server.ResetStats()
			repos := inProcess(t, r.URL(), cached.url, func(b *gitqueue.Branch, _ *repositories) {
				found, errs, err := b.LookupAll(t.Context(), paths)
				if err != nil || errs != nil {
					t.Fatalf("%s: %v, %v", what, err, errs)
				}
				for i, e := range found {
					if want := gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(files[paths[i]])); e.ID != want || e.Path != paths[i] {
						t.Fatalf("%s: %s is %v, want %s", what, paths[i], e, want)
					}
				}
			})
			if w := repos.cache.trouble.warnings(); len(w) > 0 {
				t.Errorf("%s: warned: %v", what, w)
			}
			st := server.Stats()
			t.Logf("%s: %d requests, %d bytes down; cache: %s", what, st.Requests, st.BytesOut, repos.cache.metered.Totals())
			return st.Requests, st.BytesOut
		}
		const small, some = 4 << 10, 16 << 10
		if _, down := plan("the cache empty"); down < 2*some {
			t.Errorf("the cache empty: %d bytes down: the repository is too small to tell", down)
		}
		if requests, down := plan("the head unchanged"); requests != 1 || down >= small {
			t.Errorf("the head unchanged: %d requests, %d bytes down; want 1 and less than %d", requests, down, small)
		}
		const changed = "region07/team2/service03/file-21.yaml"
		files[changed] = "changed"
		r.SeedText(t, map[string]string{changed: "changed"})
		if requests, down := plan("the head moved by one file"); requests > 2 || down >= some {
			t.Errorf("the head moved by one file: %d requests, %d bytes down; want at most 2 and less than %d", requests, down, some)
		}
		if requests, down := plan("the moved head again"); requests != 1 || down >= small {
			t.Errorf("the moved head again: %d requests, %d bytes down; want 1 and less than %d", requests, down, small)
		}
	})
}
