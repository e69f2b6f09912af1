package writertest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// Export writes the repository into a directory, for git commands. git unpacks the packs as they
// were pushed, in their order, with the checks of a server: each has to be complete together with
// the objects of the others.
//
//	objects that no push brought   git index-pack, in a single pack
//	pushed packs                   git unpack-objects --strict
//	references                     refs/…
func (m *Memory) Export(t testing.TB) *gittest.Repo {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	r := &gittest.Repo{Dir: t.TempDir(), Branch: "main"}
	config := "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = " + m.format.String() + "\n"
	files := map[string][]byte{"HEAD": []byte("ref: " + main + "\n"), "config": []byte(config)}
	for name, id := range m.refs {
		files[name] = []byte(id.String() + "\n")
	}
	for _, dir := range []string{"objects", "refs"} {
		if err := os.MkdirAll(filepath.Join(r.Dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		if err := writeFile(filepath.Join(r.Dir, filepath.FromSlash(name)), content); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.theirs) > 0 {
		pack, err := m.packLocked(m.theirs)
		if err == nil {
			err = take(r.Dir, pack, "index-pack", "--stdin")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, pack := range m.packs {
		if err := unpack(r.Dir, pack); err != nil {
			t.Errorf("pack %d of %d: %v", i+1, len(m.packs), err)
		}
	}
	return r
}

func writeFile(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o600)
}

// unpack has git take a pushed pack into a repository, with the checks of a server.
func unpack(dir string, pack []byte) error {
	return take(dir, pack, "unpack-objects", "-q", "--strict")
}

// take runs a git command that reads a pack.
func take(dir string, pack []byte, args ...string) error {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, gittest.Env(), bytes.NewReader(pack)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, out)
	}
	return nil
}
