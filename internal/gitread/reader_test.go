package gitread_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// Some readers look for a file that is not there, and leave; a reader leaves at once.
func TestAnnouncedReadersShareTheFetchOfTheirContents(t *testing.T) {
	t.Parallel()
	files := make(map[string]string)
	for i := range 20 {
		files[fmt.Sprintf("d%d/f", i)] = fmt.Sprint("content ", i)
	}
	writertest.InBubble(t, files, func(t *testing.T, m *writertest.Memory) {
		repo := m.Open(t)
		asked := since(m)
		var wg sync.WaitGroup
		_, gone := repo.Announce(t.Context())
		for i := range 30 {
			ctx, reader := repo.Announce(t.Context())
			wg.Go(func() {
				defer reader.Leave()
				at, err := repo.Revision(ctx, "main")
				if err != nil {
					t.Error(err)
					return
				}
				e, err := at.Snapshot.Lookup(ctx, fmt.Sprintf("d%d/f", i))
				if err != nil || e.Exists() != (i < 20) {
					t.Errorf("file %d: %+v, %v", i, e, err)
				}
				if !e.Exists() {
					return
				}
				got, err := at.Snapshot.ReadBlob(ctx, e.ID, 100)
				if err != nil || string(got) != files[e.Path] {
					t.Errorf("file %d holds %q, %v", i, got, err)
				}
			})
		}
		gone.Leave()
		gone.Leave()
		wg.Wait()
		if n, _ := asked(); n != 3 {
			t.Errorf("%d requests, want three: for the branch, its commit and the contents", n)
		}
	})
}

// A reader that never asks for anything holds the others up for a limited time.
func TestAReaderThatIsStuckDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	writertest.InBubble(t, readme, func(t *testing.T, m *writertest.Memory) {
		repo := m.Open(t)
		_, stuck := repo.Announce(t.Context())
		defer stuck.Leave()
		at, err := repo.Revision(t.Context(), "main")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := at.Snapshot.ReadBlob(t.Context(), writertest.BlobID(readme["README.md"]), 100); err != nil {
			t.Error(err)
		}
	})
}
