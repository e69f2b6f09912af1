package gitwriter_test

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitsign"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// signatures makes signatures that name their payload, and counts them.
type signatures struct {
	mu    sync.Mutex // guards the field below
	count int
}

func (s *signatures) sign(_ context.Context, payload []byte) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	return "-----BEGIN SSH SIGNATURE-----\n\n" + payloadID(payload) + "\n-----END SSH SIGNATURE-----\n", nil
}

func payloadID(payload []byte) string {
	return gitobj.Hash(gitobj.SHA256, gitobj.KindBlob, payload).String()
}

func signing(s *signatures) func(*writertest.Options) {
	return func(o *writertest.Options) { o.Sign = s.sign }
}

// checkSigned fails the test unless the signature of a commit is for the rest of the commit.
func checkSigned(t *testing.T, m *writertest.Memory, f writertest.Format, id gitobj.ID) {
	t.Helper()
	c := m.Commit(id)
	want := map[gitobj.Format]string{gitobj.SHA1: "gpgsig", gitobj.SHA256: "gpgsig-sha256"}[f.Format]
	if len(c.Extra) != 1 || c.Extra[0].Key != want {
		t.Fatalf("the headers of %s are %v, want %s alone", id, c.Extra, want)
	}
	signature := c.Extra[0].Value
	c.Extra = nil
	if !strings.Contains(signature, payloadID(c.Append(nil))) {
		t.Errorf("the signature of %s is for something else:\n%s", id, m.Raw(id))
	}
}

func TestEveryCommitIsSigned(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		var s signatures
		m := f.Memory(t, nil)
		b := m.Branch(t, signing(&s))
		first := writertest.Commit(t, b, writertest.Put(t, b, "a", "1"), writertest.Put(t, b, "b/c", "2"))
		second := writertest.Commit(t, b, writertest.Put(t, b, "a", "3"))
		b = m.Branch(t, signing(&s))
		removal := writertest.Commit(t, b, gitwriter.Change{Path: "a", Delete: true})
		_, _, empty, err := b.CommitTogether(t.Context(), nil, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone, AllowEmpty: true})
		if err != nil {
			t.Fatal(err)
		}
		start := func(o *writertest.Options) { o.CreateFrom = "main" }
		other, err := m.Open(t, signing(&s), start).Branch(t.Context(), "other")
		if err != nil {
			t.Fatal(err)
		}
		onOther := writertest.Commit(t, other, writertest.Put(t, other, "d", "4"))
		for _, res := range []gitwriter.Result{first, second, removal, empty, onOther} {
			checkSigned(t, m, f, res.Commit)
		}
		if s.count != 5 {
			t.Errorf("%d signatures, want 5", s.count)
		}
	})
}

func TestACommitIsSignedAgainOnANewHead(t *testing.T) {
	t.Parallel()
	for _, f := range writertest.Formats {
		var s signatures
		m := f.Memory(t, readme)
		raced := false
		b := m.Branch(t, signing(&s), func(o *writertest.Options) {
			o.Sign = func(ctx context.Context, payload []byte) (string, error) {
				if !raced {
					raced = true
					m.CommitAsOther(t, map[string]string{"theirs": "x"})
				}
				return s.sign(ctx, payload)
			}
		})
		res := writertest.Commit(t, b, writertest.Put(t, b, "ours", "y"))
		if got := m.Head(); got != res.Commit || s.count != 2 {
			t.Errorf("head is %s, the result says %s, %d signatures, want 2", got, res.Commit, s.count)
		}
		checkSigned(t, m, f, m.Head())
	}
}

func TestACommitThatCannotBeSignedIsNotPushed(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		signature string
		err       error
	}{
		"an error":             {"", errors.New("the agent is gone")},
		"an impossible answer": {"a\x00b", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := writertest.NewMemory(t, readme)
			head := m.Head()
			fails := true
			b := m.Branch(t, func(o *writertest.Options) {
				o.Sign = func(context.Context, []byte) (string, error) {
					if fails {
						return answer.signature, answer.err
					}
					return "signature", nil
				}
			})
			change := writertest.Put(t, b, "a", "1")
			out := b.Commit(t.Context(), []gitwriter.Change{change}, writertest.Meta)
			err := out[0].Err
			if err == nil || !strings.Contains(err.Error(), `branch "main"`) || answer.err != nil && (!errors.Is(err, answer.err) || !errors.Is(err, gitwriter.ErrUnsigned)) {
				t.Errorf("got %v, want the branch and the reason", err)
			}
			if n := m.Pushes(); n != 0 || m.Head() != head {
				t.Errorf("%d pushes, want none", n)
			}
			fails = false
			writertest.Commit(t, b, change) // the staged content is still there
		})
	}
}

// BenchmarkSigned makes commits of a file with and without a signature.
func BenchmarkSigned(b *testing.B) {
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), "")
	if err != nil {
		b.Fatal(err)
	}
	signer, err := gitsign.New(b.Context(), gitsign.Options{Format: gitsign.SSH, Key: pem.EncodeToMemory(block)})
	if err != nil {
		b.Fatal(err)
	}
	for name, sign := range map[string]func(context.Context, []byte) (string, error){"unsigned": nil, "ssh-ed25519": signer.Sign} {
		b.Run(name, func(b *testing.B) {
			m := writertest.NewMemory(b, map[string]string{"README.md": "x"})
			branch, err := writertest.OpenRemote(b.Context(), b, m, func(o *writertest.Options) { o.Sign, o.Logf = sign, nil }).Branch(b.Context(), "main")
			if err != nil {
				b.Fatal(err)
			}
			contents := []string{"a", "b"}
			for i := 0; b.Loop(); i++ {
				writertest.Commit(b, branch, writertest.Put(b, branch, "f", contents[i%2]))
			}
		})
	}
}
