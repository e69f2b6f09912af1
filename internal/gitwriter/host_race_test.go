package gitwriter_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// memoryHost makes commits in a server in memory. before is called ahead of each, with its number.
type memoryHost struct {
	m      *writertest.Memory
	calls  int
	before func(n int) error
}

// MakeCommit implements gitwriter.Host.
func (h *memoryHost) MakeCommit(_ context.Context, tree gitobj.ID, parents []gitobj.ID, _ string) (gitobj.ID, []byte, error) {
	h.calls++
	if err := h.before(h.calls); err != nil {
		return gitobj.ID{}, nil, err
	}
	if h.m.Raw(tree) == nil && tree != gitobj.Hash(tree.Format(), gitobj.KindTree, nil) {
		return gitobj.ID{}, nil, fmt.Errorf("no tree %s", tree)
	}
	id := h.m.CommitTree(tree, parents...)
	return id, h.m.Raw(id), nil
}

// withHost runs a test against a server in memory that makes the commits.
func withHost(t *testing.T, test func(t *testing.T, m *writertest.Memory, h *memoryHost, b *gitqueue.Branch)) {
	t.Helper()
	h := &memoryHost{before: func(int) error { return nil }}
	inMemory(t, map[string]string{"a": "1"}, func(t *testing.T, m *writertest.Memory, b *gitqueue.Branch) {
		h.m = m
		test(t, m, h, b)
	}, func(o *writertest.Options) { o.Host = h })
}

// A commit of the host's loses up to twelve races and lands, with and without atomic pushes. Each
// attempt is two pushes and a commit of the host.
func TestACommitOfTheHostsThatLosesRacesLandsOnTheHead(t *testing.T) {
	t.Parallel()
	for _, races := range []int{0, 1, 3, 12} {
		for _, halves := range []bool{false, true} {
			t.Run(fmt.Sprint(races, halves), func(t *testing.T) {
				t.Parallel()
				withHost(t, func(t *testing.T, m *writertest.Memory, h *memoryHost, b *gitqueue.Branch) {
					m.NoAtomic = halves
					want := map[string]string{"a": "1", "dir/ours": "content"}
					h.before = func(n int) error {
						if n <= races {
							path := fmt.Sprintf("theirs/%d", n)
							want[path] = "x"
							m.CommitAsOther(t, map[string]string{path: "x"})
						}
						return nil
					}
					res, err := write(t, b, "dir/ours")
					if err != nil || res.Commit != m.Head() {
						t.Fatalf("%v, %v; the head is %s", res, err, m.Head())
					}
					if got := m.Files(); !maps.Equal(got, want) || len(m.Parents()) != races+2 {
						t.Errorf("%d commits; the branch has %v, want %v", len(m.Parents()), got, want)
					}
					pushes := 2 * (races + 1)
					if halves {
						pushes++
					}
					if m.Pushes() != pushes || h.calls != races+1 || !slices.Equal(m.Refs(), []string{"refs/heads/main"}) {
						t.Errorf("%d pushes, want %d; %d commits of the host; refs %v", m.Pushes(), pushes, h.calls, m.Refs())
					}
				})
			})
		}
	}
}

// The branch stays as it is, and no helper ref is left, if the host fails, the branch is refused or
// the caller gives up.
func TestACommitOfTheHostsThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	cause := errors.New("no more of it")
	for name, prepare := range map[string]func(m *writertest.Memory, h *memoryHost, cancel func()){
		"the host": func(_ *writertest.Memory, h *memoryHost, _ func()) { h.before = func(int) error { return cause } },
		"the branch": func(m *writertest.Memory, _ *memoryHost, _ func()) {
			m.OnPush = func(p gitwire.Push) (*gitwire.Report, error) {
				if p.Commands[0].Ref == "refs/heads/main" {
					return status("pre-receive hook declined"), nil
				}
				return nil, nil
			}
		},
		"the caller": func(_ *writertest.Memory, h *memoryHost, cancel func()) {
			h.before = func(int) error { cancel(); return nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withHost(t, func(t *testing.T, m *writertest.Memory, h *memoryHost, b *gitqueue.Branch) {
				head := m.Head()
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				prepare(m, h, func() { cancel(cause) })
				err := b.Commit(ctx, []gitwriter.Change{writertest.Put(t, b, "ours", "y")}, writertest.Meta)[0].Err
				if err == nil || name != "the branch" && !errors.Is(err, cause) {
					t.Errorf("got %v", err)
				}
				if m.Head() != head || !slices.Equal(m.Refs(), []string{"refs/heads/main"}) {
					t.Errorf("the head is %s, want %s; refs %v", m.Head(), head, m.Refs())
				}
			})
		})
	}
}

// The commit that the host made has to be the one that was asked for.
func TestAnotherCommitThanTheOneAskedForIsRefused(t *testing.T) {
	t.Parallel()
	withHost(t, func(t *testing.T, m *writertest.Memory, h *memoryHost, _ *gitqueue.Branch) {
		head := m.Head()
		b := m.Branch(t, func(o *writertest.Options) { o.Host = wrongHost{head, m.Raw(head)} })
		if _, err := write(t, b, "ours"); !errors.Is(err, gitwriter.ErrUnsigned) || m.Head() != head {
			t.Errorf("got %v", err)
		}
	})
}

// wrongHost answers with a commit that is there.
type wrongHost struct {
	id  gitobj.ID
	raw []byte
}

// MakeCommit implements gitwriter.Host.
func (h wrongHost) MakeCommit(context.Context, gitobj.ID, []gitobj.ID, string) (gitobj.ID, []byte, error) {
	return h.id, h.raw, nil
}
