package gitpack

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

func TestReaderReadsWhatGitPacks(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		r := newGitRepo(t, f)
		r.seed(t, 60)
		want := r.objects(t, "--all")
		for name, args := range map[string][]string{
			"offset deltas": {"--delta-base-offset"},
			"id deltas":     {},
			"deep chains":   {"--delta-base-offset", "--depth=200", "--window=100", "--no-reuse-delta"},
			"no deltas":     {"--window=0"},
			"level 0":       {"--compression=0", "--no-reuse-object"},
		} {
			t.Run(f.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				pack := r.git(t, nil, append([]string{"pack-objects", "--all", "--revs", "--stdout", "-q"}, args...)...)
				for how, src := range map[string]io.Reader{
					"at once":       bytes.NewReader(pack),
					"byte by byte":  iotest.OneByteReader(bytes.NewReader(pack)),
					"end with data": iotest.DataErrReader(bytes.NewReader(pack)),
				} {
					pr := NewReader(src, f, Limits{}, nil)
					objects, err := readAll(pr)
					if err != nil {
						t.Fatalf("%s: %v", how, err)
					}
					if got := kindsOf(t, f, objects); !maps.Equal(got, want) {
						t.Errorf("%s: got %d objects, want %d", how, len(got), len(want))
					}
					if int(pr.Count()) != len(objects) {
						t.Errorf("%s: it says %d objects and has %d", how, pr.Count(), len(objects))
					}
					if n, err := src.Read(make([]byte, 1)); n != 0 || err != io.EOF {
						t.Errorf("%s: the stream is not at its end: %d, %v", how, n, err)
					}
					if _, err := pr.Next(); err != io.EOF {
						t.Errorf("%s: after the end comes %v, want io.EOF", how, err)
					}
				}
			})
		}
	}
}

func TestObjectsComeInTheOrderOfTheStream(t *testing.T) {
	t.Parallel()
	r := newGitRepo(t, gitobj.SHA1)
	r.seed(t, 5)
	name := strings.TrimSpace(string(r.git(t, nil, "pack-objects", "--all", "--delta-base-offset", "-q", "x")))
	offsets := map[string]int{}
	for line := range strings.Lines(string(r.git(t, nil, "verify-pack", "-v", "x-"+name+".idx"))) {
		if f := strings.Fields(line); len(f) >= 5 && len(f[0]) == gitobj.SHA1.HexSize() { // id kind size packed offset …
			n, err := strconv.Atoi(f[4])
			if err != nil {
				t.Fatal(err)
			}
			offsets[f[0]] = n
		}
	}
	want := slices.SortedFunc(maps.Keys(offsets), func(a, b string) int { return offsets[a] - offsets[b] })
	file, err := os.Open(filepath.Join(r.dir, "x-"+name+".pack"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	objects, err := readAll(NewReader(file, gitobj.SHA1, Limits{}, nil))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range objects {
		got = append(got, o.ID.String())
	}
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestThinPacksTakeTheirBasesFromOutside(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		r := newGitRepo(t, f)
		commits := r.seed(t, 20)
		old, last := commits[len(commits)-2], commits[len(commits)-1]
		pack := r.git(t, []byte(last+"\n^"+old+"\n"), "pack-objects", "--thin", "--revs", "--stdout", "-q")
		asked := 0
		external := func(id gitobj.ID) (gitobj.Kind, []byte, bool) {
			asked++
			kind := strings.TrimSpace(string(r.git(t, nil, "cat-file", "-t", id.String())))
			data := r.git(t, nil, "cat-file", kind, id.String())
			for k := gitobj.KindCommit; k <= gitobj.KindTag; k++ {
				if k.String() == kind {
					return k, data, true
				}
			}
			return 0, nil, false
		}
		objects, err := readAll(NewReader(bytes.NewReader(pack), f, Limits{}, external))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := kindsOf(t, f, objects), r.objects(t, last, "^"+old); !maps.Equal(got, want) || asked == 0 {
			t.Errorf("%s: got %v with %d bases asked for, want %v", f, got, asked, want)
		}
		objects, err = readAll(NewReader(bytes.NewReader(pack), f, Limits{}, nil))
		if err != nil {
			t.Fatal(err)
		}
		if n := count(objects, func(o Object) bool { return o.Unresolved }); n == 0 || n == len(objects) {
			t.Errorf("%s: without bases %d of %d objects are unresolved", f, n, len(objects))
		}
	}
}

func count(objects []Object, f func(Object) bool) (n int) {
	for _, o := range objects {
		if f(o) {
			n++
		}
	}
	return n
}

func TestBasesBeyondMaxRetainedAreUnresolved(t *testing.T) {
	t.Parallel()
	r := newGitRepo(t, gitobj.SHA1)
	r.seed(t, 60)
	want := r.objects(t, "--all")
	for _, args := range [][]string{{"--delta-base-offset"}, {}} {
		pack := r.git(t, nil, append([]string{"pack-objects", "--all", "--revs", "--stdout", "-q"}, args...)...)
		for _, retained := range []int64{1, 1000, 10_000, 30_000} {
			pr := NewReader(bytes.NewReader(pack), gitobj.SHA1, Limits{MaxRetained: retained}, nil)
			var objects []Object
			for {
				o, err := pr.Next()
				if err != nil {
					if err != io.EOF {
						t.Fatal(err)
					}
					break
				}
				if pr.bases.size > retained+baseOverhead {
					t.Fatalf("%d bytes are retained, and %d allowed", pr.bases.size, retained)
				}
				objects = append(objects, o)
			}
			got := kindsOf(t, gitobj.SHA1, objects)
			for id, kind := range got {
				if want[id] != kind {
					t.Errorf("%s %s is not in the repository", kind, id)
				}
			}
			n := count(objects, func(o Object) bool { return o.Unresolved })
			if len(objects) != len(want) || n == 0 && retained < 10_000 || len(got)+n != len(want) {
				t.Errorf("retained %d: %d objects, %d unresolved; want %d", retained, len(objects), n, len(want))
			}
		}
	}
}

func TestSkipBlobs(t *testing.T) {
	t.Parallel()
	r := newGitRepo(t, gitobj.SHA1)
	r.seed(t, 30)
	want := r.objects(t, "--all")
	maps.DeleteFunc(want, func(_, kind string) bool { return kind == "blob" })
	pack := r.git(t, nil, "pack-objects", "--all", "--revs", "--stdout", "-q", "--delta-base-offset")
	pr := NewReader(bytes.NewReader(pack), gitobj.SHA1, Limits{MaxObjectSize: 1000}, nil) // no blob is that small
	pr.SkipBlobs = true
	objects, err := readAll(pr)
	if err != nil {
		t.Fatal(err)
	}
	if got := kindsOf(t, gitobj.SHA1, objects); !maps.Equal(got, want) || len(objects) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestADeltaUponALaterEntryIsUnresolved(t *testing.T) {
	t.Parallel()
	content := []byte("base")
	var p packWriter
	p.header(2)
	p.refDelta(gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, content), deltaInsert(deltaOf(4, 1), "x"))
	p.object(gitobj.KindBlob, content)
	objects, err := readAll(NewReader(bytes.NewReader(p.finish(gitobj.SHA1)), gitobj.SHA1, Limits{}, nil))
	if err != nil || len(objects) != 2 || !objects[0].Unresolved || string(objects[1].Data) != "base" {
		t.Errorf("got %+v, %v", objects, err)
	}
}

func TestObjectsMayBeKept(t *testing.T) {
	t.Parallel()
	r := newGitRepo(t, gitobj.SHA1)
	r.seed(t, 20)
	pack := r.git(t, nil, "pack-objects", "--all", "--revs", "--stdout", "-q", "--delta-base-offset")
	objects, err := readAll(NewReader(bytes.NewReader(pack), gitobj.SHA1, Limits{}, nil))
	if err != nil {
		t.Fatal(err)
	}
	kindsOf(t, gitobj.SHA1, objects) // hashes them all again, after everything was read
	if !slices.ContainsFunc(objects, func(o Object) bool { return o.Kind == gitobj.KindTag }) {
		t.Error("the tag is missing")
	}
}

func TestAnErrorOfTheStreamIsPassedOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	pack, _ := smallPack(gitobj.SHA1)
	for cut := range pack {
		pr := NewReader(io.MultiReader(bytes.NewReader(pack[:cut]), iotest.ErrReader(broken)), gitobj.SHA1, Limits{}, nil)
		if _, err := readAll(pr); !errors.Is(err, broken) {
			t.Fatalf("cut at %d: got %v, want the stream's error", cut, err)
		}
		if _, err := pr.Next(); !errors.Is(err, broken) {
			t.Fatalf("cut at %d: the second call gives %v, want the same error", cut, err)
		}
	}
}

func TestReaderAllocatesLittleMoreThanTheData(t *testing.T) {
	var p packWriter
	const n = 1000
	p.header(n)
	for i := range n {
		p.object(gitobj.KindTree, []byte(strings.Repeat("x", i)))
	}
	pack := p.finish(gitobj.SHA1)
	allocs := testing.AllocsPerRun(5, func() {
		if _, err := readAll(NewReader(bytes.NewReader(pack), gitobj.SHA1, Limits{}, nil)); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > n*5/4 {
		t.Errorf("%d objects take %v allocations, want little more than one each", n, allocs)
	}
}
