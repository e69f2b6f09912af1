package gitread_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

func TestContentThatWasReplacedBeforeTheCommitIsNotPushed(t *testing.T) {
	t.Parallel()
	for _, mode := range []packstage.Mode{packstage.Memory, packstage.Disk} {
		m := writertest.NewMemory(t, readme)
		b := m.Branch(t, func(o *writertest.Options) { o.Stage.Mode = mode })
		first := writertest.Put(t, b, "x", "first")
		writertest.Commit(t, b, writertest.Put(t, b, "x", "second"))
		b.Discard(first.Blob)
		if m.Raw(first.Blob) != nil || m.Raw(writertest.BlobID("second")) == nil {
			t.Errorf("%s: the replaced content is in the repository", mode)
		}
	}
}

func TestLargeContentIsWrittenAndReadUpToTheLimit(t *testing.T) {
	t.Parallel()
	const limit = 24 << 20
	content := make([]byte, limit)
	if _, err := rand.NewChaCha8([32]byte{1}).Read(content); err != nil {
		t.Fatal(err)
	}
	m := writertest.NewMemory(t, readme)
	small := func(o *writertest.Options) { o.MaxObjectSize = limit }
	b := m.Branch(t, small)
	id, err := b.StageBlob(t.Context(), limit, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	writertest.Commit(t, b, gitwriter.Change{Path: "large.bin", Mode: gitobj.ModeFile, Blob: id})
	got, err := m.Branch(t, small).ReadBlob(t.Context(), id, limit)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("read back %d bytes, %v", len(got), err)
	}

	if _, err := b.StageBlob(t.Context(), limit+1, strings.NewReader("never read")); !errors.Is(err, gitread.ErrTooLarge) {
		t.Errorf("stage one byte more: %v, want ErrTooLarge", err)
	}
	tight := m.Branch(t, func(o *writertest.Options) { o.MaxObjectSize = limit - 1 })
	if _, err := tight.ReadBlob(t.Context(), id, limit); !errors.Is(err, gitread.ErrTooLarge) {
		t.Errorf("read with a lower limit: %v, want ErrTooLarge", err)
	}
	// Objects that are asked for together with it are not lost for that.
	writertest.Commit(t, tight, writertest.Put(t, tight, "a", "a"), writertest.Put(t, tight, "b", "b"), writertest.Put(t, tight, "c", "c"))
	ids := []gitobj.ID{writertest.BlobID("a"), id, writertest.BlobID("b"), writertest.BlobID("c")}
	reader := m.Branch(t, func(o *writertest.Options) { o.MaxObjectSize = limit - 1 })
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Go(func() {
			if _, err := reader.ReadBlob(t.Context(), id, limit); (err != nil) != (i == 1) {
				t.Errorf("blob %d of %d: %v", i, len(ids), err)
			}
		})
	}
	wg.Wait()
}

// A plan may ask for a content that state names before anything was read.
func TestContentIsTheFirstThingThatIsRead(t *testing.T) {
	t.Parallel()
	tipsOnly := map[string]string{"uploadpack.allowAnySHA1InWant": "false"}
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		for name, c := range map[string]struct {
			server gittest.Options
			config map[string]string
		}{
			"version 2":                             {gittest.Options{}, nil},
			"version 0":                             {gittest.Options{V0Only: true}, nil},
			"version 0, tips only":                  {gittest.Options{V0Only: true}, tipsOnly},
			"version 0, tips only, without filters": {gittest.Options{V0Only: true, NoFilter: true}, tipsOnly},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := gittest.New(t, c.server)
				r := s.NewRepo(t, "r", gittest.RepoOptions{Config: c.config, Format: f.String()})
				r.SeedText(t, map[string]string{"dir/file": "content"})
				got, err := writertest.Branch(t, r).ReadBlob(t.Context(), f.Blob("content"), 1<<20)
				if err != nil || string(got) != "content" {
					t.Errorf("%q, %v", got, err)
				}
				all, err := writertest.Branch(t, r).ReadBlobs(t.Context(), []gitobj.ID{f.Blob("content")})
				if err != nil || len(all) != 1 || string(all[0]) != "content" {
					t.Errorf("%q, %v", all, err)
				}
			})
		}
	})
}
