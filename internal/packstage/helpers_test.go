package packstage

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

var modes = []Mode{Memory, Disk, Auto}

// eachMode runs a test in every mode, each with a directory of its own that must be empty in the
// end.
func eachMode(t *testing.T, test func(t *testing.T, o Options)) {
	for _, m := range modes {
		t.Run(m.String(), func(t *testing.T) {
			test(t, Options{Mode: m, Directory: emptyAfter(t)})
		})
	}
}

// emptyAfter returns a new directory and checks in the end that nothing is in it.
func emptyAfter(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() { mustBeEmpty(t, dir) })
	return dir
}

func mustBeEmpty(t testing.TB, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		t.Errorf("left behind in the staging directory: %s", f.Name())
	}
}

// newStage opens a stage, of SHA-1 objects unless o says otherwise.
func newStage(t testing.TB, o Options) *Stage {
	t.Helper()
	if o.Format == 0 {
		o.Format = gitobj.SHA1
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func putBytes(t testing.TB, s *Stage, data []byte) gitobj.ID {
	t.Helper()
	id, err := s.PutBytes(t.Context(), gitobj.KindBlob, data)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func newPack(t testing.TB, s *Stage, ids ...gitobj.ID) *Pack {
	t.Helper()
	p, err := s.Pack(ids)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// packBytes reads the pack and compares its length with its Size.
func packBytes(t testing.TB, p *Pack) []byte {
	t.Helper()
	data, err := io.ReadAll(p.NewReader())
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(data)) != p.Size() {
		t.Fatalf("the pack said %d bytes and has %d", p.Size(), len(data))
	}
	return data
}

// small is the nth of a series of contents; they differ and deflate well.
func small(n int) []byte {
	return fmt.Appendf(nil, "content number %d, %s\n", n, strings.Repeat("again ", n%50))
}

// noise is n bytes that do not deflate.
func noise(seed uint64, n int) []byte {
	data := make([]byte, n)
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	_, _ = rand.NewChaCha8(key).Read(data) // never fails
	return data
}

// git runs real git, with nothing of the machine's configuration.
func git(t testing.TB, dir string, in []byte, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(in)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// judge lets git index the pack, as a server does, and returns the repository that it is in.
func judge(t testing.TB, f gitobj.Format, pack []byte) string {
	t.Helper()
	repo := filepath.Join(t.TempDir(), "judge.git")
	git(t, t.TempDir(), nil, "init", "--quiet", "--bare", "--object-format="+f.String(), repo)
	git(t, repo, pack, "index-pack", "--strict", "--stdin")
	return repo
}
