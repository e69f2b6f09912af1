package gitobj

import "sync"

const (
	// scansFirst is how many look-ups scan a tree before one makes an index of it.
	scansFirst = 8
	// leastIndexed and mostIndexed bound the trees of which an index is made, in bytes: a scan of a
	// smaller one is as fast, and the index of a larger one takes too much memory.
	leastIndexed, mostIndexed = 2 << 10, 4 << 20
)

// Finder is [FindEntry] for many look-ups in one tree: the first few scan it, and then there is an
// index by name. It is safe for concurrent use.
type Finder struct {
	format Format
	tree   []byte

	mu    sync.Mutex
	asked int
	at    map[string]uint32 // where entries begin, by name
	err   error             // the malformed entry that ended the index
}

// NewFinder returns a finder of the entries of a raw tree, which must not change.
func NewFinder(f Format, tree []byte) *Finder { return &Finder{format: f, tree: tree} }

// Indexes reports whether the tree is one of which an index is made: it is worth to be kept for the
// next look-up.
func (x *Finder) Indexes() bool { return leastIndexed <= len(x.tree) && len(x.tree) <= mostIndexed }

// Find returns the first entry of that name, whatever its mode.
func (x *Finder) Find(name string) (e TreeEntry, ok bool, err error) {
	if !x.indexed() {
		return FindEntry(x.format, x.tree, name)
	}
	at, ok := x.at[name]
	if !ok {
		return TreeEntry{}, false, x.err
	}
	s, err := scan(x.tree[at:], x.format.Size())
	if err != nil {
		return TreeEntry{}, false, err
	}
	rest := x.tree[at:]
	return TreeEntry{Mode: s.mode, Name: name, ID: idOf(rest[s.null+1 : s.size])}, true, nil
}

// indexed reports whether there is an index, and makes it when its time has come.
func (x *Finder) indexed() bool {
	if !x.Indexes() {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.at != nil {
		return true
	}
	if x.asked++; x.asked <= scansFirst {
		return false
	}
	names, at := string(x.tree), 0
	x.at = make(map[string]uint32, len(x.tree)/(x.format.Size()+24))
	for at < len(x.tree) {
		s, err := scan(x.tree[at:], x.format.Size())
		if err != nil {
			x.err = err
			break
		}
		name := names[at+s.name : at+s.null]
		if _, twice := x.at[name]; !twice {
			x.at[name] = uint32(at)
		}
		at += s.size
	}
	return true
}
