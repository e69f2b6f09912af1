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

// Level is one level of a large repository: a name, and how many of that name are in each directory
// of the level above.
type Level struct {
	Name  string
	Count int
}

// Paths lists what is on the last of some levels, sorted: "region0000/team0000/file0000",
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

// contents is how many different contents the files of a large repository have: so few that it is
// made in a second, and so many that its directories deflate no better than others.
const contents = 5_000

// Grow adds one commit to the repository's branch with a file at each of the paths.
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

// Crowd adds many references to where the branch stands: the first half are branches, the others
// tags. It writes them as `git pack-refs` does.
func (r *Repo) Crowd(refs int) (err error) {
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

// Scatter writes n local files below dir, one after the other into a hundred of the directories
// that a repository made with these paths has, and again from the first of them on: what is to be
// added to it.
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

// MostRead estimates the bytes that a client has read of all answers' bodies, if it gave up the
// largest answer after some bytes. It leaves out the bytes of that answer which the operating
// system had taken from the server and the client never read.
func (s Stats) MostRead(after int64) (bytes int64) {
	largest := int64(0)
	for _, r := range s.Log {
		largest = max(largest, r.BytesOut)
		bytes += r.BytesOut
	}
	return bytes - max(largest-after, 0)
}
