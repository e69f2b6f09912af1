package writertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// Failures of a push, for OnPush.
var (
	// ErrBusy: the server did nothing, and may do it later.
	ErrBusy = fmt.Errorf("the server is busy: %w", gitwire.ErrTransient)
	// ErrLost: the connection was lost, so that the outcome is not known.
	ErrLost = fmt.Errorf("the connection was lost: %w: %w", gitwire.ErrTransient, gitwire.ErrUnknown)
)

// Memory is a Git server in the process, without a network: references and objects in maps, a
// compare-and-swap for each push. Reads support the filters that gitread uses. It is for tests of
// decisions, in a synctest bubble where time matters; real servers judge formats and protocols.
type Memory struct {
	// OnPush, when set, is called before a push is applied. It may commit as somebody else. A
	// report with a status or an error is the answer instead, and nothing is applied; the error
	// ErrLost with a nil report means that the push is applied and its answer is lost.
	OnPush func(push gitwire.Push) (*gitwire.Report, error)
	// AfterPush, when set, is called after a push was applied, before its answer arrives.
	AfterPush func()
	// OnWait, when set, is told of each wait before a repeated push.
	OnWait func(attempt int)

	mu      sync.Mutex // guards the fields below
	refs    map[string]gitobj.ID
	objects map[gitobj.ID]object
	pushes  int
	fetches int
}

type object struct {
	kind gitobj.Kind
	data []byte
}

// NewMemory makes a server with a repository whose branch main has a commit of these files.
func NewMemory(t testing.TB, files map[string]string) *Memory {
	t.Helper()
	m := &Memory{refs: map[string]gitobj.ID{}, objects: map[gitobj.ID]object{}}
	if files != nil {
		m.CommitAsOther(t, files)
	}
	return m
}

// Pushes and Fetches count requests.
func (m *Memory) Pushes() int { m.mu.Lock(); defer m.mu.Unlock(); return m.pushes }

// Fetches counts requests for objects.
func (m *Memory) Fetches() int { m.mu.Lock(); defer m.mu.Unlock(); return m.fetches }

// Head is the commit of main.
func (m *Memory) Head() gitobj.ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refs[main]
}

const main = "refs/heads/main"

// CommitAsOther commits files, beside those that main has, as a concurrent committer.
func (m *Memory) CommitAsOther(t testing.TB, files map[string]string) gitobj.ID {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.filesLocked(m.refs[main])
	for path, content := range files {
		all[path] = m.putLocked(gitobj.KindBlob, []byte(content))
	}
	who := gitobj.Signature{Name: "Other", Email: "other@example.com", When: time.Unix(int64(len(m.objects)), 0)}
	c := gitobj.Commit{Tree: m.treeLocked(t, all), Author: who, Committer: who, Message: "theirs\n"}
	if head := m.refs[main]; !head.IsZero() {
		c.Parents = []gitobj.ID{head}
	}
	m.refs[main] = m.putLocked(gitobj.KindCommit, c.Append(nil))
	return m.refs[main]
}

// Files are the paths of main with their contents.
func (m *Memory) Files() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	contents := map[string]string{}
	for path, id := range m.filesLocked(m.refs[main]) {
		contents[path] = string(m.objects[id].data)
	}
	return contents
}

// Parents are the commits from the head of main back to its first, by first parents.
func (m *Memory) Parents() (ids []gitobj.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := m.refs[main]; !id.IsZero(); {
		ids = append(ids, id)
		c, err := gitobj.ParseCommit(gitobj.SHA1, m.objects[id].data)
		if err != nil || len(c.Parents) == 0 {
			return ids
		}
		id = c.Parents[0]
	}
	return ids
}

func (m *Memory) putLocked(k gitobj.Kind, data []byte) gitobj.ID {
	id := gitobj.Hash(gitobj.SHA1, k, data)
	m.objects[id] = object{k, data}
	return id
}

// filesLocked are the blobs below a commit by their paths.
func (m *Memory) filesLocked(commit gitobj.ID) map[string]gitobj.ID {
	files := map[string]gitobj.ID{}
	if commit.IsZero() {
		return files
	}
	c, err := gitobj.ParseCommit(gitobj.SHA1, m.objects[commit].data)
	if err != nil {
		panic(err)
	}
	var walk func(prefix string, tree gitobj.ID)
	walk = func(prefix string, tree gitobj.ID) {
		for e, err := range gitobj.Entries(gitobj.SHA1, m.objects[tree].data) {
			switch {
			case err != nil:
				panic(err)
			case e.Mode.IsTree():
				walk(prefix+string(e.Name)+"/", e.ID)
			default:
				files[prefix+string(e.Name)] = e.ID
			}
		}
	}
	walk("", c.Tree)
	return files
}

// treeLocked stores the directories of files and returns the root.
func (m *Memory) treeLocked(t testing.TB, files map[string]gitobj.ID) gitobj.ID {
	t.Helper()
	var entries []gitobj.TreeEntry
	below := map[string]map[string]gitobj.ID{}
	for path, id := range files {
		dir, rest, deeper := strings.Cut(path, "/")
		if !deeper {
			entries = append(entries, gitobj.TreeEntry{Mode: gitobj.ModeFile, Name: path, ID: id})
			continue
		}
		if below[dir] == nil {
			below[dir] = map[string]gitobj.ID{}
		}
		below[dir][rest] = id
	}
	for dir, files := range below {
		entries = append(entries, gitobj.TreeEntry{Mode: gitobj.ModeTree, Name: dir, ID: m.treeLocked(t, files)})
	}
	gitobj.SortEntries(entries)
	return m.putLocked(gitobj.KindTree, gitobj.AppendTree(nil, entries))
}

// URL is no address.
func (m *Memory) URL() string { return "memory://repository" }

// ListRefs lists HEAD, which names main, and the branches.
func (m *Memory) ListRefs(_ context.Context, prefixes ...string) (refs []gitwire.Ref, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range prefixes {
		if id, ok := m.refs[main]; ok && strings.HasPrefix("HEAD", p) {
			refs = append(refs, gitwire.Ref{Name: "HEAD", Target: main, ID: id})
		}
		for name, id := range m.refs {
			if strings.HasPrefix(name, p) {
				refs = append(refs, gitwire.Ref{Name: name, ID: id})
			}
		}
	}
	return refs, nil
}

// HasBranches reports whether any branch exists.
func (m *Memory) HasBranches(context.Context) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.refs) > 0, nil
}

// HeadBranch is main.
func (m *Memory) HeadBranch(context.Context) (string, error) { return "main", nil }

// Format is SHA-1.
func (m *Memory) Format(context.Context) (gitobj.Format, error) { return gitobj.SHA1, nil }

// Capabilities are those of version 2.
func (m *Memory) Capabilities(context.Context) (gitwire.Capabilities, error) {
	return gitwire.Capabilities{}, nil
}

// PushCapabilities are none.
func (m *Memory) PushCapabilities(context.Context) (gitwire.Capabilities, error) {
	return gitwire.Capabilities{}, nil
}

// Selective says that every object can be asked for, and that filters work.
func (m *Memory) Selective() (byID, filters bool) { return true, true }

// Usable is the filter itself.
func (m *Memory) Usable(filter string) string { return filter }

// RefusesWants is never the case.
func (m *Memory) RefusesWants(error, []gitobj.ID) bool { return false }

// CommitsOnly is never called.
func (m *Memory) CommitsOnly(context.Context) {}

// Fetch sends the wanted objects and those below them that the filter lets pass, without those of
// the haves.
func (m *Memory) Fetch(_ context.Context, req gitwire.Fetch, consume func(io.Reader) error) error {
	m.mu.Lock()
	m.fetches++
	has := map[gitobj.ID]bool{}
	for _, id := range req.Haves {
		m.reachLocked(id, 1<<30, true, 1<<30, has)
	}
	depth, blobs := 1<<30, true
	for part := range strings.SplitSeq(strings.TrimPrefix(req.Filter, "combine:"), "+") {
		if n, ok := strings.CutPrefix(part, "tree:"); ok {
			depth, _ = strconv.Atoi(n)
		}
		blobs = blobs && part != "blob:none"
	}
	commits := req.Depth
	if commits == 0 {
		commits = 1 << 30
	}
	send := map[gitobj.ID]bool{}
	for _, id := range req.Wants {
		if _, ok := m.objects[id]; !ok {
			m.mu.Unlock()
			return fmt.Errorf("not our ref %s", id)
		}
		m.reachLocked(id, depth, blobs, commits, send)
	}
	var pack bytes.Buffer
	enc, err := gitpack.NewEncoder(gitobj.SHA1, 1)
	n := uint32(0)
	for id := range send {
		if has[id] || err != nil {
			continue
		}
		n++
		_, _, err = enc.EncodeBytes(&pack, m.objects[id].kind, m.objects[id].data)
	}
	m.mu.Unlock()
	if err != nil {
		return err
	}
	all := append(gitpack.AppendPackHeader(nil, n), pack.Bytes()...)
	h := gitobj.SHA1.New()
	h.Write(all)
	return consume(bytes.NewReader(h.Sum(all)))
}

// reachLocked adds to set an object and those below it: levels of directories, blobs or not, and a
// number of commits.
func (m *Memory) reachLocked(id gitobj.ID, levels int, blobs bool, commits int, set map[gitobj.ID]bool) {
	ob := m.objects[id]
	switch {
	case ob.kind == gitobj.KindCommit && commits > 0:
		if set[id] {
			return
		}
		set[id] = true
		c, err := gitobj.ParseCommit(gitobj.SHA1, ob.data)
		if err != nil {
			panic(err)
		}
		if levels > 0 {
			m.reachLocked(c.Tree, levels-1, blobs, commits, set)
		}
		for _, p := range c.Parents {
			m.reachLocked(p, levels, blobs, commits-1, set)
		}
	case ob.kind == gitobj.KindTree:
		set[id] = true
		for e, err := range gitobj.Entries(gitobj.SHA1, ob.data) {
			if err == nil && levels > 0 && !e.Mode.IsSubmodule() && (blobs || e.Mode.IsTree()) {
				m.reachLocked(e.ID, levels-1, blobs, commits, set)
			}
		}
	case ob.kind == gitobj.KindBlob:
		set[id] = true
	}
}

// Push applies a push if the reference is as it expects.
func (m *Memory) Push(ctx context.Context, req gitwire.Push, pack gitwriter.Body) (gitwire.Report, error) {
	if ctx.Err() != nil {
		return gitwire.Report{}, context.Cause(ctx)
	}
	var answer *gitwire.Report
	var lost error
	if m.OnPush != nil {
		answer, lost = m.OnPush(req)
	}
	if m.AfterPush != nil {
		defer func() {
			if after := m.AfterPush; after != nil {
				after()
			}
		}()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pushes++
	switch {
	case answer != nil:
		return *answer, lost
	case lost != nil && !errors.Is(lost, ErrLost):
		return gitwire.Report{}, lost
	}
	report := gitwire.Report{Unpack: "ok"}
	if pack != nil {
		r := gitpack.NewReader(pack.NewReader(), gitobj.SHA1, gitpack.Limits{}, func(id gitobj.ID) (gitobj.Kind, []byte, bool) {
			ob, ok := m.objects[id]
			return ob.kind, ob.data, ok
		})
		for {
			ob, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return gitwire.Report{Unpack: err.Error()}, nil
			}
			m.putLocked(ob.Kind, ob.Data)
		}
	}
	for _, c := range req.Commands {
		st := gitwire.RefStatus{Ref: c.Ref, OK: true}
		old := m.refs[c.Ref]
		if old.IsZero() {
			old = gitobj.SHA1.Zero()
		}
		if old != c.Old && (!old.IsZero() || !c.Old.IsZero()) {
			st.OK, st.Reason = false, fmt.Sprintf("cannot lock ref '%s': is at %s but expected %s", c.Ref, old, c.Old)
		} else {
			m.refs[c.Ref] = c.New
		}
		report.Refs = append(report.Refs, st)
	}
	if lost != nil {
		return gitwire.Report{}, lost
	}
	return report, nil
}

// Prepare begins nothing.
func (m *Memory) Prepare(context.Context) (release func()) { return func() {} }

// Wait waits a second.
func (m *Memory) Wait(ctx context.Context, attempt int, _ error) error {
	if m.OnWait != nil {
		m.OnWait(attempt)
	}
	select {
	case <-time.After(time.Second):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

var (
	_ gitread.Refs     = (*Memory)(nil)
	_ gitread.Packs    = (*Memory)(nil)
	_ gitread.Server   = (*Memory)(nil)
	_ gitwriter.Pusher = (*Memory)(nil)
)
