package gitwriter

import (
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// Expectation is a condition on the entry that a branch has at a path, as the author of a change
// last saw it. The zero value accepts every entry.
type Expectation struct {
	kind expectKind
	gone bool // with expectBlob: or no entry
	mode gitobj.Mode
	id   gitobj.ID
}

type expectKind uint8

const (
	expectAny expectKind = iota
	expectAbsent
	expectBlob
)

// ExpectAny accepts every entry: the change overwrites it.
func ExpectAny() Expectation { return Expectation{} }

// ExpectAbsent accepts a path that does not exist.
func ExpectAbsent() Expectation { return Expectation{kind: expectAbsent} }

// ExpectBlob accepts a path that holds this blob, with this mode; a mode of 0 accepts every mode.
func ExpectBlob(id gitobj.ID, mode gitobj.Mode) Expectation {
	return Expectation{kind: expectBlob, id: id, mode: mode}
}

// ExpectGivenUp accepts a path that holds this blob, with this mode, which its owner gives up, and
// a path that does not exist, once the owner did so.
func ExpectGivenUp(id gitobj.ID, mode gitobj.Mode) Expectation {
	return Expectation{kind: expectBlob, id: id, mode: mode, gone: true}
}

// Absent reports whether the expectation is ExpectAbsent.
func (e Expectation) Absent() bool { return e.kind == expectAbsent }

// met reports whether the entry meets the expectation.
func (e Expectation) met(have gitread.Entry) bool {
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

// String is the expectation in the words of a diagnostic.
func (e Expectation) String() string {
	switch e.kind {
	case expectAbsent:
		return "no file"
	case expectBlob:
		return "blob " + e.id.String()
	}
	return "anything"
}

// Change is the part of a file in a commit. Paths have passed gitobj.ValidatePath.
type Change struct {
	// Path is the path that the file is to have, or that is to be removed.
	Path string
	// From is the path that the file leaves in the same commit (a rename); empty for none.
	From string
	// Delete asks for the removal of Path. Mode and Blob are then zero.
	Delete bool
	// Mode and Blob are the entry that Path is to have. The blob is staged (StageBlob), or the
	// branch has it at From or at Path already.
	Mode gitobj.Mode
	Blob gitobj.ID
	// Expect and ExpectFrom are conditions on the entries at Path and From. A path that already has
	// the wanted entry meets every condition: somebody else made the same change.
	Expect     Expectation
	ExpectFrom Expectation
	// With lets a staged removal of a path that no commit ever named go with the commit that names
	// this path: files of others in a directory that is mirrored. Empty for none.
	With string
	// Message describes this change in the commit's message, word for word; empty for a text made
	// from the paths.
	Message string
	// Group is the number of the set to which the change belongs: when a change of a set does not
	// apply, none of it is made. 0 stands for a set of its own.
	Group int
}

// verb is the change's verb in messages and errors.
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

// Meta holds the fields of a commit besides its tree, and how it is pushed. The time comes from
// Options.Now.
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
	// Tree is that commit's tree, Parent its parent. Both are zero without a commit, and Parent is
	// zero for a first commit.
	Tree, Parent gitobj.ID
	// Messages are the lines that the server printed for the push.
	Messages []string
}
