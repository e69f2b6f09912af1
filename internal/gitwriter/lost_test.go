package gitwriter_test

import (
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// The requests of the attempt after a lost race are begun before their content is known. Faults hit
// them as they hit any other: no change is committed twice, no commit of somebody else's is lost.
func TestFaultsAfterALostRaceAreSurvived(t *testing.T) {
	t.Parallel()
	kinds := map[string]gittest.Kind{
		"503":                               gittest.Status(503),
		"501":                               gittest.Status(501),
		"411":                               gittest.Status(411),
		"dropped before it is served":       gittest.DropBefore,
		"dropped after it was served":       gittest.DropAfter,
		"dropped while it is sent":          gittest.DropDuring(10),
		"response cut after no byte":        gittest.CutAfter(0),
		"response cut after 4 bytes":        gittest.CutAfter(4),
		"response cut after 40 bytes":       gittest.CutAfter(40),
		"response cut when almost out":      gittest.CutAfter(60),
		"response cut in the middle of one": gittest.CutAfter(200),
	}
	for where, f := range map[string]gittest.Fault{
		"fetch": {Service: gittest.UploadPack, Command: "fetch", Skip: 1},
		"push":  {Service: gittest.ReceivePack, Skip: 1},
	} {
		for name, kind := range kinds {
			t.Run(where+" "+name, func(t *testing.T) {
				t.Parallel()
				s := gittest.New(t, gittest.Options{})
				r := s.NewRepo(t, "r", gittest.RepoOptions{})
				fault := f
				fault.Kind = kind
				in := s.Inject(fault)
				b := writertest.Branch(t, r)
				if _, err := b.Lookup(t.Context(), "x"); err != nil {
					t.Fatal(err)
				}
				foreign := r.SeedText(t, map[string]string{"theirs": "1"})
				res := writertest.Commit(t, b, writertest.Put(t, b, "dir/file", "content"))
				if in.Fired() != 1 {
					t.Errorf("the fault happened %d times, want once", in.Fired())
				}
				if got := r.Head(t); got != res.Commit.String() {
					t.Errorf("head is %s, the result says %s", got, res.Commit)
				}
				if got := r.Git(t, "rev-parse", r.Ref()+"^"); got != foreign {
					t.Errorf("the parent is %s, want somebody else's %s: a change was pushed twice or a commit is lost", got, foreign)
				}
				if got := r.Content(t, r.Ref(), "dir/file"); got != "content" {
					t.Errorf("the file holds %q", got)
				}
			})
		}
	}
}
