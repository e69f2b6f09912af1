package gitpack

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

var formats = []gitobj.Format{gitobj.SHA1, gitobj.SHA256}

// gitRepo is a bare repository with real git as the judge.
type gitRepo struct {
	dir string
}

func newGitRepo(t testing.TB, f gitobj.Format) gitRepo {
	t.Helper()
	r := gitRepo{t.TempDir()}
	r.git(t, nil, "init", "-q", "--bare", "--object-format="+f.String(), ".")
	return r
}

// git runs a command that has to succeed and returns its output.
func (r gitRepo) git(t testing.TB, input []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GIT_DIR=.", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_AUTHOR_DATE=1700000000 +0000",
		"GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com", "GIT_COMMITTER_DATE=1700000000 +0000")
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return out
}

// seed commits versions of some files, which makes git find deltas, and returns the commits.
func (r gitRepo) seed(t testing.TB, versions int) (commits []string) {
	t.Helper()
	var stream bytes.Buffer
	for v := range versions {
		fmt.Fprintf(&stream, "commit refs/heads/main\ncommitter C <c@example.com> %d +0000\ndata 2\nm\n", 1700000000+v)
		for file := range 12 {
			var content bytes.Buffer
			for line := range 120 {
				n := line
				if line%40 == v%40 {
					n += 1000 * (v + 1)
				}
				fmt.Fprintf(&content, "file %d line %d\n", file, n)
			}
			fmt.Fprintf(&stream, "M 100644 inline dir/%02d.txt\ndata %d\n%s\n", file, content.Len(), content.Bytes())
		}
	}
	r.git(t, stream.Bytes(), "fast-import", "--quiet")
	r.git(t, nil, "repack", "-a", "-d", "-f", "-q") // fast-import makes no deltas, and Git keeps packed objects as they are
	r.git(t, nil, "tag", "-a", "-m", "m", "v1", "refs/heads/main")
	return strings.Fields(string(r.git(t, nil, "rev-list", "--reverse", "refs/heads/main")))
}

// objects are all ids that rev-list names for the arguments, with their kinds.
func (r gitRepo) objects(t testing.TB, args ...string) map[string]string {
	t.Helper()
	list := r.git(t, nil, append([]string{"rev-list", "--objects", "--no-object-names"}, args...)...)
	kinds := map[string]string{}
	for line := range strings.Lines(string(r.git(t, list, "cat-file", "--batch-check=%(objectname) %(objecttype)"))) {
		id, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		kinds[id] = kind
	}
	return kinds
}

// readAll reads to the end or to the first error.
func readAll(r *Reader) (objects []Object, err error) {
	for {
		o, err := r.Next()
		if err == io.EOF {
			return objects, nil
		}
		if err != nil {
			return objects, err
		}
		objects = append(objects, o)
	}
}

// kindsOf turns objects into the form of gitRepo.objects, and checks ids against contents.
func kindsOf(t testing.TB, f gitobj.Format, objects []Object) map[string]string {
	t.Helper()
	kinds := map[string]string{}
	for _, o := range objects {
		if o.Unresolved {
			if o.Data != nil || !o.ID.IsZero() || o.Kind != 0 {
				t.Errorf("an unresolved object has more than its mark: %+v", o)
			}
			continue
		}
		if want := gitobj.Hash(f, o.Kind, o.Data); o.ID != want {
			t.Errorf("object %s has the content of %s", o.ID, want)
		}
		kinds[o.ID.String()] = o.Kind.String()
	}
	return kinds
}
