package writertest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// Export writes the repository into a directory, for git commands. git unpacks the packs as they
// were pushed, in their order, with the checks of a server: each has to be complete together with
// the objects of the others.
//
//	objects that no push brought   objects/xx/…, as they are
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
	for _, id := range m.theirs {
		ob, hex := m.objects[id], id.String()
		files["objects/"+hex[:2]+"/"+hex[2:]] = loose(ob.kind, ob.data)
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
	for i, pack := range m.packs {
		if err := unpack(r.Dir, pack); err != nil {
			t.Errorf("pack %d of %d: %v", i+1, len(m.packs), err)
		}
	}
	return r
}

// loose is an object as git keeps it in a file of its own.
func loose(k gitobj.Kind, data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(gitobj.AppendHeader(nil, k, int64(len(data)))) // a buffer takes everything
	_, _ = z.Write(data)
	_ = z.Close()
	return b.Bytes()
}

func writeFile(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o644)
}

// unpack has git take a pushed pack into a repository.
func unpack(dir string, pack []byte) error {
	cmd := exec.Command("git", "unpack-objects", "-q", "--strict")
	cmd.Dir, cmd.Env, cmd.Stdin = dir, gittest.Env(), bytes.NewReader(pack)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git unpack-objects: %w: %s", err, out)
	}
	return nil
}
