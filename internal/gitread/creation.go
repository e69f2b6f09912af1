package gitread

import "github.com/nanogit/terraform-provider-nanogit/internal/gitobj"

// Creation is the creation of a branch by a resource of its own, as plans foresee it.
type Creation struct{ branch *Branch }

// Creation returns the branch's creation, foreseen or not.
func (b *Branch) Creation() Creation { return Creation{b} }

// Foresee says that the branch, if it is missing, is going to be created at a commit, which is zero
// while it is not known. Until then the branch is read as a branch of that commit. It is for plans:
// nothing is pushed to such a branch.
func (c Creation) Foresee(base gitobj.ID) {
	if was, ok := c.Foreseen(); !ok || was != base {
		c.set(&base)
	}
}

// Foreseen returns the commit at which the branch is going to be created; false if nobody said so.
func (c Creation) Foreseen() (base gitobj.ID, ok bool) {
	if foreseen := c.branch.locator.toCome(); foreseen != nil {
		return *foreseen, true
	}
	return base, false
}

// Decided says that the branch was created, moved or deleted, or is not going to be: the next call
// reads it anew.
func (c Creation) Decided() { c.set(nil) }

// set drops all that is known of the branch, too.
func (c Creation) set(base *gitobj.ID) {
	b := c.branch
	b.locator.foresee(base)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.loading, b.snap = nil, nil
	b.locator.renew()
}
