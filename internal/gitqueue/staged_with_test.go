package gitqueue_test

import (
	"errors"
	"maps"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

func TestARemovalBesideANamedPathGoesWithItsCommitAndNoOther(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, text{"p/a": "a", "p/theirs": "t", "p/edited": "e", "q/a": "a", "q/theirs": "t"})
	b := m.Branch(t)
	beside := func(path, content, named string) {
		c := removal(path, content)
		c.With = named
		b.StageRemoval(c)
	}
	beside("p/theirs", "t", "p/a")
	beside("p/edited", "not what is there", "p/a")
	beside("q/theirs", "t", "q/a")
	keep(t, b, "p/a", "2")
	b.AnnounceRemoval("p/b", "p/a")
	b.AnnounceRemovalWith("p/a", "p/theirs")
	b.AnnounceRemovalWith("q/a", "q/theirs")
	if got := b.LeavingWith(names(text{"p/a": "2"})); len(got) != 1 || got[0] != "p/theirs" {
		t.Errorf("beside p/a leave %q, want p/theirs", got)
	}
	if got := b.Unexplained("p/b", "q/theirs"); len(got) > 0 {
		t.Errorf("%q are not explained", got)
	}
	res, err := b.CommitStaged(t.Context(), request(text{"p/a": "a"}, text{"p/a": "2"}))
	if err != nil || len(res.Owed) > 0 || len(res.Failed) != 1 || !errors.Is(res.Failed["p/edited"], gitwriter.ErrConflict) {
		t.Fatalf("%+v, %v; want a conflict at p/edited, which nobody owes", res, err)
	}
	if want := (text{"p/a": "modified", "p/theirs": "deleted"}); !maps.Equal(res.Changed, want) {
		t.Errorf("changed %v, want %v", res.Changed, want)
	}
	if want := (text{"p/a": "2", "p/edited": "e", "q/a": "a", "q/theirs": "t"}); !maps.Equal(m.Files(), want) {
		t.Errorf("the branch holds %v, want %v", m.Files(), want)
	}
	if n := m.Pushes(); n != 1 {
		t.Errorf("%d pushes, want one", n)
	}
}

func TestAPutWhoseContentOthersTookAwayCanBeStagedAndMadeAgain(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, text{"a": "a"})
	b := m.Branch(t)
	if _, err := b.Lookup(t.Context(), "a"); err != nil { // the snapshot has it
		t.Fatal(err)
	}
	m.CommitTo(t, "main", map[string]gittest.File{"a": {Remove: true}})
	adopted := writertest.Put(t, b, "a", "a")
	b.Discard(adopted.Blob)
	adopted.Expect = gitwriter.ExpectAbsent()
	changes := []gitwriter.Change{adopted, writertest.Put(t, b, "b", "b")}
	out := b.SubmitWhole(t.Context(), nil, changes)
	var unstaged *gitwriter.UnstagedError
	if !errors.As(out[0].Err, &unstaged) || unstaged.Change.Path != "a" || !errors.Is(out[1].Err, gitwriter.ErrLeftOut) {
		t.Fatalf("%v and %v, want that a is not staged and b is left out", out[0].Err, out[1].Err)
	}
	writertest.Put(t, b, "a", "a")
	for i, o := range b.SubmitWhole(t.Context(), nil, changes) {
		if o.Err != nil {
			t.Errorf("%s: %v", changes[i], o.Err)
		}
	}
	if want := (text{"a": "a", "b": "b"}); !maps.Equal(m.Files(), want) {
		t.Errorf("the branch holds %v, want %v", m.Files(), want)
	}
}
