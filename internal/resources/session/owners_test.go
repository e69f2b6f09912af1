package session_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

var (
	at    = session.Location{Repository: "https://host/r.git", Branch: "main"}
	blobA = id("a")
	blobB = id("b")
)

func id(digit string) gitobj.ID {
	id, err := gitobj.ParseID(strings.Repeat(digit, 40))
	if err != nil {
		panic(err)
	}
	return id
}

func entry(path string, blob gitobj.ID) gitread.Entry {
	return gitread.Entry{Path: path, ID: blob, Mode: gitobj.ModeFile}
}

// inRun plays a test with the owners of two processes of a run, in a bubble of its own time.
func inRun(t *testing.T, play func(t *testing.T, mine, other session.Owners)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var hub intent.Hub
		process := func() session.Owners {
			return (&session.Session{Intents: intent.New(intent.Run{Link: hub.Link()})}).Owners()
		}
		play(t, process(), process())
	})
}

func TestAPathIsGivenUpWithTheBlobThatItsOwnerHas(t *testing.T) {
	inRun(t, func(t *testing.T, mine, other session.Owners) {
		other.Board.Leave(at.OnBoard(), "a", blobA.String())
		if !mine.GivenUp(t.Context(), at, entry("a", blobA), false) {
			t.Error("the blob that another resource leaves is not given up")
		}
		for _, e := range []gitread.Entry{entry("a", blobB), entry("b", blobA)} {
			if mine.GivenUp(t.Context(), at, e, true) {
				t.Errorf("%v counts as given up", e)
			}
		}
	})
}

func TestSpellingsOfAnAddressAreTheSameBranch(t *testing.T) {
	inRun(t, func(t *testing.T, mine, other session.Owners) {
		spelt := session.Location{Repository: "HTTPS://Host:443/r/", Branch: "main"}
		other.Board.Claim(spelt.OnBoard(), "theirs", map[string]string{"a": blobA.String()})
		if !mine.Wrote(at, entry("a", blobA)) {
			t.Error("the claim is not seen under another spelling")
		}
		if mine.Wrote(at, entry("a", blobB)) || mine.Wrote(at, gitread.Entry{Path: "a"}) {
			t.Error("an entry that nobody claims counts as written")
		}
	})
}

func TestARemovalLeavesThePathsThatOthersHave(t *testing.T) {
	inRun(t, func(t *testing.T, mine, other session.Owners) {
		other.Board.Claim(at.OnBoard(), "theirs", map[string]string{"handed": blobA.String()})
		f := mine.Decide(t.Context(), session.Removal{
			Location: at,
			Blobs:    map[string]gitobj.ID{"handed": blobA, "held": blobB, "mine": blobA},
			Others:   map[string]gitobj.ID{"held": blobB},
		})
		slices.Sort(f.Left)
		if !slices.Equal(f.Left, []string{"handed", "held"}) {
			t.Errorf("left %q", f.Left)
		}
		left := mine.LeftToOthers(t.Context(), at, map[string]gitobj.ID{"handed": blobA, "mine": blobA}, f, true)
		if !left["handed"] || left["mine"] {
			t.Errorf("the deletion leaves %v", left)
		}
		if left := mine.LeftToOthers(t.Context(), at, map[string]gitobj.ID{"handed": blobA}, f, false); left != nil {
			t.Errorf("the first half of a replacement leaves %v", left)
		}
	})
}

func TestWithoutNewsAResourceIsAlone(t *testing.T) {
	inRun(t, func(t *testing.T, mine, _ session.Owners) {
		f := mine.Decide(t.Context(), session.Removal{Location: at, Blobs: map[string]gitobj.ID{"a": blobA}, Staging: true})
		if !f.Alone || len(f.Left) > 0 || f.Taker != session.TakerNone {
			t.Errorf("got %+v", f)
		}
	})
}

func TestACommitOfThePlanTakesARemoval(t *testing.T) {
	inRun(t, func(t *testing.T, mine, other session.Owners) {
		r := session.Removal{Location: at, Blobs: map[string]gitobj.ID{"a": blobA, "b": blobB}, Staging: true}
		other.Board.Take(at.OnBoard(), "a", "b")
		if f := mine.Decide(t.Context(), r); f.Taker != session.TakerCommit {
			t.Errorf("both are taken: %q", f.Taker)
		}
		other.Board.End(at.OnBoard(), "c")
		r.Blobs = map[string]gitobj.ID{"c": blobA}
		if f := mine.Decide(t.Context(), r); f.Taker != session.TakerNone {
			t.Errorf("the commit that named it goes: %q", f.Taker)
		}
	})
}

func TestARemovalOfAnotherResourceThreatensAPath(t *testing.T) {
	inRun(t, func(t *testing.T, mine, other session.Owners) {
		if mine.Threatened(t.Context(), at, []string{"a"}) {
			t.Error("nobody removes it")
		}
		other.Board.Remove(at.OnBoard(), "a")
		if !mine.Threatened(t.Context(), at, []string{"a", "b"}) {
			t.Error("a removal of the path is not seen")
		}
	})
}

func TestAMirrorIsFoundAbovePaths(t *testing.T) {
	inRun(t, func(t *testing.T, mine, other session.Owners) {
		other.Board.Mirror(at.OnBoard(), "docs")
		if dir, ok := mine.MirrorOf(at, "docs/x/y"); !ok || dir != "docs" {
			t.Errorf("got %q, %v", dir, ok)
		}
		if dir, ok := mine.MirrorOf(at, "documents/x"); ok {
			t.Errorf("got %q", dir)
		}
	})
}

func TestAFateSurvivesPrivateState(t *testing.T) {
	t.Parallel()
	want := session.Fate{Left: []string{"a"}, Known: []string{"b"}, Taker: session.TakerCommit, Committed: true, Plan: "p"}
	got, planned := session.DecodeFate(want.Encode())
	if !planned || !slices.Equal(got.Left, want.Left) || !slices.Equal(got.Known, want.Known) ||
		got.Taker != want.Taker || !got.Committed || got.Plan != want.Plan {
		t.Errorf("got %+v, %v", got, planned)
	}
	for _, none := range [][]byte{nil, {}, []byte("{"), []byte("7"), session.Fate{Replaced: true}.Encode()} {
		if _, planned := session.DecodeFate(none); planned {
			t.Errorf("%q counts as planned", none)
		}
	}
}

func TestAnUnreadLocationIsAnErrorOnlyWhereItIsTheProviders(t *testing.T) {
	t.Parallel()
	s := &session.Session{URL: str("https://new/r")}
	old := session.Location{Repository: "https://old/r", Branch: "main", Path: "a"}
	if s.NoteUnread(session.Location{Repository: "https://NEW/r/"}, session.ErrPartial) {
		t.Error("an error at the provider's own repository is kept for later")
	}
	if !s.NoteUnread(old, session.ErrPartial) || s.Refreshes().Unread(old) == nil {
		t.Error("an error at the former repository is not kept")
	}
	old.Path = "b"
	if s.Refreshes().Unread(old) != nil {
		t.Error("another path has the error")
	}
	var none *session.Session
	if none.Refreshes().Unread(old) != nil || none.Refreshes().WasEmpty(old) || none.Refreshes().HasCommit() {
		t.Error("a provider that is not configured has findings")
	}
}
