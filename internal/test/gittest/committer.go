package gittest

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// committer commits to a repository's branch, directly in its directory and at little cost: it
// starts two processes of git that stay, and writes the objects itself. A commit takes about a
// millisecond, so the time between two commits is the pause that a test asked for, and the
// processor is free for the test.
//
//	cat-file --batch      the head, its commit and its root tree
//	objects/xx/…          blob, tree and commit
//	update-ref --stdin    head → commit, compare-and-swap
type committer struct {
	repo   *Repo
	reader *session
	writer *session
}

// session is a process of git that answers line by line.
type session struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	err bytes.Buffer
}

func (r *Repo) session(args ...string) (*session, error) {
	s := &session{cmd: exec.Command("git", args...)}
	s.cmd.Dir, s.cmd.Env, s.cmd.Stderr = r.Dir, Env(), &s.err
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	return s, s.cmd.Start()
}

// close ends the process by the end of its input.
func (s *session) close() error {
	if s == nil {
		return nil
	}
	err := s.in.Close()
	if waitErr := s.cmd.Wait(); waitErr != nil {
		err = &gitError{s.cmd.Args[1:], waitErr, s.err.String()}
	}
	return err
}

func (c *committer) close() error {
	err := errors.Join(c.reader.close(), c.writer.close())
	c.reader, c.writer = nil, nil
	return err
}

// commit adds a file that holds its own name to the root of the branch, and returns the commit's
// id.
func (c *committer) commit(name string) (id string, err error) {
	if c.reader == nil {
		if c.reader, err = c.repo.session("cat-file", "--batch"); err != nil {
			return "", err
		}
	}
	var lost error
	// The update fails when another committer moved the branch or holds its lock: take the next
	// head.
	for range attempts {
		old, commit, err := c.read(c.repo.Ref())
		if err != nil {
			return "", err
		}
		root, _, _ := bytes.Cut(commit, []byte("\n"))
		_, tree, err := c.read(strings.TrimPrefix(string(root), "tree "))
		if err != nil {
			return "", err
		}
		blob, err := c.write("blob", []byte(name+"\n"), len(old))
		if err != nil {
			return "", err
		}
		raw, err := hex.DecodeString(blob)
		if err != nil {
			return "", err
		}
		entry := append(append([]byte("100644 "+name), 0), raw...)
		newTree, err := c.write("tree", insert(tree, name, entry, len(raw)), len(old))
		if err != nil {
			return "", err
		}
		who := "Gittest <gittest@example.com> " + Date
		text := fmt.Sprintf("tree %s\nparent %s\nauthor %s\ncommitter %s\n\nBusy %s\n", newTree, old, who, who, name)
		if id, err = c.write("commit", []byte(text), len(old)); err != nil {
			return "", err
		}
		if lost = c.update(old, id); lost == nil {
			return id, nil
		}
	}
	return "", fmt.Errorf("gave up after %d attempts: %w", attempts, lost)
}

// read returns an object by anything that names it.
func (c *committer) read(rev string) (id string, data []byte, err error) {
	if _, err := fmt.Fprintln(c.reader.in, rev); err != nil {
		return "", nil, err
	}
	line, err := c.reader.out.ReadString('\n')
	if err != nil {
		return "", nil, err
	}
	var kind string
	var size int
	if _, err := fmt.Sscan(line, &id, &kind, &size); err != nil {
		return "", nil, fmt.Errorf("git cat-file %s: %q: %w", rev, line, err)
	}
	data = make([]byte, size+1) // a newline follows
	_, err = io.ReadFull(c.reader.out, data)
	return id, data[:size], err
}

// insert puts an entry into a tree in Git's order: by name, where the name of a directory counts as
// if it ended in a slash.
func insert(tree []byte, name string, entry []byte, idSize int) []byte {
	at := 0
	for at < len(tree) {
		end := at + bytes.IndexByte(tree[at:], 0)
		mode, other, _ := strings.Cut(string(tree[at:end]), " ")
		if mode == "40000" {
			other += "/"
		}
		if other > name {
			break
		}
		at = end + 1 + idSize
	}
	return bytes.Join([][]byte{tree[:at], entry, tree[at:]}, nil)
}

// write makes a loose object and returns its id, of hexSize digits.
func (c *committer) write(kind string, data []byte, hexSize int) (string, error) {
	h := sha1.New()
	if hexSize == 2*sha256.Size {
		h = sha256.New()
	}
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := fmt.Fprintf(io.MultiWriter(h, z), "%s %d\x00%s", kind, len(data), data); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	id := hex.EncodeToString(h.Sum(nil))
	path := filepath.Join(c.repo.Dir, "objects", id[:2], id[2:])
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	// A reader must never find a part of the object under its name.
	f, err := os.CreateTemp(filepath.Dir(path), "tmp_obj_")
	if err != nil {
		return "", err
	}
	_, err = f.Write(b.Bytes())
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	return id, os.Rename(f.Name(), path)
}

// update moves the branch. git ends when it cannot, and says why.
func (c *committer) update(old, id string) (err error) {
	if c.writer == nil {
		if c.writer, err = c.repo.session("update-ref", "--stdin"); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(c.writer.in, "start\nupdate %s %s %s\ncommit\n", c.repo.Ref(), id, old)
	for _, want := range []string{"start: ok\n", "commit: ok\n"} {
		if err != nil {
			break
		}
		var line string
		if line, err = c.writer.out.ReadString('\n'); err == nil && line != want {
			err = fmt.Errorf("git update-ref: %q, want %q", line, want)
		}
	}
	if err != nil {
		err = errors.Join(c.writer.close(), err)
		c.writer = nil
	}
	return err
}
