package resources

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// write are the files of a resource on their way to the branch: those of a nanogit_files, or the
// file of a nanogit_file, which may be a rename.
//
//	items, difference ──► puts: contents are staged ─┬─► submit: a push, of all changes or none
//	                      removals                   └─► leave: kept for a nanogit_commit
type write struct {
	session.Target // of the resource
	session        *session.Session
	many           bool // the resource is a nanogit_files
	items          []item
	have           map[string]gitread.Entry // in state, by path; a mode that is not known is zero
	hints          hints                    // from before
	message        string
	creates        bool   // the resource is new
	goesWith       string // the path with which the removals of files of others go

	overwrite    bool // conflict = "overwrite"
	overwriteNew bool // overwrite_on_create
	stages       bool // the changes wait for a nanogit_commit
	failed       bool // an earlier removal failed

	// found are the files that the branch has at paths that are new to the resource.
	found map[string]gitread.Entry
	// unread are the items, by path, whose content the branch had when it was looked at: they are
	// not staged.
	unread map[string]*item

	mu     sync.Mutex // guards staged
	staged []gitobj.ID
}

// errNoContent: a file is to be written, and its content is nowhere to be found.
var errNoContent = errors.New("there is no content to write: the configuration gives none, or ignore_changes keeps the one in state, " +
	"which has no content for a file that is no text, or larger than 1 MiB, or that somebody else changed so")

// run stages the contents that changed, and sends the difference as one set of changes or leaves it
// for the nanogit_commit that takes it. others are files that others have below a prefix that is to
// be mirrored from now on. It gives every item its blob, and returns the hint record of the files.
func (w *write) run(ctx context.Context, pending *gitqueue.Pending, d difference, others []gitread.Entry) (gitwriter.Result, hints, error) {
	defer w.discard()
	puts, err := w.puts(ctx, d.puts)
	if err == nil {
		err = w.takeOver(ctx, puts)
	}
	if err != nil {
		return gitwriter.Result{}, hints{}, err
	}
	removals := w.withoutOthers(ctx, w.removals(d.gone, others))
	var result gitwriter.Result
	var left []gitwriter.Change
	if w.stages {
		left, err = w.leave(ctx, pending, puts, removals)
	} else {
		changes := append(puts, removals...)
		w.session.Owners().HoldForHeirs(w.Target, changes...)
		result, err = w.submit(ctx, pending, changes)
	}
	if err != nil {
		return gitwriter.Result{}, hints{}, err
	}
	now := w.wrote()
	if w.stages {
		now.fresh, now.staged = w.stagedHints(puts)
		now.renames = w.renamedHints(left)
	}
	return result, now, nil
}

// wrote is the hint record of the items without those of a change that waits.
func (w *write) wrote() hints {
	now := hints{wrote: make(map[string]gitobj.ID)}
	for i := range w.items {
		if it := &w.items[i]; it.writeOnly || !w.many {
			now.wrote[it.path] = it.blob
		}
	}
	return now
}

// keeps reports whether an item has the blob that state has for it.
func (w *write) keeps(it *item) bool {
	return !it.blob.IsZero() && (it.blob == it.from.ID || it.blob == w.have[it.path].ID)
}

// puts stages the items of these indices, as many at once as there are processors, and describes
// the changes.
func (w *write) puts(ctx context.Context, indices []int) ([]gitwriter.Change, error) {
	read, err := w.toRead(ctx, indices)
	if err != nil {
		return nil, err
	}
	err = inParallel(ctx, len(read), func(k int) error { return w.stage(ctx, read[k]) })
	changes := make([]gitwriter.Change, len(indices))
	for k, i := range indices {
		changes[k] = w.change(&w.items[i])
	}
	return changes, err
}

// toRead are the items whose contents are to be staged. A content that the branch holds already is
// not read again, unless it is to wait: until a commit runs, others may take it away. Of a single
// item that changed, a look costs more than it saves.
func (w *write) toRead(ctx context.Context, indices []int) ([]*item, error) {
	w.unread = make(map[string]*item)
	var read, changed []*item
	for _, i := range indices {
		switch it := &w.items[i]; {
		case !w.keeps(it):
			changed = append(changed, it)
		case !w.stages:
			w.leaveUnread(it)
		case it.known():
			// A content other than that of the kept blob, as a write-only content may be at
			// every run, is left alone.
			id, err := it.content.blobID(ctx, it.blob.Format())
			if err != nil {
				return nil, w.wrap(it, err)
			}
			if id == it.blob {
				read = append(read, it)
			}
		}
	}
	if w.stages || len(changed) < 2 {
		return append(read, changed...), nil
	}
	paths := make([]string, len(changed))
	for i, it := range changed {
		paths[i] = it.path
	}
	found, _, err := w.Branch.LookupAll(ctx, paths)
	if err != nil {
		return nil, err
	}
	for i, it := range changed {
		if have := found[i]; have.Exists() && have.ID == it.blob {
			w.leaveUnread(it)
		} else {
			read = append(read, it)
		}
	}
	return read, nil
}

// leaveUnread notes an item that is read only when the branch turns out not to hold it any more.
func (w *write) leaveUnread(it *item) {
	if it.known() {
		w.unread[it.path] = it
	}
}

// wrap names the file in an error, for a resource of many.
func (w *write) wrap(it *item, err error) error {
	if !w.many {
		return err
	}
	return it.wrap(err)
}

// stage puts the content of an item into the stage.
func (w *write) stage(ctx context.Context, it *item) error {
	if !it.known() {
		return w.wrap(it, errNoContent)
	}
	blob, err := it.content.stage(ctx, w.Branch, it.blob)
	if err != nil {
		return w.wrap(it, err)
	}
	it.blob = blob
	w.mu.Lock()
	defer w.mu.Unlock()
	w.staged = append(w.staged, blob)
	return nil
}

// discard gives up the staged contents: those on the branch stay there, and a change that waits has
// references of its own.
func (w *write) discard() { w.Branch.Discard(w.staged...) }

// change describes the put of an item. It expects the entry in state.
func (w *write) change(it *item) gitwriter.Change {
	c := gitwriter.Change{Path: it.path, Mode: it.mode, Blob: it.blob, Message: w.message}
	switch have, ok := w.have[it.path]; {
	case ok:
		c.Expect = w.expect(have)
	case w.overwriteNew:
		c.Expect = gitwriter.ExpectAny()
	default:
		c.Expect = gitwriter.ExpectAbsent()
	}
	if from := it.from; from.Path != "" && !w.claimed(from.Path, from.ID) {
		c.From, c.ExpectFrom = from.Path, w.expect(from)
	}
	return c
}

// expect is the expectation of an entry in state; an entry without a blob is a seed that others
// removed.
func (w *write) expect(have gitread.Entry) gitwriter.Expectation {
	switch {
	case w.overwrite:
		return gitwriter.ExpectAny()
	case have.ID.IsZero():
		return gitwriter.ExpectAbsent()
	}
	return gitwriter.ExpectBlob(have.ID, have.Mode)
}

// claimed reports whether another resource of the plan has the old path of a rename from now on,
// with this blob.
func (w *write) claimed(path string, blob gitobj.ID) bool {
	claimed, _ := w.session.Owners().Records.Claims("", w.OnBoard(), path, blob.String())
	return claimed
}

// removals take away files that are gone from the configuration, and others.
func (w *write) removals(gone []string, others []gitread.Entry) []gitwriter.Change {
	var changes []gitwriter.Change
	add := func(have gitread.Entry, foreign bool) {
		c := deleteOf(have, w.overwrite)
		if c.Message = w.message; foreign {
			c.With = w.goesWith
		}
		changes = append(changes, c)
	}
	for _, path := range gone {
		add(w.have[path], w.hints.foreign[path])
	}
	for _, e := range others {
		add(e, true)
	}
	return changes
}

// takeOver looks at the paths that are new to the resource. It lets the puts replace the files that
// other resources of the run give up there.
func (w *write) takeOver(ctx context.Context, puts []gitwriter.Change) error {
	var fresh []int
	var paths []string
	for i, c := range puts {
		if w.have[c.Path].ID.IsZero() && (w.stages || c.Expect == gitwriter.ExpectAbsent()) {
			fresh, paths = append(fresh, i), append(paths, c.Path)
		}
	}
	if len(paths) == 0 {
		return nil
	}
	found, err := lookupFiles(ctx, w.Branch, paths...)
	if err != nil {
		return err
	}
	w.found = make(map[string]gitread.Entry)
	for k, i := range fresh {
		c, have := &puts[i], found[k]
		if !have.Exists() {
			continue
		}
		w.found[c.Path] = have
		if c.Expect == gitwriter.ExpectAbsent() && (have.ID != c.Blob || have.Mode != c.Mode) && w.session.Owners().GivenUp(ctx, w.Location, have, false) {
			c.Expect = gitwriter.ExpectGivenUp(have.ID, have.Mode)
		}
	}
	return nil
}

// withoutOthers leaves out the removals of files that another resource of the run has now, with the
// same content.
func (w *write) withoutOthers(ctx context.Context, removals []gitwriter.Change) []gitwriter.Change {
	blobs := make(map[string]gitobj.ID)
	for _, c := range removals {
		if have, ours := w.have[c.Path]; ours {
			blobs[c.Path] = have.ID
		}
	}
	if len(blobs) == 0 {
		return removals
	}
	left := w.session.Owners().LeftToOthers(ctx, w.Location, blobs, session.Fate{}, true)
	return slices.DeleteFunc(removals, func(c gitwriter.Change) bool { return left[c.Path] })
}
