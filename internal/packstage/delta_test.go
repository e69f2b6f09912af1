package packstage

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
)

// deltaOf returns a delta that makes target from base.
func deltaOf(t *testing.T, base, target []byte) []byte {
	t.Helper()
	var d gitpack.Deltifier
	delta, ok := d.Append(nil, base, target, 1<<20)
	if !ok {
		t.Fatal("no delta")
	}
	return delta
}

func TestAThinPackHasDeltasUponWhatItsReaderHas(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, o Options) {
		o.AutoObjects = 3 // the last object moves everything to the file
		s := newStage(t, o)
		was, is := noise(1, 100_000), noise(1, 100_000)
		is[50_000]++
		base := gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, was)
		id, delta := gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, is), deltaOf(t, was, is)
		other := putBytes(t, s, small(1))
		for range 2 {
			if err := s.PutDelta(t.Context(), id, base, delta); err != nil {
				t.Fatal(err)
			}
		}
		if s.Has(id) {
			t.Error("an object of which a delta is staged counts as staged")
		}
		if _, err := s.Pack([]gitobj.ID{id}); !errors.Is(err, ErrNotStaged) {
			t.Errorf("a pack that is not thin: %v", err)
		}
		ids := []gitobj.ID{other, id, id}
		thin, err := s.ThinPack(ids)
		if err != nil {
			t.Fatal(err)
		}
		defer thin.Close()
		check := func() {
			t.Helper()
			pack := packBytes(t, thin)
			if thin.Objects() != 2 || len(pack) > 500 {
				t.Errorf("%d objects in %d bytes, want 2 and few", thin.Objects(), len(pack))
			}
			repo := t.TempDir()
			git(t, repo, nil, "init", "--quiet", "--bare", ".")
			git(t, repo, was, "hash-object", "-w", "--stdin")
			git(t, repo, pack, "index-pack", "--stdin", "--fix-thin", "--strict")
			if got := git(t, repo, nil, "cat-file", "blob", id.String()); got != string(is) {
				t.Errorf("git made %d bytes of the delta, want %d", len(got), len(is))
			}
		}
		check()
		// Staged as it is too, it goes as a delta where that will do, and as it is where not.
		putBytes(t, s, is)
		putBytes(t, s, small(2))
		check()
		whole := newPack(t, s, ids...)
		judge(t, gitobj.SHA1, packBytes(t, whole))
		whole.Close()
		s.ReleaseDeltas(id, id, id, other)
		check() // the pack keeps it
		thin.Close()
		again, err := s.ThinPack(ids)
		if err != nil || again.Size() < int64(len(is)) {
			t.Errorf("a pack of %d bytes after the delta was released, %v", again.Size(), err)
		}
		again.Close()
		if content, packed, ok := s.Sizes(id); !ok || content != int64(len(is)) || packed < content {
			t.Errorf("sizes %d, %d, %v of noise", content, packed, ok)
		}
		if _, _, ok := s.Sizes(base); ok {
			t.Error("sizes of what is not staged")
		}
		s.Release(id, other, gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, small(2)))
		if st := s.Stats(); st.Objects != 0 || st.Memory != 0 || st.File != 0 {
			t.Errorf("something is left: %+v", st)
		}
	})
}

func TestADeltaThatMeetsAFullDiskLeavesNothing(t *testing.T) {
	t.Parallel()
	d := &disk{room: 20}
	s := newStage(t, Options{Mode: Disk, Directory: emptyAfter(t)})
	s.spool.create = d.create
	was, is := []byte(strings.Repeat("was ", 30)), noise(1, 100)
	err := s.PutDelta(t.Context(), gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, is), gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, was), deltaOf(t, was, is))
	if !errors.Is(err, errFull) {
		t.Errorf("got error %v", err)
	}
	if st := s.Stats(); st.Objects != 0 || st.File != 0 {
		t.Errorf("something is left: %+v", st)
	}
	d.set(plenty)
	if got := putBytes(t, s, is); got.IsZero() || !bytes.Equal(is, noise(1, 100)) {
		t.Error("nothing can be staged after that")
	}
}
