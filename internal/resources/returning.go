package resources

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// returnsKey is where the plan of a creation says, in private state, which files it will make.
// Where the creation is the second half of a replacement, Terraform hands this to the deletion that
// is the first half: a file that comes back as it was need not go. Spellings of a repository
// are the same place, as they are where a resource moves (see session.Session.SameBranch).
const returnsKey = "returns"

// returning are files that a creation makes: a hash of each, so that many of them are few bytes.
type returning map[string]bool

// add records a file; if its blob is not known yet, it may come back as another.
func (r *returning) add(l session.Location, path string, blob gitobj.ID, mode gitobj.Mode) {
	if blob.IsZero() {
		return
	}
	if *r == nil {
		*r = make(returning)
	}
	(*r)[digestOf(l, path, blob, mode)] = true
}

func (r returning) has(l session.Location, path string, blob gitobj.ID, mode gitobj.Mode) bool {
	return r[digestOf(l, path, blob, mode)]
}

const returningSize = 8

func digestOf(l session.Location, path string, blob gitobj.ID, mode gitobj.Mode) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %s %s", giturl.Key(l.Repository), l.Branch, path, blob, mode))
	return string(h[:returningSize])
}

func (r returning) encode() []byte {
	var all []byte
	for one := range r {
		all = append(all, one...)
	}
	b, err := json.Marshal(all)
	if err != nil {
		panic("resources: bytes cannot be encoded: " + err.Error())
	}
	return b
}

// decodeReturning is the inverse of encode; it finds nothing in anything else.
func decodeReturning(b []byte) returning {
	var all []byte
	if json.Unmarshal(b, &all) != nil {
		return nil
	}
	r := make(returning)
	for ; len(all) >= returningSize; all = all[returningSize:] {
		r[string(all[:returningSize])] = true
	}
	return r
}
