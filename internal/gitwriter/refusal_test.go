package gitwriter_test

import (
	"cmp"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// way is a transport, over which pushes are counted.
type way struct {
	name   string
	open   func(t *testing.T, r *gittest.Repo, from string) *gitqueue.Repo
	pushes func(t *testing.T) int
}

// ways are HTTP and SSH to the same server.
func ways(t *testing.T, s *gittest.Server) []way {
	t.Helper()
	over := func(url func(*gittest.Repo) string, ssh func(t *testing.T) *sshclient.Options) func(*testing.T, *gittest.Repo, string) *gitqueue.Repo {
		return func(t *testing.T, r *gittest.Repo, from string) *gitqueue.Repo {
			t.Helper()
			o := gitremote.Options{URL: url(r), Limits: gitremote.Limits{Backoff: time.Millisecond}}
			if ssh != nil {
				o.SSH = ssh(t)
			}
			remote, err := gitremote.Open(o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { remote.Close() })
			return writertest.OpenRemote(t.Context(), t, remote, func(o *writertest.Options) { o.CreateFrom = from })
		}
	}
	x := s.NewSSH(t, gittest.SSHOptions{})
	return []way{
		{"HTTP", over((*gittest.Repo).URL, nil), func(*testing.T) int { return s.Stats().ByService[gittest.ReceivePack].Requests }},
		{"SSH", over(x.URL, func(t *testing.T) *sshclient.Options {
			t.Helper()
			key, err := sshclient.ReadKey(x.Key, "")
			if err != nil {
				t.Fatal(err)
			}
			return &sshclient.Options{ConfigFiles: []string{}, Getenv: func(string) string { return "" }, Key: key, KnownHosts: new(x.KnownHosts(t))}
		}), func(t *testing.T) (n int) {
			for _, c := range x.Commands(t) {
				if strings.HasPrefix(c, gittest.ReceivePack) {
					n++
				}
			}
			return n
		}},
	}
}

// Every refusal reaches the user with the server's reason, once, after a single push, over HTTP and
// over SSH. git itself is the server.
func TestARefusalIsToldAfterOnePush(t *testing.T) {
	t.Parallel()
	chatty := "#!/bin/sh\ni=0\nwhile [ $i -lt 400 ]; do echo \"checking rule $i\" >&2; i=$((i+1)); done\necho 'the reason stands last' >&2\nexit 1\n"
	for _, tt := range []struct {
		name   string
		repo   gittest.RepoOptions
		branch string // "" for the existing branch
		// path and content are those of the pushed file; "" for a file without a fault.
		path, content string
		says          []string
	}{
		{name: "pre-receive", repo: gittest.RepoOptions{Hooks: map[string]string{"pre-receive": chatty}}, says: []string{"pre-receive hook declined", "checking rule 0\n", "the reason stands last"}},
		{name: "update", repo: gittest.RepoOptions{Hooks: map[string]string{"update": "#!/bin/sh\necho 'no blocks, no locks' >&2\nexit 1\n"}}, says: []string{"no blocks, no locks"}},
		{name: "a hook without words", repo: gittest.RepoOptions{Hooks: map[string]string{"update": "#!/bin/sh\nexit 1\n"}}, says: []string{"hook"}},
		{name: "receive.maxInputSize", repo: gittest.RepoOptions{Config: map[string]string{"receive.maxInputSize": "100"}}, says: []string{"exceeds maximum allowed size"}},
		{name: "receive.maxInputSize, kept as a pack", repo: gittest.RepoOptions{Config: map[string]string{"receive.maxInputSize": "100", "receive.unpackLimit": "1"}}, says: []string{"exceeds maximum allowed size"}},
		{name: "receive.fsckObjects", path: ".gitmodules", content: "[submodule \"x\"]\n\tpath = x\n\turl = -u./x\n", says: []string{"gitmodulesUrl", "fsck error"}},
		{name: "receive.fsckObjects, kept as a pack", repo: gittest.RepoOptions{Config: map[string]string{"receive.unpackLimit": "1"}}, path: ".gitmodules", content: "[submodule \"x\"]\n\tpath = x\n\turl = -u./x\n", says: []string{"gitmodulesUrl", "fsck error"}},
		{name: "receive.denyCurrentBranch", repo: gittest.RepoOptions{Config: map[string]string{"core.bare": "false", "receive.denyCurrentBranch": "refuse"}}, says: []string{"branch is currently checked out"}},
		{name: "a hidden reference", repo: gittest.RepoOptions{Config: map[string]string{"receive.hideRefs": "refs/heads/main"}}, says: []string{"deny updating a hidden ref"}},
		{name: "a name in the way", branch: "main/sub", says: []string{"exists; cannot create"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			for _, w := range ways(t, s) {
				t.Run(w.name, func(t *testing.T) {
					hooks := tt.repo.Hooks
					o := tt.repo
					o.Hooks = nil
					r := s.NewRepo(t, strings.ToLower(w.name), o)
					for name, script := range hooks {
						if err := os.MkdirAll(r.Dir+"/hooks", 0o755); err != nil {
							t.Fatal(err)
						}
						if err := os.WriteFile(r.Dir+"/hooks/"+name, []byte(script), 0o755); err != nil { //nolint:gosec // git runs it
							t.Fatal(err)
						}
					}
					head := r.Head(t)
					name, from := r.Branch, ""
					if tt.branch != "" {
						name, from = tt.branch, r.Branch
					}
					b, err := w.open(t, r, from).Branch(t.Context(), name)
					if err != nil {
						t.Fatal(err)
					}
					before := w.pushes(t)
					out := b.Commit(t.Context(), []gitwriter.Change{writertest.Put(t, b, cmp.Or(tt.path, "new"), cmp.Or(tt.content, strings.Repeat("new ", 100)))}, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone})
					err = out[0].Err
					if n := w.pushes(t) - before; n != 1 {
						t.Errorf("%d pushes, want one", n)
					}
					if !errors.Is(err, gitwriter.ErrRefused) {
						t.Fatalf("got %v", err)
					}
					for _, says := range tt.says {
						if n := strings.Count(err.Error(), says); n == 0 || n > 1 && says != "hook" {
							t.Errorf("%q is said %d times in %v", says, n, err)
						}
					}
					if now := r.Head(t); now != head {
						t.Errorf("the branch moved to %s", now)
					}
				})
			}
		})
	}
}

// A pack that arrives damaged is asked for again.
func TestADamagedPackIsReadOnceMore(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	r.SeedText(t, map[string]string{"dir/file": "content"})
	body := gitwire.AppendLine(nil, "packfile\n")
	body = gitwire.AppendLine(body, "\x01PACK\x00\x00\x00\x02\x00\x00\x00\x01\x35this is no deflated object")
	damaged := s.Inject(gittest.Fault{
		Service: gittest.UploadPack, Command: "fetch", Times: 2, Kind: gittest.Garbage, Body: gitwire.AppendFlush(body),
		Header: http.Header{"Content-Type": {"application/x-git-upload-pack-result"}},
	})
	e, err := writertest.Branch(t, r).Lookup(t.Context(), "dir/file")
	if err != nil || e.ID != writertest.BlobID("content") || damaged.Fired() != 2 {
		t.Errorf("got %+v, %v after %d damaged packs", e, err, damaged.Fired())
	}
}
