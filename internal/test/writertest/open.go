package writertest

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

type (
	// Reading is a name of gitread's options under which they can be embedded beside the others.
	Reading = gitread.Options
	// Writing is such a name of gitwriter's options.
	Writing = gitwriter.Options
	// Queueing is such a name of gitqueue's options.
	Queueing = gitqueue.Options
)

// Options are the options of the three packages in a single value.
type Options struct {
	Reading
	Writing
	Queueing
}

// Remote is a Git server as the three packages need it, *gitremote.Remote for example.
type Remote interface {
	gitread.Refs
	gitread.Packs
	gitread.Server
	gitwriter.Pusher
}

// Someone is the author of commits in tests.
var Someone = gitwriter.Identity{Name: "Some One", Email: "one@example.com"}

// Meta is the Meta of commits in tests.
var Meta = gitwriter.Meta{Author: Someone, Committer: Someone}

// Open opens a repository with short waits; adjust changes its options.
func Open(t testing.TB, r *gittest.Repo, adjust ...func(*Options)) *gitqueue.Repo {
	t.Helper()
	return OpenAt(t, r.URL(), adjust...)
}

// OpenAt is Open for a repository by its address.
func OpenAt(t testing.TB, url string, adjust ...func(*Options)) *gitqueue.Repo {
	t.Helper()
	remote, err := gitremote.Open(gitremote.Options{URL: url, Limits: gitremote.Limits{Backoff: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Close() })
	return OpenRemote(t.Context(), t, remote, adjust...)
}

// OpenRemote is Open for a remote; ctx may carry an object store.
func OpenRemote(ctx context.Context, t testing.TB, remote Remote, adjust ...func(*Options)) *gitqueue.Repo {
	t.Helper()
	o := Options{
		Reading:  Reading{Logf: func(_ context.Context, format string, args ...any) { t.Logf(format, args...) }},
		Writing:  Writing{Stage: packstage.Options{Directory: t.TempDir()}},
		Queueing: Queueing{Meta: Meta},
	}
	for _, a := range adjust {
		a(&o)
	}
	reader := gitread.Open(ctx, gitread.Remote{Refs: remote, Packs: remote, Server: remote}, o.Reading)
	writer, err := gitwriter.Open(reader, remote, o.Writing)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := writer.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return gitqueue.Open(writer, o.Queueing)
}

// Branch opens the branch of a repository.
func Branch(t testing.TB, r *gittest.Repo, adjust ...func(*Options)) *gitqueue.Branch {
	t.Helper()
	b, err := Open(t, r, adjust...).Branch(t.Context(), r.Branch)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Open opens the repository, as a new process does.
func (m *Memory) Open(t testing.TB, adjust ...func(*Options)) *gitqueue.Repo {
	t.Helper()
	return OpenRemote(t.Context(), t, m, adjust...)
}

// Branch opens main, as a new process does.
func (m *Memory) Branch(t testing.TB, adjust ...func(*Options)) *gitqueue.Branch {
	t.Helper()
	b, err := m.Open(t, adjust...).Branch(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// InBubble runs a test of a server in memory in a synctest bubble, where waiting takes no time. The
// server's branch main has a commit of files, unless they are nil.
func InBubble(t *testing.T, files map[string]string, test func(t *testing.T, m *Memory)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, NewMemory(t, files)) })
}

// Process opens the branch as a new process would that uses the store. All commits have the same
// date, so that equal commits have equal ids.
func Process(t *testing.T, r *gittest.Repo, store objstore.Store, adjust ...func(*Options)) *gitqueue.Branch {
	t.Helper()
	remote, err := gitremote.Open(gitremote.Options{URL: r.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Close() })
	return process(t, remote, r.Branch, store, adjust)
}

// Process opens main as the function of this name opens a branch.
func (m *Memory) Process(t *testing.T, store objstore.Store, adjust ...func(*Options)) *gitqueue.Branch {
	t.Helper()
	return process(t, m, "main", store, adjust)
}

func process(t *testing.T, remote Remote, branch string, store objstore.Store, adjust []func(*Options)) *gitqueue.Branch {
	t.Helper()
	dated := func(o *Options) {
		o.Now = func() time.Time { return time.Unix(1_700_000_000, 0) }
		o.Meta = gitwriter.Meta{}
	}
	b, err := OpenRemote(objstore.NewContext(t.Context(), store), t, remote, append([]func(*Options){dated}, adjust...)...).Branch(t.Context(), branch)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Put stages content and makes the change that writes it.
func Put(t testing.TB, b *gitqueue.Branch, path, content string) gitwriter.Change {
	t.Helper()
	id, err := b.StageBlob(t.Context(), int64(len(content)), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return gitwriter.Change{Path: path, Mode: gitobj.ModeFile, Blob: id}
}

// BlobID is the SHA-1 id of a content.
func BlobID(content string) gitobj.ID {
	return gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(content))
}

// Commit makes a commit of which every change has to succeed.
func Commit(t testing.TB, b *gitqueue.Branch, changes ...gitwriter.Change) gitwriter.Result {
	t.Helper()
	var res gitwriter.Result
	for i, o := range b.Commit(t.Context(), changes, Meta) {
		if o.Err != nil {
			t.Fatalf("%s: %v", changes[i], o.Err)
		}
		if !o.Result().Commit.IsZero() {
			res = o.Result()
		}
	}
	return res
}
