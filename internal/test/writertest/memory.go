package writertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
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
	// Address tells the repository from others that share an object store with it.
	Address string
	// OnPush, when set, is called before a push is applied. It may commit as somebody else. A
	// report with a status or an error is the answer instead, and nothing is applied; the error
	// ErrLost with a nil report means that the push is applied and its answer is lost.
	OnPush func(push gitwire.Push) (*gitwire.Report, error)
	// AfterPush, when set, is called after a push was applied, before its answer arrives.
	AfterPush func()
	// NoAtomic makes the server one that offers no atomic pushes.
	NoAtomic bool
	// OnWait, when set, is told of each wait before a repeated push.
	OnWait func(attempt int)

	format gitobj.Format
	judged bool // by git, at the end of the test

	mu      sync.Mutex // guards the fields below
	refs    map[string]gitobj.ID
	objects map[gitobj.ID]object
	theirs  []gitobj.ID // objects that no push brought
	packs   [][]byte    // as they were pushed, if git is to judge them
	pushes  int
	fetches int
	lists   int
	sent    int64
}

// NewMemory makes a server with a SHA-1 repository whose branch main has a commit of these files;
// nil for a repository without a commit. At the end of a test, git checks the repository.
func NewMemory(t testing.TB, files map[string]string) *Memory {
	t.Helper()
	return Formats[0].Memory(t, files)
}

// Memory is NewMemory for a repository of the format.
func (f Format) Memory(t testing.TB, files map[string]string) *Memory {
	t.Helper()
	m := &Memory{Address: "memory://repository", format: f.Format, refs: map[string]gitobj.ID{}, objects: map[gitobj.ID]object{}}
	if files != nil {
		m.CommitAsOther(t, files)
	}
	// A benchmark pushes too much for git to check.
	if _, m.judged = t.(*testing.T); m.judged {
		t.Cleanup(func() { m.Export(t).Fsck(t) })
	}
	return m
}

// Pushes counts pushes.
func (m *Memory) Pushes() int { m.mu.Lock(); defer m.mu.Unlock(); return m.pushes }

// Fetches counts requests for objects.
func (m *Memory) Fetches() int { m.mu.Lock(); defer m.mu.Unlock(); return m.fetches }

// Requests counts pushes and requests for references or objects.
func (m *Memory) Requests() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pushes + m.fetches + m.lists
}

// Sent is the size of all packs that were sent, in bytes.
func (m *Memory) Sent() int64 { m.mu.Lock(); defer m.mu.Unlock(); return m.sent }

// URL is the Address.
func (m *Memory) URL() string { return m.Address }

// ListRefs lists HEAD, which names main, and the references in the order of their names.
func (m *Memory) ListRefs(_ context.Context, prefixes ...string) (refs []gitwire.Ref, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lists++
	for _, p := range prefixes {
		if id, ok := m.refs[main]; ok && strings.HasPrefix("HEAD", p) {
			refs = append(refs, gitwire.Ref{Name: "HEAD", Target: main, ID: id})
		}
		for _, name := range slices.Sorted(maps.Keys(m.refs)) {
			if strings.HasPrefix(name, p) {
				refs = append(refs, gitwire.Ref{Name: name, ID: m.refs[name]})
			}
		}
	}
	return refs, nil
}

// HasBranches reports whether any branch exists.
func (m *Memory) HasBranches(context.Context) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lists++
	for name := range m.refs {
		if strings.HasPrefix(name, "refs/heads/") {
			return true, nil
		}
	}
	return false, nil
}

// HeadBranch is main.
func (m *Memory) HeadBranch(context.Context) (string, error) { return "main", nil }

// Format is the object format.
func (m *Memory) Format(context.Context) (gitobj.Format, error) { return m.format, nil }

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
	var has reached
	for _, id := range req.Haves {
		m.reachLocked(id, 1<<30, true, 1<<30, &has)
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
	var send reached
	for _, id := range req.Wants {
		if _, ok := m.objects[id]; !ok {
			m.mu.Unlock()
			return fmt.Errorf("not our ref %s", id)
		}
		m.reachLocked(id, depth, blobs, commits, &send)
	}
	pack, err := m.packLocked(slices.DeleteFunc(send.list, func(id gitobj.ID) bool { return has.set[id] }))
	m.sent += int64(len(pack))
	m.mu.Unlock()
	if err != nil {
		return err
	}
	return consume(bytes.NewReader(pack))
}

// packLocked makes a pack of objects.
func (m *Memory) packLocked(ids []gitobj.ID) ([]byte, error) {
	enc, err := gitpack.NewEncoder(m.format, 1)
	if err != nil {
		return nil, err
	}
	pack := bytes.NewBuffer(gitpack.AppendPackHeader(nil, uint32(len(ids))))
	for _, id := range ids {
		if _, _, err := enc.EncodeBytes(pack, m.objects[id].kind, m.objects[id].data); err != nil {
			return nil, err
		}
	}
	h := m.format.New()
	h.Write(pack.Bytes())
	return h.Sum(pack.Bytes()), nil
}

// reached is a set of objects in the order in which they were added.
type reached struct {
	set  map[gitobj.ID]bool
	list []gitobj.ID
}

func (r *reached) add(id gitobj.ID) {
	if r.set == nil {
		r.set = map[gitobj.ID]bool{}
	}
	if !r.set[id] {
		r.set[id] = true
		r.list = append(r.list, id)
	}
}

// reachLocked adds an object and those below it: levels of directories, blobs or not, and a number
// of commits.
func (m *Memory) reachLocked(id gitobj.ID, levels int, blobs bool, commits int, to *reached) {
	ob := m.objects[id]
	switch {
	case ob.kind == gitobj.KindCommit && commits > 0:
		if to.set[id] {
			return
		}
		to.add(id)
		c := m.commitLocked(id)
		if levels > 0 {
			m.reachLocked(c.Tree, levels-1, blobs, commits, to)
		}
		for _, p := range c.Parents {
			m.reachLocked(p, levels, blobs, commits-1, to)
		}
	case ob.kind == gitobj.KindTree:
		to.add(id)
		for e, err := range gitobj.Entries(m.format, ob.data) {
			if err == nil && levels > 0 && !e.Mode.IsSubmodule() && (blobs || e.Mode.IsTree()) {
				m.reachLocked(e.ID, levels-1, blobs, commits, to)
			}
		}
	case ob.kind == gitobj.KindBlob:
		to.add(id)
	}
}

// Push applies a push if the reference is as it expects.
func (m *Memory) Push(ctx context.Context, req gitwire.Push, pack gitwriter.Body) (gitwire.Report, error) {
	if ctx.Err() != nil {
		return gitwire.Report{}, context.Cause(ctx)
	}
	if req.Atomic && m.NoAtomic {
		return gitwire.Report{}, gitwire.ErrNoAtomic
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
		raw, err := io.ReadAll(pack.NewReader())
		if err != nil {
			return gitwire.Report{}, err
		}
		if m.judged {
			m.packs = append(m.packs, raw)
		}
		r := gitpack.NewReader(bytes.NewReader(raw), m.format, gitpack.Limits{}, func(id gitobj.ID) (gitobj.Kind, []byte, bool) {
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
			m.objects[gitobj.Hash(m.format, ob.Kind, ob.Data)] = object{ob.Kind, ob.Data}
		}
	}
	report.Refs = m.moveLocked(req)
	if lost != nil {
		return gitwire.Report{}, lost
	}
	return report, nil
}

// moveLocked carries out the commands of a push: each alone, or all or none.
func (m *Memory) moveLocked(req gitwire.Push) []gitwire.RefStatus {
	statuses := make([]gitwire.RefStatus, len(req.Commands))
	failed := false
	for i, c := range req.Commands {
		old := m.refs[c.Ref]
		if old.IsZero() {
			old = m.format.Zero()
		}
		statuses[i] = gitwire.RefStatus{Ref: c.Ref, OK: true}
		if old != c.Old && (!old.IsZero() || !c.Old.IsZero()) {
			statuses[i].OK, statuses[i].Reason = false, fmt.Sprintf("cannot lock ref '%s': is at %s but expected %s", c.Ref, old, c.Old)
			failed = true
		}
	}
	for i, c := range req.Commands {
		switch {
		case req.Atomic && failed: // as git says it of all
			statuses[i].OK, statuses[i].Reason = false, "atomic transaction failed"
		case !statuses[i].OK:
		case c.New.IsZero():
			delete(m.refs, c.Ref)
		default:
			m.refs[c.Ref] = c.New
		}
	}
	return statuses
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
