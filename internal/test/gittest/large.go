package gittest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
)

// Level is a level of a large repository's directories: each directory of the level above has Count
// entries, named Name and a number.
type Level struct {
	Name  string
	Count int
}

// Paths lists the paths of the last level, sorted: "region0000/team0000/file0000",
// "region0000/team0000/file0001", …
func Paths(levels ...Level) []string {
	paths := []string{""}
	for _, l := range levels {
		deeper := make([]string, 0, len(paths)*l.Count)
		for _, p := range paths {
			for i := range l.Count {
				deeper = append(deeper, path.Join(p, fmt.Sprintf("%s%04d", l.Name, i)))
			}
		}
		paths = deeper
	}
	return paths
}

// contents is the number of different contents in a large repository: so few that git makes them in
// a second, and so many that its directories deflate no better than others.
const contents = 5_000

// Grow adds a commit to the repository's branch with a file at each of the paths.
func (r *Repo) Grow(paths []string) error {
	random := rand.New(rand.NewPCG(1, uint64(len(paths))))
	var b bytes.Buffer // the input of git-fast-import(1)
	for i := range contents {
		text := fmt.Sprintf("content: %d\n", i)
		fmt.Fprintf(&b, "blob\nmark :%d\ndata %d\n%s\n", i+1, len(text), text)
	}
	fmt.Fprintf(&b, "commit %s\ncommitter Gittest <gittest@example.com> %s\ndata 4\nGrow\n", r.Ref(), Date)
	if r.has(r.Ref()) {
		fmt.Fprintf(&b, "from %s^0\n", r.Ref())
	}
	for _, p := range paths {
		fmt.Fprintf(&b, "M 100644 :%d %s\n", 1+random.IntN(contents), quote(p))
	}
	_, err := r.pipe(&b, "fast-import", "--quiet", "--date-format=raw")
	return err
}

// AddRefs adds many references to the head of the branch: the first half are branches, the others
// tags. It writes the file that `git pack-refs` writes.
func (r *Repo) AddRefs(refs int) (err error) {
	head, err := r.Run("rev-parse", r.Ref())
	if err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(r.Dir, "packed-refs"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "# pack-refs with: peeled fully-peeled sorted ")
	for i := range refs {
		kind := "heads"
		if i >= refs/2 {
			kind = "tags"
		}
		fmt.Fprintf(w, "%s refs/%s/crowd/%06d\n", head, kind, i)
	}
	return w.Flush()
}

// Scatter writes n new local files below dir, for a test that adds them to a repository made with
// these paths. They go into a hundred of the repository's directories in turn: file 0 and file 100
// share a directory.
func Scatter(dir string, paths []string, n int) error {
	for i := range n {
		name := filepath.Join(dir, filepath.FromSlash(path.Dir(paths[i%100*len(paths)/100])), fmt.Sprintf("new%d", i))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(name, fmt.Appendf(nil, "new %d\n", i), 0o600); err != nil {
			return err
		}
	}
	return nil
}
