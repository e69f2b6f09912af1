package resources

import (
	"crypto/rand"
	"encoding/json"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// writtenKey is where private state keeps what this resource wrote or adopted last. Terraform may
// lose it (a crash during apply): it is a hint that saves work or allows it, never the only ground
// for overwriting.
const writtenKey = "written"

// written is the blob that a resource put on the branch, or found there as wanted. The zero value
// is none.
type written struct {
	blob gitobj.ID
	// pointer: the content is a Git LFS pointer, so that plain content in its place is to be asked
	// for.
	pointer bool
	// staged: the blob was left for a nanogit_commit, which was not seen on the branch yet. before
	// is what the path held then, as far as state told; the zero ID for nothing.
	staged bool
	before gitobj.ID
	// left is the path that the staged blob is to come from, and leftBlob what was there; empty
	// when it is no rename.
	left     string
	leftBlob gitobj.ID
	// committed: a nanogit_commit took a change of this file, as of the last refresh.
	committed bool
	// rival is the blob that another resource was seen to have at the path, as of the last refresh;
	// the zero ID for none.
	rival gitobj.ID
	// raw is the path that the branch has instead of the one in state, in another normal form of
	// Unicode; "" when they are the same.
	raw string
	// token tells this resource from all others; "" before the first refresh or write.
	token string
}

// by joins a new write with the notes before it: it stays the same resource, with the same
// nanogit_commit.
func (w written) by(before written) written {
	w.token, w.committed = before.token, before.committed
	if w.token == "" {
		w.token = rand.Text()
	}
	return w
}

// wasCommitted reports whether a nanogit_commit has taken a change of this file, of which the
// branch holds have. Some engines plan the end of a resource, and destroy it, without the private
// state that a refresh would have written.
func (w written) wasCommitted(have gitobj.ID) bool {
	return w.committed || w.staged && !w.blob.IsZero() && have == w.blob && w.before != w.blob
}

// uncommitted reports whether have, which is not what state says, is what there was when the blob
// was staged.
func (w written) uncommitted(state, have gitobj.ID) bool {
	return w.staged && w.blob == state && have != state && have == w.before
}

// staging is the blob of the file by its path, if it was staged.
func (w written) staging(m *fileModel) map[string]gitobj.ID {
	if !w.staged {
		return nil
	}
	return map[string]gitobj.ID{m.Path.ValueString(): w.blob}
}

// plainly reports whether have is this resource's own work and no Git LFS pointer: it can be
// overwritten unseen.
func (w written) plainly(have gitobj.ID) bool {
	return !w.blob.IsZero() && w.blob == have && !w.pointer
}

// isPointer reports whether the content is a Git LFS pointer, where only the blob is at hand.
func (w written) isPointer() (bool, error) { return w.pointer, nil }

type writtenJSON struct {
	Blob    string `json:"blob"`
	Pointer bool   `json:"lfs_pointer,omitempty"`
	Staged  bool   `json:"staged,omitempty"`
	Before  string `json:"before,omitempty"`

	Left     string `json:"left,omitempty"`
	LeftBlob string `json:"left_blob,omitempty"`

	Committed bool   `json:"committed,omitempty"`
	Rival     string `json:"rival,omitempty"`
	Token     string `json:"token,omitempty"`
	Raw       string `json:"raw,omitempty"`
}

func (w written) encode() []byte {
	j := writtenJSON{Pointer: w.pointer, Staged: w.staged, Committed: w.committed, Token: w.token, Raw: w.raw}
	if !w.blob.IsZero() {
		j.Blob = w.blob.String()
	}
	if !w.rival.IsZero() {
		j.Rival = w.rival.String()
	}
	if !w.before.IsZero() {
		j.Before = w.before.String()
	}
	if w.left != "" {
		j.Left, j.LeftBlob = w.left, w.leftBlob.String()
	}
	b, err := json.Marshal(j)
	if err != nil {
		panic("resources: a string cannot be encoded: " + err.Error())
	}
	return b
}

// decodeWritten reads what encode made; the zero value for anything else.
func decodeWritten(b []byte) written {
	var j writtenJSON
	if json.Unmarshal(b, &j) != nil {
		return written{}
	}
	w := written{token: j.Token, committed: j.Committed, raw: j.Raw}
	var err error
	if rival, err := gitobj.ParseID(j.Rival); err == nil {
		w.rival = rival
	}
	if w.blob, err = gitobj.ParseID(j.Blob); err != nil {
		return w
	}
	w.pointer, w.staged = j.Pointer, j.Staged
	if before, err := gitobj.ParseID(j.Before); err == nil {
		w.before = before
	}
	if left, err := gitobj.ParseID(j.LeftBlob); err == nil {
		w.left, w.leftBlob = j.Left, left
	}
	return w
}
