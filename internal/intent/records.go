package intent

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
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

// Records are the hint records that the processes of a run leave for later processes. Terraform
// starts a process to validate, another to plan and another to apply, and tells each its own part
// only: whether a nanogit_commit of the plan will take a removal is known when the plan is
// complete, which is after that removal was planned.
//
// A record is a hint. Where there is none, as for a plan that is applied on another machine,
// nothing is known. A nil Records keeps nothing. It is safe for concurrent use.
type Records struct {
	dir string
	run string // of the engine that started this process, without a dot
	id  string // of the record of this process

	link Link // nil where the run may have other processes that are not known

	mu      sync.Mutex // guards what follows
	own     record
	applied bool                // this process applies: the records of the run are used up when it ends
	past    map[string][]record // by run, once read
	plans   map[string][]record // those that were requested by name
}

// record is the hint record of a process.
type record struct {
	ID string `json:"id"`
	// Before are the records of processes of the run that had ended before this process was
	// configured: they are of another plan. An engine that destroys plans twice: the configuration,
	// to refresh it, and then the end of all of it.
	Before []string `json:"before,omitempty"`
	// Planned: the process has planned a change that depends on other resources.
	Planned bool `json:"planned,omitempty"`
	// Said are the files that configured resources are to have, those that resources give up, and
	// those whose changes a nanogit_commit takes: each as the result of digest, concatenated.
	Said []byte          `json:"said,omitempty"`
	said map[saying]bool // the same, once read
	// Secret and Plain are paths of files by whether their content is a secret; "" for paths that
	// were not known.
	Secret map[string]bool `json:"secret,omitempty"`
	Plain  map[string]bool `json:"plain,omitempty"`
}

// recordExt is the extension of complete records.
const recordExt = ".json"

// recordAge is the time within which a saved plan has to be applied for its record to help.
const recordAge = 24 * time.Hour

// OpenRecords returns the records of the run that this process is part of. link is the link to the
// other processes of the run, if there is a link.
func OpenRecords(link Link) *Records {
	parent := os.Getppid()
	return NewRecords(filepath.Join(os.TempDir(), "nanogit-runs-"+strconv.Itoa(os.Getuid())), fmt.Sprintf("%d-%s", parent, startOf(parent)), link)
}

// NewRecords returns the records of a run in a directory, which is made when the first record is
// written.
func NewRecords(dir, run string, link Link) *Records {
	return &Records{dir: dir, run: run, id: rand.Text(), link: link}
}

// Alone reports whether the run certainly has no other process at present.
func (r *Records) Alone() bool { return r != nil && r.link != nil && r.link.Alone() }

// startOf returns the time when a process was started, in clock ticks after the machine was; ""
// where proc_pid_stat(5) does not tell.
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

// Secret records that the configuration has a file whose content is a secret; path is "" while it
// is not known.
func (r *Records) Secret(path string) {
	r.update(func(own *record) { own.Secret = with(own.Secret, path) })
}

// Plain records that the configuration has a file at the path whose content is no secret.
func (r *Records) Plain(path string) {
	r.update(func(own *record) { own.Plain = with(own.Plain, path) })
}

func with(set map[string]bool, s string) map[string]bool {
	if set == nil {
		set = make(map[string]bool)
	}
	set[s] = true
	return set
}

// Commit records that a nanogit_commit which is planned to run takes the changes of these paths; of
// all paths, for none.
func (r *Records) Commit(at Branch, paths ...string) {
	if len(paths) == 0 {
		paths = []string{""}
	}
	r.update(func(own *record) {
		for _, path := range paths {
			own.add(Message{Kind: take, Branch: at, Path: path})
		}
	})
}

// addClaim records a claim, or that a resource gives up a path. keeps: the resource that claims the
// path has it in state already.
func (r *Records) addClaim(m Message, keeps bool) {
	if m.Kind != claim && m.Kind != leave {
		return
	}
	r.update(func(own *record) {
		own.add(m)
		if m.Kind == claim {
			own.add(Message{Kind: hold, Branch: m.Branch, Path: m.Path})
		}
		if keeps {
			own.add(Message{Kind: confirm, Branch: m.Branch, Path: m.Path})
		}
		own.Planned = own.Planned || m.Kind == leave
	})
}

// add adds a message to those said.
func (rec *record) add(m Message) {
	said := digest(m)
	rec.Said = append(rec.Said, said[:]...)
}

// saying is the form of a message in a record.
type saying [8]byte

// digest returns the hash that stands for a message: so a record of ten thousand files is small,
// and reveals none of their names.
func digest(m Message) saying {
	h := sha256.New()
	for _, part := range []string{string(rune(m.Kind)), m.Branch.Repository, m.Branch.Name, m.Path, m.Blob} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return saying(h.Sum(nil)[:len(saying{})])
}

// Entrust records that this process has planned a change that depends on other resources: whether a
// nanogit_commit takes it, and whether they are to have the path. It returns the name of the
// record, by which the process that applies finds it; "" where it cannot.
func (r *Records) Entrust() (plan string) {
	if r == nil {
		return ""
	}
	r.update(func(own *record) { own.Planned = true })
	return r.id
}

// Apply records that this process applies the plan of another process.
func (r *Records) Apply() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.applied = true
}

// update changes the record of this process.
func (r *Records) update(change func(own *record)) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.own)
}

// Commits reports whether a nanogit_commit of a plan takes the change of a path. plan is the result
// of Entrust, or "" for the plan of this run. known is false where there is no record of it.
func (r *Records) Commits(plan string, at Branch, path string) (commits, known bool) {
	for _, m := range []Message{{Branch: at, Path: path}, {Branch: at}, {}} { // the path, any path of the branch, any path
		m.Kind = take
		if commits, known = r.says(plan, m); commits || !known {
			break
		}
	}
	return commits, known
}

// Claims reports whether a configured resource of a plan is to have the path with this blob. plan
// and known are as in Commits.
func (r *Records) Claims(plan string, at Branch, path, blob string) (claimed, known bool) {
	claimed, known = r.says(plan, Message{Kind: claim, Branch: at, Path: path, Blob: blob})
	if claimed || !known {
		return claimed, known
	}
	open, _ := r.says(plan, Message{Kind: claim, Branch: at, Path: path})
	return false, !open // its blob, which was not known, may turn out to be the same
}

// Takes reports whether a configured resource of the plan of this run is to have the path.
func (r *Records) Takes(at Branch, path string) bool {
	takes, _ := r.Has("", at, path)
	return takes
}

// Has reports whether a configured resource of a plan is to have the path. plan and known are as in
// Commits.
func (r *Records) Has(plan string, at Branch, path string) (has, known bool) {
	return r.says(plan, Message{Kind: hold, Branch: at, Path: path})
}

// Keeps reports whether a resource of a plan is to have the path, as it had before. plan is as in
// Commits.
func (r *Records) Keeps(plan string, at Branch, path string) bool {
	keeps, _ := r.says(plan, Message{Kind: confirm, Branch: at, Path: path})
	return keeps
}

// Leaves reports whether a resource of the plan of this run gives up a path at which it has this
// blob.
func (r *Records) Leaves(at Branch, path, blob string) bool {
	left, _ := r.says("", Message{Kind: leave, Branch: at, Path: path, Blob: blob})
	return left
}

// says reports whether a message is in the records of a plan.
func (r *Records) says(plan string, m Message) (said, known bool) {
	if r == nil {
		return false, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	all, known := r.planLocked(plan)
	want := digest(m)
	return known && slices.ContainsFunc(all, func(rec record) bool { return rec.said[want] }), known
}

// planLocked returns the records of the processes that made a plan; known is false where there are
// none.
func (r *Records) planLocked(plan string) (all []record, known bool) {
	without := func(all []record, ids []string) []record {
		return slices.DeleteFunc(slices.Clone(all), func(rec record) bool { return slices.Contains(ids, rec.ID) })
	}
	if plan == "" || plan == r.id { // of a change that is planned once more, just before it is applied
		all = r.runLocked(r.run)
		for _, rec := range all {
			all = without(all, rec.Before)
		}
		return all, slices.ContainsFunc(all, func(rec record) bool { return rec.Planned })
	}
	if all, known = r.plans[plan]; known {
		return all, len(all) > 0
	}
	is := func(rec record) bool { return rec.ID == plan }
	// Another process of the run that applies may have removed the records by now.
	run, found := r.run, slices.ContainsFunc(r.runLocked(r.run), is)
	for _, name := range r.names() {
		if of, id := cutName(name); id == plan && !found {
			run, found = of, true
		}
	}
	if found {
		all = r.runLocked(run)
		if i := slices.IndexFunc(all, is); i >= 0 {
			all = without(all, all[i].Before)
		}
	}
	if r.plans == nil {
		r.plans = make(map[string][]record)
	}
	r.plans[plan] = all
	return all, len(all) > 0
}

// Hides reports whether the configuration may have the file at the path with a secret content.
func (r *Records) Hides(path string) bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var secret, perhaps, plain bool
	for _, rec := range r.runLocked(r.run) {
		secret = secret || rec.Secret[path]
		perhaps = perhaps || rec.Secret[""]
		plain = plain || rec.Plain[path]
	}
	return secret || perhaps && !plain
}

// Knows reports whether the configuration certainly has the file at the path with a secret content.
func (r *Records) Knows(path string) bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.runLocked(r.run), func(rec record) bool { return rec.Secret[path] })
}

// runLocked returns the records of a run, read once. A file that cannot be read is ignored.
func (r *Records) runLocked(run string) []record {
	all, ok := r.past[run]
	if ok {
		return all
	}
	for _, name := range r.names() {
		if of, id := cutName(name); of != run || id == "" {
			continue
		}
		var rec record
		b, err := os.ReadFile(filepath.Join(r.dir, name))
		if err == nil && json.Unmarshal(b, &rec) == nil {
			rec.said = make(map[saying]bool)
			for c := range slices.Chunk(rec.Said, len(saying{})) {
				rec.said[saying(append(c, make([]byte, len(saying{})-len(c))...))] = true
			}
			all = append(all, rec)
		}
	}
	if r.past == nil {
		r.past = make(map[string][]record)
	}
	r.past[run] = all
	return all
}

// cutName splits the name of a record; id is "" for an incomplete record.
func cutName(name string) (run, id string) {
	run, rest, _ := strings.Cut(name, ".")
	if id, ok := strings.CutSuffix(rest, recordExt); ok {
		return run, id
	}
	return run, ""
}

// names returns the files of the directory; none while it may be somebody else's.
func (r *Records) names() (names []string) {
	if info, err := os.Lstat(r.dir); err != nil || !private(info) {
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

// Load is called when the provider is configured. It reads the records of the run, before another
// process removes them.
func (r *Records) Load() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rec := range r.runLocked(r.run) {
		r.own.Before = append(r.own.Before, rec.ID)
	}
}

// Close writes the record of this process, if it may be of use to others, and removes the records
// that are of no more use.
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
	if r.applied || !r.neededLocked() {
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

// neededLocked reports whether the record of this process may be of use to another process. Claims
// and commits are of use to changes that depend on them, in this process or in another of the same
// plan.
func (r *Records) neededLocked() bool {
	switch {
	case r.own.Planned || len(r.own.Secret) > 0:
		return true
	case len(r.own.Said) == 0:
		return false
	case r.link == nil || !r.link.Alone():
		return true
	}
	return slices.ContainsFunc(r.names(), func(name string) bool {
		run, id := cutName(name)
		return run == r.run && !slices.Contains(r.own.Before, id)
	})
}

// isValidation reports whether the record is of a process that validated: of use to the process
// that plans, and to no other.
func (rec *record) isValidation() bool {
	return !rec.Planned && len(rec.Said) == 0
}

// usedUpLocked reports whether a record is of no more use: it is of this run or plan, which was
// applied; of a run that ended and left no plan to apply later that needs it; or old.
func (r *Records) usedUpLocked(name string) bool {
	run, id := cutName(name)
	if run == r.run {
		read, validation := r.find(run, id)
		return r.applied || read && validation
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
	all := r.runLocked(run)
	_, validation := r.find(run, id)
	return validation || !slices.ContainsFunc(all, func(rec record) bool { return rec.Planned }) ||
		r.applied && slices.ContainsFunc(all, func(rec record) bool { return len(r.plans[rec.ID]) > 0 })
}

// find reports whether this process has read a record, and whether it is that of a validation.
func (r *Records) find(run, id string) (read, validation bool) {
	for _, rec := range r.past[run] {
		if rec.ID == id {
			return true, rec.isValidation()
		}
	}
	return false, false
}

// writeAttempts bounds the attempts to write a record while other processes remove the directory,
// which is empty at that moment.
const writeAttempts = 30

// write writes the record in a single step: others see all of it, or nothing.
func (r *Records) write(b []byte) error {
	var err error
	for range writeAttempts {
		if err = os.MkdirAll(r.dir, 0o700); err != nil {
			break
		}
		var info os.FileInfo
		if info, err = os.Lstat(r.dir); err != nil {
			continue
		}
		if !private(info) {
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
