package gitread_test

import (
	"fmt"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// readme is the first commit of most repositories.
var readme = map[string]string{"README.md": "# r\n"}

// since tells the requests to a server, and the bytes that it sent in packs, from now on.
func since(m *writertest.Memory) func() (requests int, down int64) {
	requests, down := m.Requests(), m.Sent()
	return func() (int, int64) { return m.Requests() - requests, m.Sent() - down }
}

// twentyThousand files, three directories deep; the contents are few, so that the server is quick
// to make them.
func twentyThousand() map[string]string {
	files := map[string]string{}
	for i := range 20_000 {
		d := i / 50
		files[fmt.Sprintf("region%02d/team%d/service%02d/file-%02d.yaml", d%20, d/20%4, d/80, i%50)] = fmt.Sprint(d)
	}
	return files
}

func TestAWarmCacheLeavesLittleToAskTheRemote(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, readme)
	files := twentyThousand()
	m.CommitAsOther(t, files)
	store := writertest.NewShared()
	lookUp(t, m.Process(t, store), files)

	asked := since(m)
	store.Gets.Store(0)
	lookUp(t, m.Process(t, store), files)
	if n, down := asked(); n != 1 || down > 0 {
		t.Errorf("the head unchanged: %d requests, %d bytes down; want 1 and none", n, down)
	}
	if n := store.Gets.Load(); n > 30 {
		t.Errorf("the store was asked %d times for %d directories, want a few times", n, len(files)/50)
	}

	const changed = "region07/team2/service03/file-21.yaml"
	files[changed] = "changed"
	m.CommitAsOther(t, map[string]string{changed: "changed"})
	asked = since(m)
	lookUp(t, m.Process(t, store), files)
	if n, down := asked(); n != 2 || down > 16<<10 {
		t.Errorf("the head moved: %d requests, %d bytes down; want 2 and less than 16 KiB", n, down)
	}

	// A pushed commit is recorded too: the next process begins at the new head.
	b := m.Process(t, store)
	writertest.Commit(t, b, writertest.Put(t, b, "region01/team1/service01/new", "new"))
	asked = since(m)
	lookUp(t, m.Process(t, store), files)
	if n, _ := asked(); n != 1 {
		t.Errorf("after a push: %d requests, want 1", n)
	}
}

func TestAChangeInAWideDirectoryCostsTheChange(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		s, r := f.Repo(t, gittest.RepoOptions{})
		files := map[string]string{}
		for i := range 3000 {
			files[fmt.Sprintf("wide/file-%04d", i)] = fmt.Sprint(i)
		}
		r.SeedText(t, files)
		store := writertest.NewShared()
		lookUp(t, writertest.Process(t, r, store), files)
		files["wide/file-1234"] = "changed"
		r.SeedText(t, map[string]string{"wide/file-1234": "changed"})
		s.ResetStats()
		lookUp(t, writertest.Process(t, r, store), files)
		if st := s.Stats(); st.Requests != 2+f.Learning() || st.BytesOut > 16<<10 {
			t.Errorf("%d requests, %d bytes down for a directory of %d files; want %d and less than 16 KiB", st.Requests, st.BytesOut, len(files), 2+f.Learning())
		}
	})
}

func TestANoteIsAHintAndNoMore(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(t *testing.T, m *writertest.Memory, store *writertest.Shared) []byte{
		"none":    func(*testing.T, *writertest.Memory, *writertest.Shared) []byte { return nil },
		"garbage": func(*testing.T, *writertest.Memory, *writertest.Shared) []byte { return []byte("no commit at all\n") },
		"not held": func(*testing.T, *writertest.Memory, *writertest.Shared) []byte {
			return []byte(writertest.BlobID("nowhere").String())
		},
		"other format": func(*testing.T, *writertest.Memory, *writertest.Shared) []byte {
			return []byte(gitobj.Hash(gitobj.SHA256, gitobj.KindBlob, nil).String())
		},
		"a directory": func(t *testing.T, m *writertest.Memory, _ *writertest.Shared) []byte {
			return []byte(m.Commit(m.Head()).Tree.String())
		},
		"a commit that the remote never had": func(t *testing.T, _ *writertest.Memory, store *writertest.Shared) []byte {
			return []byte(writertest.Hold(t, store, writertest.BlobID("x")).String())
		},
		"a commit whose root is gone": func(t *testing.T, m *writertest.Memory, store *writertest.Shared) []byte {
			return []byte(writertest.Hold(t, store, m.Commit(m.Head()).Tree).String())
		},
		"the head, of which the store has no directory but the root": func(t *testing.T, m *writertest.Memory, store *writertest.Shared) []byte {
			m.Copy(t, store, m.Head())
			m.Copy(t, store, m.Commit(m.Head()).Tree)
			return []byte(m.Head().String())
		},
		"a commit of another history": func(t *testing.T, m *writertest.Memory, store *writertest.Shared) []byte {
			id := m.CommitTo(t, "elsewhere", map[string]gittest.File{"other/file": {Content: "other"}})
			m.Copy(t, store, id)
			m.Copy(t, store, m.Commit(id).Tree)
			return []byte(id.String())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := writertest.NewMemory(t, readme)
			files := map[string]string{}
			for i := range 400 {
				files[fmt.Sprintf("a%d/b%d/c%d/d%d/f%d", i%3, i%4, i%5, i%7, i)] = fmt.Sprint(i)
			}
			m.CommitAsOther(t, files)
			// A process that reads the branch sets the hint record, under its name.
			first := writertest.NewShared()
			lookUp(t, m.Process(t, first), map[string]string{"a0/b0/c0/d0/f0": "0"})
			if len(first.Hints) != 1 {
				t.Fatalf("%d hint records, want one", len(first.Hints))
			}
			store := writertest.NewShared()
			for key := range first.Hints {
				store.Hints[key] = set(t, m, store)
			}
			files["a1/b1/c1/d1/f1"] = "changed"
			m.CommitAsOther(t, map[string]string{"a1/b1/c1/d1/f1": "changed"})
			asked := since(m)
			b := m.Process(t, store)
			lookUp(t, b, files)
			if n, down := asked(); n > 4 || down > 64<<10 {
				t.Errorf("%d requests, %d bytes down, want at most 4 and 64 KiB", n, down)
			}
			writertest.Commit(t, b, writertest.Put(t, b, "a2/b2/c2/new", "new"))
			now := m.Files()
			if got := now["a2/b2/c2/new"]; got != "new" {
				t.Errorf("the file holds %q", got)
			}
			if n := len(now); n != len(files)+2 {
				t.Errorf("%d files, want %d", n, len(files)+2)
			}
		})
	}
}

func TestACacheSaysNothingOfWhatTheRemoteHas(t *testing.T) {
	t.Parallel()
	store := writertest.NewShared()
	var commits []gitobj.ID
	for _, name := range []string{"first", "second"} {
		m := writertest.NewMemory(t, map[string]string{"dir/sub/old": "old", "other/x": "x"})
		m.Address = "memory://" + name
		b := m.Process(t, store)
		res := writertest.Commit(t, b,
			writertest.Put(t, b, "dir/sub/new", "new"),
			writertest.Put(t, b, "fresh/file", "fresh"),
			gitwriter.Change{Path: "other/x", Delete: true},
			writertest.Put(t, b, "moved/x", "x too"),
		)
		r := m.Export(t)
		r.Fsck(t)
		for path, want := range map[string]string{"dir/sub/new": "new", "fresh/file": "fresh", "moved/x": "x too", "dir/sub/old": "old"} {
			if got := r.Content(t, r.Ref(), path); got != want {
				t.Errorf("%s: %s holds %q, want %q", name, path, got, want)
			}
		}
		// Whatever that push was made of is in the store when the other repository is written to.
		for _, rev := range []string{"", "^{tree}", ":dir", ":dir/sub", ":fresh", ":dir/sub/new", ":fresh/file"} {
			id, err := gitobj.ParseID(r.Git(t, "rev-parse", r.Ref()+rev))
			if err != nil {
				t.Fatal(err)
			}
			m.Copy(t, store, id)
		}
		commits = append(commits, res.Commit)
	}
	if commits[0] != commits[1] {
		t.Errorf("the two pushes were not of the same objects: %v", commits)
	}
}

func TestWhatACutReadLeavesOutComesFromTheStoreFirst(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, readme)
	files := map[string]string{}
	for i := range 2000 {
		files[fmt.Sprintf("top%02d/mid%d/leaf%d/f%d", i%20, i%4, i%5, i)] = fmt.Sprint(i)
	}
	m.CommitAsOther(t, files)
	store := objstore.NewMemory(objstore.MemoryOptions{}) // keeps no notes
	lookUp(t, m.Process(t, store), files)
	files["top01/mid1/leaf1/f1"] = "changed"
	m.CommitAsOther(t, map[string]string{"top01/mid1/leaf1/f1": "changed"})
	asked := since(m)
	lookUp(t, m.Process(t, store, func(o *writertest.Options) { o.SnapshotBudget = 1 }), files)
	// The default branch, the two reads that are cut off, the commit, and the four directories that
	// changed.
	if n, _ := asked(); n > 8 {
		t.Errorf("%d requests, want at most 8: what the store holds was asked for", n)
	}
}
