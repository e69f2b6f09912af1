package gitpack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// contents are objects of all sizes at which something changes: of the entry's header, of a chunk,
// of the window.
func contents() map[string][]byte {
	rng := rand.New(rand.NewPCG(5, 6))
	random := make([]byte, 300<<10)
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	m := map[string][]byte{"random": random, "text": benchText(1 << 20), "zeros": make([]byte, 2<<20)}
	for _, n := range []int{0, 1, 15, 16, 2047, 2048, 32 << 10, chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize} {
		m[fmt.Sprintf("%d bytes", n)] = benchText(max(n, 1))[:n]
	}
	return m
}

// TestGitAcceptsWhatIsEncoded lets index-pack judge a pack of blobs, trees, a commit and a tag at
// each level.
func TestGitAcceptsWhatIsEncoded(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for level := range 10 {
			t.Run(fmt.Sprintf("%s level %d", f, level), func(t *testing.T) {
				t.Parallel()
				e, err := NewEncoder(f, level)
				if err != nil {
					t.Fatal(err)
				}
				var body bytes.Buffer
				want := map[string]string{}
				add := func(k gitobj.Kind, content []byte) gitobj.ID {
					id, n, err := e.EncodeBytes(&body, k, content)
					if err != nil || id != gitobj.Hash(f, k, content) {
						t.Fatalf("%s: %s, %v", k, id, err)
					}
					var again bytes.Buffer
					id2, n2, err := e.Encode(&again, k, int64(len(content)), iotest.HalfReader(bytes.NewReader(content)))
					if err != nil || id2 != id || n2 != n || !bytes.HasSuffix(body.Bytes(), again.Bytes()) || again.Len() != int(n) {
						t.Fatalf("%s of %d bytes from a reader: %s, %d bytes, %v; in memory %s, %d bytes", k, len(content), id2, n2, err, id, n)
					}
					want[id.String()] = k.String()
					return id
				}
				var entries []gitobj.TreeEntry
				for name, content := range contents() {
					entries = append(entries, gitobj.TreeEntry{Mode: gitobj.ModeFile, Name: name, ID: add(gitobj.KindBlob, content)})
				}
				gitobj.SortEntries(entries)
				tree := add(gitobj.KindTree, gitobj.AppendTree(nil, entries))
				who := gitobj.ParseSignature("A <a@example.com> 1700000000 +0000")
				commit := gitobj.Commit{Tree: tree, Author: who, Committer: who, Message: "m\n"}
				head := add(gitobj.KindCommit, commit.Append(nil))
				tag := gitobj.Tag{Object: head, Kind: gitobj.KindCommit, Name: "v1", Tagger: who, Message: "m\n"}
				add(gitobj.KindTag, tag.Append(nil))

				h := f.New()
				pack := append(AppendPackHeader(nil, uint32(len(want))), body.Bytes()...)
				h.Write(pack)
				pack = h.Sum(pack)
				r := newGitRepo(t, f)
				r.git(t, pack, "index-pack", "--strict", "--stdin", "--fix-thin")
				for id, kind := range want {
					if got := strings.TrimSpace(string(r.git(t, nil, "cat-file", "-t", id))); got != kind {
						t.Errorf("git says %s is a %s, want %s", id, got, kind)
					}
				}
				r.git(t, nil, "update-ref", "refs/heads/main", head.String())
				r.git(t, nil, "fsck", "--strict", "--full")
			})
		}
	}
}

func TestIncompressibleContentGrowsLittle(t *testing.T) {
	t.Parallel()
	content := contents()["random"]
	for level := range 10 {
		e, err := NewEncoder(gitobj.SHA1, level)
		if err != nil {
			t.Fatal(err)
		}
		_, n, err := e.EncodeBytes(io.Discard, gitobj.KindBlob, content)
		if over := n - int64(len(content)); err != nil || over > int64(len(content))/1000+64 {
			t.Errorf("level %d: %d bytes more than the content, %v", level, over, err)
		}
	}
}

func TestContentOfAnotherSizeIsAnError(t *testing.T) {
	t.Parallel()
	e, err := NewEncoder(gitobj.SHA1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{0, 1, 99, 101, chunkSize, chunkSize + 100, 1 << 40} {
		if _, _, err := e.Encode(io.Discard, gitobj.KindBlob, size, strings.NewReader(strings.Repeat("x", 100))); !errors.Is(err, ErrSizeChanged) {
			t.Errorf("100 bytes announced as %d: got %v, want ErrSizeChanged", size, err)
		}
	}
	good := strings.Repeat("x", 100)
	id, _, err := e.Encode(io.Discard, gitobj.KindBlob, 100, iotest.DataErrReader(strings.NewReader(good)))
	if err != nil || id != gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(good)) {
		t.Errorf("after errors: %s, %v", id, err)
	}
}

func TestEncoderPassesErrorsOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk full")
	content := contents()["random"]
	e, err := NewEncoder(gitobj.SHA1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Encode(io.Discard, gitobj.KindBlob, 5, io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("an error of the content: got %v", err)
	}
	if _, _, err := e.Encode(io.Discard, gitobj.KindBlob, 3, io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("an error at the end of the content: got %v", err)
	}
	var whole bytes.Buffer
	if _, _, err := e.EncodeBytes(&whole, gitobj.KindBlob, content); err != nil {
		t.Fatal(err)
	}
	for room := 0; room < whole.Len(); room += 1 + room/7 {
		if _, _, err := e.EncodeBytes(&smallDisk{room: room, err: broken}, gitobj.KindBlob, content); !errors.Is(err, broken) {
			t.Fatalf("room for %d bytes: got %v", room, err)
		}
		if _, _, err := e.Encode(&smallDisk{room: room}, gitobj.KindBlob, int64(len(content)), bytes.NewReader(content)); !errors.Is(err, io.ErrShortWrite) {
			t.Fatalf("room for %d bytes, silently: got %v", room, err)
		}
	}
	var again bytes.Buffer
	if _, _, err := e.EncodeBytes(&again, gitobj.KindBlob, content); err != nil || !bytes.Equal(again.Bytes(), whole.Bytes()) {
		t.Errorf("after errors the entry is another one, %v", err)
	}
}

// smallDisk takes so many bytes and then answers with err, or with a short write.
type smallDisk struct {
	room int
	err  error
}

func (d *smallDisk) Write(p []byte) (int, error) {
	if len(p) > d.room {
		n := d.room
		d.room = 0
		return n, d.err
	}
	d.room -= len(p)
	return len(p), nil
}

func TestEncoderRefuses(t *testing.T) {
	t.Parallel()
	for _, level := range []int{-3, -2, -1, 10, 100} {
		if _, err := NewEncoder(gitobj.SHA1, level); err == nil {
			t.Errorf("level %d was accepted", level)
		}
	}
	e, err := NewEncoder(gitobj.SHA1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.EncodeBytes(io.Discard, 0, nil); err == nil {
		t.Error("kind 0 was accepted")
	}
	if _, _, err := e.Encode(io.Discard, gitobj.KindBlob, -1, strings.NewReader("")); err == nil {
		t.Error("size -1 was accepted")
	}
}

func TestEntryHeaders(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 15, 16, 2047, 2048, 1 << 31, 1<<63 - 1} {
		b := appendEntryHeader(nil, gitobj.KindBlob, size)
		typ, got, ok, err := readEntryHeader(bytes.NewReader(b))
		if typ != 3 || got != size || !ok || err != nil {
			t.Errorf("size %d as %x: read back type %d, size %d, %v, %v", size, b, typ, got, ok, err)
		}
	}
	for _, n := range []int{1, 127, 128, 16511, 16512, 1 << 40, 1<<63 - 1} {
		b := baseDistance(n)
		if got, ok, err := readBaseDistance(bytes.NewReader(b)); got != int64(n) || !ok || err != nil {
			t.Errorf("distance %d as %x: read back %d, %v, %v", n, b, got, ok, err)
		}
	}
}

func TestEncoderDoesNotAllocatePerObject(t *testing.T) {
	e, err := NewEncoder(gitobj.SHA256, 1)
	if err != nil {
		t.Fatal(err)
	}
	content := benchText(2 << 10)
	r := bytes.NewReader(nil)
	allocs := testing.AllocsPerRun(50, func() {
		r.Reset(content)
		if _, _, err := e.Encode(io.Discard, gitobj.KindBlob, int64(len(content)), r); err != nil {
			t.Fatal(err)
		}
		if _, _, err := e.EncodeBytes(io.Discard, gitobj.KindBlob, content); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 1 {
		t.Errorf("two objects take %v allocations, want at most one", allocs)
	}
}
