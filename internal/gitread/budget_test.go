package gitread_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// Sixteen contents of 6 MiB are asked for together, and a small one at the same time.
func TestContentsThatAreTooLargeTogetherAreNotAllTransferred(t *testing.T) {
	t.Parallel()
	const each, number = 6 << 20, 16
	files, random := map[string]string{"small": "s"}, rand.NewChaCha8([32]byte{2})
	var ids []gitobj.ID
	for i := range number {
		content := make([]byte, each)
		if _, err := random.Read(content); err != nil {
			t.Fatal(err)
		}
		files[fmt.Sprint("large", i)] = string(content)
		ids = append(ids, writertest.BlobID(string(content)))
	}
	writertest.InBubble(t, files, func(t *testing.T, m *writertest.Memory) {
		at, err := m.Open(t).Revision(t.Context(), "main")
		if err != nil {
			t.Fatal(err)
		}
		asked := since(m)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := at.Snapshot.ReadBlobs(t.Context(), ids); !errors.Is(err, gitread.ErrTooLarge) {
				t.Errorf("all of them: %v, want ErrTooLarge", err)
			}
		})
		wg.Go(func() {
			if got, err := at.Snapshot.ReadBlob(t.Context(), writertest.BlobID("s"), 10); err != nil || string(got) != "s" {
				t.Errorf("the small file: %q, %v", got, err)
			}
		})
		wg.Wait()
		if n, _ := asked(); n > 6 {
			t.Errorf("%d requests", n)
		}
		got, err := at.Snapshot.ReadBlobs(t.Context(), ids[:4])
		if err != nil || len(got) != 4 || len(got[3]) != each {
			t.Errorf("four of them, which have room: %d, %v", len(got), err)
		}
	})
}
