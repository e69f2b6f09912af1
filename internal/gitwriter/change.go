package gitwriter

import (
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Entry is what a branch holds at a path. A Mode of 0 says that there is nothing.
type Entry struct {
	Path string
	Mode gitobj.Mode
	ID   gitobj.ID
}

// Exists reports whether the branch holds anything at the path.
func (e Entry) Exists() bool { return e.Mode != 0 }

// IsDir reports whether the path is a directory.
func (e Entry) IsDir() bool { return e.Mode != 0 && e.Mode.IsTree() }

// Expectation is what the author of a change believed the remote to hold when they wrote it.
// The zero value expects nothing in particular.
type Expectation struct {
	kind expectKind
	gone bool // with expectBlob: or nothing
	mode gitobj.Mode
	id   gitobj.ID
}

type expectKind uint8

const (
	expectAny expectKind = iota
	expectAbsent
	expectBlob
)

// ExpectAny accepts whatever is there: the change overwrites it.
func ExpectAny() Expectation { return Expectation{} }

// ExpectAbsent accepts a path that does not exist.
func ExpectAbsent() Expectation { return Expectation{kind: expectAbsent} }

// ExpectBlob accepts a path that holds this blob, with this mode; a mode of 0 accepts every mode.
func ExpectBlob(id gitobj.ID, mode gitobj.Mode) Expectation {
	return Expectation{kind: expectBlob, id: id, mode: mode}
}

// ExpectGivenUp accepts a path that holds this blob, with this mode, which its owner gives up: or
// nothing, once that is done.
func ExpectGivenUp(id gitobj.ID, mode gitobj.Mode) Expectation {
	return Expectation{kind: expectBlob, id: id, mode: mode, gone: true}
}

// met reports whether have is what the author believed. A path that already holds what the change
// would put there meets every expectation: somebody else made the same change.
func (e Expectation) met(have Entry) bool {
	switch e.kind {
	case expectAbsent:
		return !have.Exists()
	case expectBlob:
		if !have.Exists() {
			return e.gone
		}
		return have.ID == e.id && (e.mode == 0 || have.Mode == e.mode)
	}
	return true
}

// String says the expectation in a diagnostic's words.
func (e Expectation) String() string {
	switch e.kind {
	case expectAbsent:
		return "no file"
	case expectBlob:
		return "blob " + e.id.String()
	}
	return "anything"
}

// Change is one file's part in a commit. Paths have passed gitobj.ValidatePath.
type Change struct {
	// Path is where the file is to be, or from where it is to be removed.
	Path string
	// From is the path that the file leaves in the same commit (a rename); empty for none.
	From string
	// Delete asks for the removal of Path. Mode and Blob are then zero.
	Delete bool
	// Mode and Blob are what Path is to hold. The blob is staged (StageBlob), or the branch holds
	// it at From or at Path already.
	Mode gitobj.Mode
	Blob gitobj.ID
	// Expect and ExpectFrom are what the author believed Path and From to hold. A path that already
	// holds what the change asks for meets every expectation.
	Expect     Expectation
	ExpectFrom Expectation
	// Beside lets a staged removal of a path that no commit ever named go with the commit that
	// names this one: what others put into a directory that is mirrored. Empty for none.
	Beside string
	// Message describes this change in the commit's message, as it is; empty for a text made from
	// the paths.
	Message string

	// group is the number of the set that the change is one of: when one of a set does not apply,
	// none is made. 0 stands for a set of its own.
	group int
}

// verb says what the change does, for messages and errors.
func (c Change) verb() string {
	switch {
	case c.Delete:
		return "delete"
	case c.From != "":
		return "rename"
	}
	return "write"
}

// String is a one-line description for errors and logs.
func (c Change) String() string {
	if c.From != "" {
		return fmt.Sprintf("rename %q to %q", c.From, c.Path)
	}
	return fmt.Sprintf("%s %q", c.verb(), c.Path)
}

// Identity is a name and an e-mail address, as Git writes them in a commit.
type Identity struct{ Name, Email string }

// Trailer is one "Key: value" line at the end of a commit message (git interpret-trailers).
type Trailer struct{ Key, Value string }

// Meta is what a commit says besides its tree, and how it is pushed. Time comes from Options.Now.
type Meta struct {
	// Message is the template (see CheckMessage) of a message for changes that have no message in
	// common; empty for a text made from the paths. OnlyMessage puts it in the place of the
	// changes' own messages, too.
	Message     string
	OnlyMessage bool
	// Workspace is the value of {workspace} in a template.
	Workspace string
	Author    Identity
	Committer Identity
	Trailers  []Trailer
	// PushOptions are sent with the push; nil for Options.PushOptions.
	PushOptions []string
	// AllowEmpty asks for a commit even when the tree does not change.
	AllowEmpty bool
}

// Result is the outcome of a change that is on the branch.
type Result struct {
	// Commit is the commit that brought the change; the zero ID when the branch held it already.
	Commit gitobj.ID
	// Tree is that commit's tree, Parent its parent; zero without a commit, Parent zero for a first
	// commit.
	Tree, Parent gitobj.ID
	// Messages are the lines that the server printed for the push.
	Messages []string
}
