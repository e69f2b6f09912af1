package writertest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// This file has the repository of a Memory as concurrent committers write it and as tests see it.

const main = "refs/heads/main"

type object struct {
	kind gitobj.Kind
	data []byte
}

// Head is the commit of main; the zero ID when the branch does not exist.
func (m *Memory) Head() gitobj.ID { return m.Ref(main) }

// Ref is the target of a reference by its full name; the zero ID for none.
func (m *Memory) Ref(name string) gitobj.ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refs[name]
}

// SetRef moves or creates a reference.
func (m *Memory) SetRef(name string, id gitobj.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refs[name] = id
}

// CommitAsOther commits files, beside those that main has, as a concurrent committer.
func (m *Memory) CommitAsOther(t testing.TB, files map[string]string) gitobj.ID {
	t.Helper()
	all := make(map[string]gittest.File, len(files))
	for path, content := range files {
		all[path] = gittest.File{Content: content}
	}
	return m.CommitTo(t, "main", all)
}

// CommitTo commits changes to a branch, which it creates if necessary, as a concurrent committer.
func (m *Memory) CommitTo(t testing.TB, branch string, files map[string]gittest.File) gitobj.ID {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	ref := "refs/heads/" + branch
	var parents []gitobj.ID
	all := map[string]gitobj.TreeEntry{}
	if head := m.refs[ref]; !head.IsZero() {
		parents = append(parents, head)
		all = m.entriesLocked(head)
	}
	for path, f := range files {
		e, err := m.entryLocked(f)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all[path] = e
		if f.Remove {
			delete(all, path)
		}
	}
	m.refs[ref] = m.writeLocked(m.treeLocked(all), parents...)
	return m.refs[ref]
}

// Merge makes a merge commit of main, with its directory, and another commit.
func (m *Memory) Merge(other gitobj.ID) gitobj.ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	head := m.refs[main]
	m.refs[main] = m.writeLocked(m.commitLocked(head).Tree, head, other)
	return m.refs[main]
}

// CommitTree makes a commit of a tree, as a host does, and moves no branch.
func (m *Memory) CommitTree(tree gitobj.ID, parents ...gitobj.ID) gitobj.ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.writeLocked(tree, parents...)
}

// Refs are the full names of all references, in order.
func (m *Memory) Refs() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.refs))
}

// entryLocked stores the content of a file.
func (m *Memory) entryLocked(f gittest.File) (e gitobj.TreeEntry, err error) {
	if e.Mode, err = gitobj.ParseMode(cmp.Or(f.Mode, "100644")); err != nil || f.Remove {
		return e, err
	}
	if e.Mode.IsSubmodule() {
		e.ID, err = gitobj.ParseID(f.Content)
		return e, err
	}
	e.ID = m.putLocked(gitobj.KindBlob, []byte(f.Content))
	return e, nil
}

// writeLocked stores a commit of somebody else.
func (m *Memory) writeLocked(tree gitobj.ID, parents ...gitobj.ID) gitobj.ID {
	who := gitobj.Signature{Name: "Other", Email: "other@example.com", When: time.Unix(int64(len(m.objects)), 0)}
	c := gitobj.Commit{Tree: tree, Parents: parents, Author: who, Committer: who, Message: "theirs\n"}
	return m.putLocked(gitobj.KindCommit, c.Append(nil))
}

// putLocked stores an object that no push brought.
func (m *Memory) putLocked(k gitobj.Kind, data []byte) gitobj.ID {
	id := gitobj.Hash(m.format, k, data)
	if _, ok := m.objects[id]; !ok {
		m.objects[id] = object{k, data}
		m.theirs = append(m.theirs, id)
	}
	return id
}

// treeLocked stores the directories of files and returns the root.
func (m *Memory) treeLocked(files map[string]gitobj.TreeEntry) gitobj.ID {
	var entries []gitobj.TreeEntry
	below := map[string]map[string]gitobj.TreeEntry{}
	for path, e := range files {
		dir, rest, deeper := strings.Cut(path, "/")
		if !deeper {
			entries = append(entries, gitobj.TreeEntry{Mode: e.Mode, Name: path, ID: e.ID})
			continue
		}
		if below[dir] == nil {
			below[dir] = map[string]gitobj.TreeEntry{}
		}
		below[dir][rest] = e
	}
	for dir, files := range below {
		entries = append(entries, gitobj.TreeEntry{Mode: gitobj.ModeTree, Name: dir, ID: m.treeLocked(files)})
	}
	gitobj.SortEntries(entries)
	return m.putLocked(gitobj.KindTree, gitobj.AppendTree(nil, entries))
}

// commitLocked reads a commit.
func (m *Memory) commitLocked(id gitobj.ID) *gitobj.Commit {
	c, err := gitobj.ParseCommit(m.format, m.objects[id].data)
	if err != nil {
		panic(fmt.Sprintf("commit %s: %v", id, err))
	}
	return c
}

// entriesLocked is everything below a commit but directories, by path.
func (m *Memory) entriesLocked(commit gitobj.ID) map[string]gitobj.TreeEntry {
	files := map[string]gitobj.TreeEntry{}
	if commit.IsZero() {
		return files
	}
	var walk func(prefix string, tree gitobj.ID)
	walk = func(prefix string, tree gitobj.ID) {
		for e, err := range gitobj.Entries(m.format, m.objects[tree].data) {
			switch {
			case err != nil:
				panic(err)
			case e.Mode.IsTree():
				walk(prefix+string(e.Name)+"/", e.ID)
			default:
				files[prefix+string(e.Name)] = gitobj.TreeEntry{Mode: e.Mode, Name: string(e.Name), ID: e.ID}
			}
		}
	}
	walk("", m.commitLocked(commit).Tree)
	return files
}

// Files are the paths of main with their contents.
func (m *Memory) Files() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	contents := map[string]string{}
	for path, e := range m.entriesLocked(m.refs[main]) {
		contents[path] = string(m.objects[e.ID].data)
	}
	return contents
}

// Tree is everything below a commit but directories, by path, as git prints it.
func (m *Memory) Tree(commit gitobj.ID) map[string]gittest.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	tree := map[string]gittest.Entry{}
	for path, e := range m.entriesLocked(commit) {
		tree[path] = gittest.Entry{Mode: e.Mode.String(), ID: e.ID.String()}
	}
	return tree
}

// Commit reads a commit.
func (m *Memory) Commit(id gitobj.ID) *gitobj.Commit {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.commitLocked(id)
}

// Raw is the content of an object; nil when the repository does not hold it.
func (m *Memory) Raw(id gitobj.ID) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.objects[id].data
}

// Parents are the commits from the head of main back to its first, by first parents.
func (m *Memory) Parents() []gitobj.ID { return m.History(m.Head()) }

// History are the commits from a commit back to the first, by first parents.
func (m *Memory) History(id gitobj.ID) (ids []gitobj.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for !id.IsZero() {
		ids = append(ids, id)
		c := m.commitLocked(id)
		if len(c.Parents) == 0 {
			break
		}
		id = c.Parents[0]
	}
	return ids
}
