package gitread_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/peak"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// forger is a remote whose answers are small and make large objects: each object is a delta on an
// object of some megabytes.
type forger struct {
	writertest.Remote
	t       *testing.T
	head    gitobj.ID
	entries map[gitobj.ID][]byte // in a pack
	extra   []gitobj.ID          // sent with every answer
	sent    int                  // bytes
	mu      sync.Mutex
}

func (f *forger) URL() string                                   { return "https://forger.example/r" }
func (f *forger) Selective() (byID, filters bool)               { return true, true }
func (f *forger) Usable(filter string) string                   { return filter }
func (f *forger) RefusesWants(error, []gitobj.ID) bool          { return false }
func (f *forger) Format(context.Context) (gitobj.Format, error) { return gitobj.SHA1, nil }
func (f *forger) ListRefs(context.Context, ...string) ([]gitwire.Ref, error) {
	return []gitwire.Ref{{Name: "refs/heads/main", ID: f.head}}, nil
}

// Fetch answers with the wanted objects, in the order of the request, and then with the extra
// objects. Their bases come first.
func (f *forger) Fetch(_ context.Context, req gitwire.Fetch, consume func(io.Reader) error) error {
	ids := append(append([]gitobj.ID{{}}, req.Wants...), f.extra...)
	pack := gitpack.AppendPackHeader(nil, uint32(len(ids)))
	for _, id := range ids {
		pack = append(pack, f.entries[id]...)
	}
	h := gitobj.SHA1.New()
	h.Write(pack)
	pack = h.Sum(pack)
	f.mu.Lock()
	f.sent += len(pack)
	f.mu.Unlock()
	return consume(bytes.NewReader(pack))
}

// add takes an object as it is.
func (f *forger) add(k gitobj.Kind, content []byte) gitobj.ID {
	enc, err := gitpack.NewEncoder(gitobj.SHA1, 1)
	if err != nil {
		f.t.Fatal(err)
	}
	var entry bytes.Buffer
	id, _, err := enc.EncodeBytes(&entry, k, content)
	if err != nil {
		f.t.Fatal(err)
	}
	f.entries[id] = entry.Bytes()
	return id
}

// forge makes an object that begins with some bytes and goes on with base, times times.
func (f *forger) forge(k gitobj.Kind, begin string, base []byte, times int) gitobj.ID {
	size := len(begin) + times*len(base)
	delta := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(len(base))), uint64(size))
	delta = append(append(delta, byte(len(begin))), begin...)
	h := gitobj.NewHasher(gitobj.SHA1)
	h.Reset(k, int64(size))
	_, _ = io.WriteString(h, begin)
	for range times {
		delta = append(delta, 0xf0, byte(len(base)), byte(len(base)>>8), byte(len(base)>>16)) // copies all of it
		_, _ = h.Write(base)
	}
	id := h.Sum()
	enc, err := gitpack.NewEncoder(gitobj.SHA1, 1)
	if err != nil {
		f.t.Fatal(err)
	}
	var entry bytes.Buffer
	if _, err := enc.EncodeDelta(&entry, gitobj.Hash(gitobj.SHA1, k, base), delta); err != nil {
		f.t.Fatal(err)
	}
	f.entries[id] = entry.Bytes()
	return id
}

// TestMemoryIsBoundedWhateverAServerSends has kilobytes become hundreds of megabytes: every read is
// bounded in bytes.
func TestMemoryIsBoundedWhateverAServerSends(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	// A directory of 4 MiB: a thousand entries with long names.
	var wide []byte
	for i := range 1024 {
		name := fmt.Sprintf("%04d%s", i, strings.Repeat("n", 4064))
		wide = gitobj.AppendTree(wide, []gitobj.TreeEntry{{Mode: gitobj.ModeFile, Name: name, ID: writertest.BlobID("x")}})
	}
	flat := make([]byte, mib)
	for name, c := range map[string]struct {
		base  []byte
		kind  gitobj.Kind
		extra func(f *forger)
		read  func(t *testing.T, f *forger, b *gitqueue.Branch)
	}{
		"many directories that are looked up": {wide, gitobj.KindTree, nil, func(t *testing.T, _ *forger, b *gitqueue.Branch) {
			var paths []string
			for i := range 60 {
				paths = append(paths, fmt.Sprintf("d%02d/x", i))
			}
			found, _, err := b.LookupAll(t.Context(), paths)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range found {
				if e.ID != writertest.BlobID("x") {
					t.Errorf("%s: %v", e.Path, e)
				}
			}
		}},
		"many directories that are listed": {wide, gitobj.KindTree, nil, func(t *testing.T, _ *forger, b *gitqueue.Branch) {
			if files, err := b.List(t.Context(), ""); !errors.Is(err, gitread.ErrTooMany) {
				t.Errorf("%d files, %v; want ErrTooMany for the paths' length", len(files), err)
			}
		}},
		"many directories that are changed": {wide, gitobj.KindTree, nil, func(t *testing.T, _ *forger, b *gitqueue.Branch) {
			var changes []gitwriter.Change
			for i := range 60 {
				changes = append(changes, writertest.Put(t, b, fmt.Sprintf("d%02d/new", i), "new"))
			}
			for _, o := range b.Commit(t.Context(), changes, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone}) {
				if !errors.Is(o.Err, gitread.ErrTooLarge) {
					t.Errorf("got %v, want ErrTooLarge", o.Err)
				}
			}
		}},
		"directories that nobody asked for": {wide, gitobj.KindTree, func(f *forger) {
			for i := range 64 {
				f.extra = append(f.extra, f.forge(gitobj.KindTree, fmt.Sprint("100644 ", i), wide, 1+i%6))
			}
		}, func(t *testing.T, _ *forger, b *gitqueue.Branch) {
			if e, err := b.Lookup(t.Context(), "d00/x"); err != nil || e.ID != writertest.BlobID("x") {
				t.Errorf("%v, %v", e, err)
			}
		}},
		"contents": {flat, gitobj.KindBlob, nil, func(t *testing.T, f *forger, b *gitqueue.Branch) {
			ids := make([]gitobj.ID, 40)
			for i := range ids {
				ids[i] = f.forge(gitobj.KindBlob, fmt.Sprint(i), flat, 1+6*i)
			}
			var wg sync.WaitGroup
			for i, id := range ids {
				size := 1 + 6*i // MiB
				wg.Go(func() {
					_, err := b.ReadBlob(t.Context(), id, mib)
					if large, ok := errors.AsType[*gitread.LargeError](err); !ok || large.Size >= 0 && large.Size>>20 != int64(size) {
						t.Errorf("%d MiB: %v", size, err)
					} else if large.Size < 0 != (size > 25) {
						t.Errorf("%d MiB: a size of %d", size, large.Size)
					}
				})
			}
			wg.Wait()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &forger{t: t, entries: map[gitobj.ID][]byte{}}
			f.entries[gitobj.ID{}] = f.entries[f.add(c.kind, c.base)]
			var root []gitobj.TreeEntry
			for i := range 60 {
				first := fmt.Sprintf("100644 x\x00%s", writertest.BlobID("x").Append(nil))
				if i > 0 { // they differ from each other
					first = fmt.Sprintf("100644 %02d\x00%s%s", i, writertest.BlobID("x").Append(nil), first)
				}
				e := gitobj.TreeEntry{Mode: gitobj.ModeTree, Name: fmt.Sprintf("d%02d", i), ID: writertest.BlobID("x")}
				if c.kind == gitobj.KindTree {
					e.ID = f.forge(gitobj.KindTree, first, c.base, 1)
				}
				root = append(root, e)
			}
			tree := f.add(gitobj.KindTree, gitobj.AppendTree(nil, root))
			f.head = f.add(gitobj.KindCommit, fmt.Appendf(nil, "tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nforged\n", tree))
			if c.extra != nil {
				c.extra(f)
			}
			grew := peak.Growth(t, func() {
				cache := objstore.NewMemory(objstore.MemoryOptions{})
				repo := writertest.OpenRemote(objstore.NewContext(t.Context(), cache), t, f)
				b, err := repo.Branch(t.Context(), "main")
				if err != nil {
					t.Fatal(err)
				}
				c.read(t, f, b)
				t.Logf("%d KiB were sent", f.sent>>10)
			})
			t.Logf("%d MiB", grew>>20)
			if grew > 128*mib {
				t.Errorf("it took %d MiB", grew>>20)
			}
		})
	}
}
