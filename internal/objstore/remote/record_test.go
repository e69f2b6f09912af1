package remote

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/peak"
)

func object(k gitobj.Kind, data []byte) objstore.Object {
	return objstore.Object{ID: gitobj.Hash(gitobj.SHA1, k, data), Kind: k, Data: data}
}

func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // never fails
	return b
}

func TestRecordRoundTrip(t *testing.T) {
	t.Parallel()
	for _, data := range [][]byte{
		nil, []byte("x"), noise(leastDeflated - 1), noise(5000), bytes.Repeat([]byte("text "), 20), bytes.Repeat([]byte("text "), 100_000), make([]byte, 4<<20),
	} {
		for k := gitobj.KindCommit; k.Valid(); k++ {
			r := Record(object(k, data))
			if len(r) > len(data)+RecordOverhead {
				t.Errorf("a %s of %d bytes has a record of %d", k, len(data), len(r))
			}
			kind, got, err := Content(r, int64(len(data)))
			if err != nil || kind != k || !bytes.Equal(got, data) || got == nil {
				t.Errorf("a %s of %d bytes: got a %s of %d, error %v", k, len(data), kind, len(got), err)
			}
			if _, _, err := Content(r, int64(len(data))-1); len(data) > 0 && !errors.Is(err, ErrTooLarge) {
				t.Errorf("a %s of %d bytes, one more than the limit: error %v", k, len(data), err)
			}
		}
	}
}

func TestRecordIsSmallWhereThatPays(t *testing.T) {
	t.Parallel()
	text := []byte(strings.Repeat("resource \"nanogit_file\" \"x\" {}\n", 50))
	if r := Record(object(gitobj.KindBlob, text)); len(r) > len(text)/5 {
		t.Errorf("%d bytes of text have a record of %d", len(text), len(r))
	}
	if r := Record(object(gitobj.KindBlob, noise(5000))); r[0] != plain|byte(gitobj.KindBlob) {
		t.Errorf("noise is deflated: the record begins with %#x", r[0])
	}
}

// FuzzContent reads anything as a record: the result is a kind and a content, which the hash of an
// object confirms or denies, or an error.
func FuzzContent(f *testing.F) {
	for _, data := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("text "), 100), noise(300)} {
		f.Add(Record(object(gitobj.KindBlob, data)))
	}
	f.Add([]byte{deflated | 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte{deflated | 3, 0x80})
	f.Add([]byte{0x30, 1})
	const limit = 1 << 20
	f.Fuzz(func(t *testing.T, record []byte) {
		kind, data, err := Content(record, limit)
		if err != nil {
			if !errors.Is(err, objstore.ErrCorrupt) && !errors.Is(err, ErrTooLarge) || kind != 0 || data != nil {
				t.Errorf("got a %s of %d bytes, error %v", kind, len(data), err)
			}
			return
		}
		if !kind.Valid() || len(data) > limit || data == nil {
			t.Errorf("got a %s of %d bytes", kind, len(data))
		}
	})
}

func TestLengthThatIsALie(t *testing.T) {
	t.Parallel()
	r := Record(object(gitobj.KindBlob, bytes.Repeat([]byte("text "), 1000)))
	lie := slices.Concat([]byte{r[0], 0x80, 0x80, 0x80, 0x02}, r[3:]) // 4 MiB
	if _, _, err := Content(lie, 1<<30); !errors.Is(err, objstore.ErrCorrupt) || !strings.Contains(err.Error(), "cannot be") {
		t.Errorf("%d bytes that claim to be 4 MiB: error %v", len(lie), err)
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	a, b, c := object(gitobj.KindBlob, []byte("a")), object(gitobj.KindTree, []byte("b")), object(gitobj.KindBlob, []byte("long"))
	answer := NewAnswer([]gitobj.ID{a.ID, b.ID, {}, a.ID, c.ID, gitobj.SHA1.Zero()}, 3)
	if got, want := answer.IDs(), []gitobj.ID{a.ID, b.ID, c.ID}; !slices.Equal(got, want) {
		t.Errorf("asks for %v, want %v", got, want)
	}
	answer.Add(a.ID, Record(a))
	answer.Add(b.ID, nil)
	answer.Add(c.ID, Record(c))
	var held []bool
	for _, o := range answer.Objects {
		held = append(held, o.Held())
	}
	if want := []bool{true, false, false, true, false, false}; !slices.Equal(held, want) {
		t.Errorf("held %v, want %v", held, want)
	}
	if err := answer.Damage(); !errors.Is(err, objstore.ErrCorrupt) || !strings.Contains(err.Error(), b.ID.String()) {
		t.Errorf("damage: %v", err)
	}
}

// TestMemoryOfAnAnswerIsBounded gets records of 4 KB that inflate to 4 MiB each, and such that say
// so and end before.
func TestMemoryOfAnAnswerIsBounded(t *testing.T) {
	t.Parallel()
	const size, limit = 4 << 20, 4 << 20
	record := Record(object(gitobj.KindBlob, make([]byte, size)))
	short := record[:len(record)-10]
	ids := make([]gitobj.ID, 2000)
	for i := range ids {
		ids[i] = gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, fmt.Append(nil, i))
	}
	grew := peak.Growth(t, func() {
		a, held := NewAnswer(ids, limit), 0
		for i, id := range ids {
			if i%2 == 0 {
				a.Add(id, record)
			} else {
				a.Add(id, short)
			}
		}
		for _, o := range a.Objects {
			held += len(o.Data)
		}
		if held != objstore.MaxAnswer || !a.Full() {
			t.Errorf("held %d bytes, want %d", held, objstore.MaxAnswer)
		}
	})
	t.Logf("%d records of %d bytes take %d MiB", len(ids), len(record), grew>>20)
	if grew > 64<<20 {
		t.Errorf("%d records of %d bytes take %d MiB", len(ids), len(record), grew>>20)
	}
}

func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	var all []objstore.Object
	for i := range 100 {
		all = append(all, object(gitobj.KindBlob, append(noise(1000), byte(i))))
	}
	all = append(all, all[:10]...)
	all = append(all, object(gitobj.KindBlob, noise(2000)))
	var sent []gitobj.ID
	err := Batches(all, 1500, 30, 20_000, func(batch []Entry) error {
		if len(batch) > 20 {
			t.Errorf("%d entries of 1,002 bytes in a call of about 20,000", len(batch))
		}
		for _, e := range batch {
			sent = append(sent, e.ID)
		}
		return nil
	})
	if err != nil || len(sent) != 100 || !slices.IsSortedFunc(sent, gitobj.ID.Compare) {
		t.Errorf("sent %d objects, sorted %v, error %v", len(sent), slices.IsSortedFunc(sent, gitobj.ID.Compare), err)
	}
	stop, calls := errors.New("stop"), 0
	if err := Batches(all, 1500, 30, 1<<20, func([]Entry) error { calls++; return stop }); err != stop || calls != 1 {
		t.Errorf("after an error there were %d calls; error %v", calls, err)
	}
}

func TestFailureSaysNoSecrets(t *testing.T) {
	t.Parallel()
	const secret = "p@ss w/rd"
	cause := fmt.Errorf("dial redis://u:%s@h: refused, and p%%40ss+w%%2Frd, and p%%40ss%%20w%%2Frd", secret)
	site := &Site{Target: "redis at h", Secrets: []string{"", secret}, Next: func(error) string { return "try again" }}
	err := site.Fail("get 2 objects", cause)
	want := "object cache in redis at h: get 2 objects: dial redis://u:[redacted]@h: refused, and [redacted], and [redacted]; try again"
	if err.Error() != want || !errors.Is(err, cause) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := site.Fail("x", nil); err != nil {
		t.Errorf("no error: %v", err)
	}
}

func BenchmarkRecord(b *testing.B) {
	var tree []byte
	for i := range 30 {
		tree = fmt.Appendf(tree, "100644 file-number-%02d.yaml\x00%s", i, noise(20 * 30)[20*i:20*i+20])
	}
	for name, data := range map[string][]byte{"tree": tree, "text": []byte(strings.Repeat("key: some value of it\nother: thing\n", 60)), "noise": noise(2000)} {
		o := object(gitobj.KindBlob, data)
		r := Record(o)
		b.Run("write/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Record(o)
			}
			b.ReportMetric(float64(len(r))/float64(len(data)), "ratio")
		})
		b.Run("read/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := Content(r, 1<<20); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
