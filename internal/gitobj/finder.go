package gitobj

import "sync"

const (
	// scansFirst is the number of look-ups that scan a tree before the next look-up builds an
	// index.
	scansFirst = 8
	// leastIndexed and mostIndexed bound the size of an indexed tree, in bytes: scanning a smaller
	// tree is as fast, and the index of a larger tree takes too much memory.
	leastIndexed, mostIndexed = 2 << 10, 4 << 20
)

// Finder is [FindEntry] for many look-ups in the same tree: the first few scan it, and then an
// index by name is built. It is safe for concurrent use.
type Finder struct {
	format Format
	tree   []byte

	mu    sync.Mutex
	asked int
	at    map[string]uint32 // offsets of the entries, by name
	err   error             // the malformed entry that ended the index
}

// NewFinder returns a finder of the entries of a raw tree, which must not change.
func NewFinder(f Format, tree []byte) *Finder { return &Finder{format: f, tree: tree} }

// Indexes reports whether the tree's size is in the range of indexed trees: then the finder is
// worth keeping for the next look-up.
func (x *Finder) Indexes() bool { return leastIndexed <= len(x.tree) && len(x.tree) <= mostIndexed }

// Find returns the first entry of that name, of any mode.
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

// indexed reports whether there is an index. It builds the index when enough look-ups were made.
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
