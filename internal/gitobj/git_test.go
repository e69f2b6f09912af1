package gitobj

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// gitRepo is a bare repository with real git as the judge.
type gitRepo struct {
	dir string
}

func newGitRepo(t testing.TB, f Format) gitRepo {
	t.Helper()
	r := gitRepo{t.TempDir()}
	r.git(t, "", "init", "-q", "--bare", "--object-format="+f.String(), ".")
	return r
}

// try runs git with the input and returns what it printed, errors included.
func (r gitRepo) try(input string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GIT_DIR=.", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_AUTHOR_DATE=1700000000 +0130",
		"GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com", "GIT_COMMITTER_DATE=1700000001 -0800")
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// git is try for commands that have to succeed. The final newline is taken off.
func (r gitRepo) git(t testing.TB, input string, args ...string) string {
	t.Helper()
	out, err := r.try(input, args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSuffix(out, "\n")
}

// write stores an object as it is and returns its id.
func (r gitRepo) write(t testing.TB, k Kind, content []byte) ID {
	t.Helper()
	return mustID(t, r.git(t, string(content), "hash-object", "-w", "--literally", "-t", k.String(), "--stdin"))
}

// read returns an object's content.
func (r gitRepo) read(t testing.TB, k Kind, id string) []byte {
	t.Helper()
	cmd := exec.Command("git", "cat-file", k.String(), id)
	cmd.Dir = r.dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git cat-file %s: %v\n%s", id, err, stderr.String())
	}
	return out
}

func mustID(t testing.TB, s string) ID {
	t.Helper()
	id, err := ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// testID is an id of that format with the same byte all over.
func testID(f Format, b byte) ID {
	return idOf(bytes.Repeat([]byte{b}, f.Size()))
}
