package intent

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Records is where a process leaves what the processes after it cannot find out. Terraform starts one to validate, one to
// plan and one to apply, and tells each of them its own part only: whether a nanogit_commit of the plan will take a
// removal is known when the plan is complete, which is after that removal was planned.
//
// A record is a hint. Where there is none, as for a plan that is applied on another machine, nothing is known.
// A nil Records keeps nothing. It is safe for concurrent use.
type Records struct {
	dir string
	run string // of the engine that started this process, without a dot
	id  string // of the record of this process

	mu      sync.Mutex // guards what follows
	own     record
	applied bool                // this process applies: the records of the run are used up when it ends
	past    map[string][]record // by run, once read
}

// record is what one process leaves.
type record struct {
	ID string `json:"id"`
	// Planned: the process has planned changes that are left for a nanogit_commit.
	Planned bool `json:"planned,omitempty"`
	// Commits are the paths that commits of the plan take, by place; "" stands for all paths of the place.
	Commits []committed `json:"commits,omitempty"`
	// Secret and Plain are paths of files by whether their content is a secret; "" for paths that were not known.
	Secret map[string]bool `json:"secret,omitempty"`
	Plain  map[string]bool `json:"plain,omitempty"`
}

type committed struct {
	Place
	Paths []string
}

// recordExt is how the names of complete records end.
const recordExt = ".json"

// recordAge is how long a plan that was saved may wait to be applied with the help of its record.
const recordAge = 24 * time.Hour

// OpenRecords returns the records of the run that this process is part of.
func OpenRecords() *Records {
	parent := os.Getppid()
	return NewRecords(filepath.Join(os.TempDir(), "nanogit-runs-"+strconv.Itoa(os.Getuid())), fmt.Sprintf("%d-%s", parent, startOf(parent)))
}

// NewRecords returns the records of a run in a directory, which is made when there is something to keep.
func NewRecords(dir, run string) *Records { return &Records{dir: dir, run: run, id: rand.Text()} }

// startOf is when a process was started, in clock ticks after the machine was; "" where proc_pid_stat(5) does not tell.
func startOf(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	const startTime = 22 - 3 // the fields after the name, of which the first is the third
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) <= startTime {
		return ""
	}
	return fields[startTime]
}

// Secret notes that the configuration has a file whose content is a secret; path is "" while it is not known.
func (r *Records) Secret(path string) {
	r.note(func(own *record) { own.Secret = with(own.Secret, path) })
}

// Plain notes that the configuration has a file at the path whose content is no secret.
func (r *Records) Plain(path string) {
	r.note(func(own *record) { own.Plain = with(own.Plain, path) })
}

func with(set map[string]bool, s string) map[string]bool {
	if set == nil {
		set = make(map[string]bool)
	}
	set[s] = true
	return set
}

// Commit notes that a nanogit_commit which is planned to run takes the changes of these paths; of all paths, for none.
func (r *Records) Commit(at Place, paths ...string) {
	if len(paths) == 0 {
		paths = []string{""}
	}
	r.note(func(own *record) { own.Commits = append(own.Commits, committed{at, paths}) })
}

// Entrust notes that this process has planned a change that is left for a nanogit_commit. It returns by which name the process
// that applies can ask whether there is one; "" where it cannot.
func (r *Records) Entrust() (plan string) {
	if r == nil {
		return ""
	}
	r.note(func(own *record) { own.Planned = true })
	return r.id
}

// Apply notes that this process applies what another one has planned.
func (r *Records) Apply() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.applied = true
}

func (r *Records) note(change func(own *record)) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.own)
}

// Commits tells whether a nanogit_commit of a plan takes the change of a path. plan is the result of Entrust, or "" for the
// plan of this run. known is false where there is no record of it.
func (r *Records) Commits(plan string, at Place, path string) (commits, known bool) {
	if r == nil {
		return false, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.loadLocked()
	run := r.run
	for name, all := range r.past {
		if plan != "" && slices.ContainsFunc(all, func(one record) bool { return one.ID == plan }) {
			run = name
			known = true
		}
	}
	for _, one := range r.past[run] {
		known = known || plan == "" && one.Planned
		for _, c := range one.Commits {
			commits = commits || (c.Place == at || c.Place == Place{}) && (slices.Contains(c.Paths, path) || slices.Contains(c.Paths, ""))
		}
	}
	return commits && known, known
}

// Hides reports whether the configuration may have the file at the path with a content that is a secret.
func (r *Records) Hides(path string) bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.loadLocked()
	var secret, perhaps, plain bool
	for _, one := range r.past[r.run] {
		secret = secret || one.Secret[path]
		perhaps = perhaps || one.Secret[""]
		plain = plain || one.Plain[path]
	}
	return secret || perhaps && !plain
}

// Knows reports whether the configuration has the file at the path with a content that is a secret, for certain.
func (r *Records) Knows(path string) bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.loadLocked()
	return slices.ContainsFunc(r.past[r.run], func(one record) bool { return one.Secret[path] })
}

// loadLocked reads all records, once. What cannot be read is as if it had never been written.
func (r *Records) loadLocked() {
	if r.past != nil {
		return
	}
	r.past = make(map[string][]record)
	for _, name := range r.names() {
		if filepath.Ext(name) != recordExt {
			continue // of a process that was killed
		}
		b, err := os.ReadFile(filepath.Join(r.dir, name))
		var one record
		if err == nil && json.Unmarshal(b, &one) == nil {
			run, _, _ := strings.Cut(name, ".")
			r.past[run] = append(r.past[run], one)
		}
	}
}

// names are the files of the directory; none while it may be somebody else's.
func (r *Records) names() (names []string) {
	if !private(r.dir) {
		return nil
	}
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Load reads the records now, before another process of the run takes them away.
func (r *Records) Load() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.loadLocked()
}

// Close leaves the record of this process, where it has anything to say to others, and takes away those that are of no more use.
func (r *Records) Close() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range r.names() {
		if r.usedUpLocked(name) {
			_ = os.Remove(filepath.Join(r.dir, name))
		}
	}
	if r.applied || !r.own.says() {
		_ = os.Remove(r.dir) // unless others are using it
		return nil
	}
	r.own.ID = r.id
	b, err := json.Marshal(r.own)
	if err != nil {
		panic("intent: strings cannot be encoded: " + err.Error())
	}
	return r.write(b)
}

func (one *record) says() bool {
	return one.Planned || len(one.Commits) > 0 || len(one.Secret) > 0
}

// usedUpLocked reports whether a record is of no more use: it is one of this run, which was applied; one of a run that ended
// without a plan that could still be applied; or old.
func (r *Records) usedUpLocked(name string) bool {
	run, _, _ := strings.Cut(name, ".")
	if run == r.run {
		// Of a configured process it is known that it has read what was left by the one that validated.
		return r.applied || r.past != nil && slices.ContainsFunc(r.past[run], func(one record) bool {
			return strings.Contains(name, one.ID) && !one.Planned && len(one.Commits) == 0
		})
	}
	info, err := os.Stat(filepath.Join(r.dir, name))
	if err != nil || time.Since(info.ModTime()) > recordAge {
		return true
	}
	pid, start, _ := strings.Cut(run, "-")
	n, err := strconv.Atoi(pid)
	if err != nil || start == "" || startOf(n) == start {
		return false // the run may be going on
	}
	b, err := os.ReadFile(filepath.Join(r.dir, name))
	var one record
	return err == nil && (json.Unmarshal(b, &one) != nil || !one.Planned && len(one.Commits) == 0)
}

// write makes the record in one step: others see all of it, or nothing.
func (r *Records) write(b []byte) error {
	var err error
	for range 2 { // another process may take away the directory, which was empty
		if err = os.MkdirAll(r.dir, 0o700); err != nil {
			break
		}
		if !private(r.dir) {
			return fmt.Errorf("%s belongs to somebody else, or others may write to it: remove it", r.dir)
		}
		name := filepath.Join(r.dir, r.run+"."+r.id)
		if err = os.WriteFile(name+".tmp", b, 0o600); err == nil {
			err = os.Rename(name+".tmp", name+recordExt)
		}
		if err == nil {
			break
		}
	}
	return err
}
