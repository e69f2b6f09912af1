package packstage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// TestManyStageWhilePacksStream has users stage the same and other objects, large and small,
// release them, and read packs.
func TestManyStageWhilePacksStream(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, o Options) {
		o.AutoBytes = chunkSize
		s := newStage(t, o)
		shared := noise(1, 2*chunkSize+5)
		var wg sync.WaitGroup
		for u := range 6 {
			wg.Go(func() {
				rnd := rand.New(rand.NewPCG(uint64(u), 2))
				for turn := range 8 {
					if err := user(t.Context(), s, rnd, fmt.Sprintf("user %d, turn %d", u, turn), shared); err != nil {
						t.Errorf("user %d: %v", u, err)
						return
					}
				}
			})
		}
		wg.Wait()
		if st := s.Stats(); st.Objects+int(st.Memory+st.Disk+st.File) != 0 {
			t.Errorf("something is left: %+v", st)
		}
	})
}

// user stages three objects, releases them while a pack of them is open, and checks the pack's
// content.
func user(ctx context.Context, s *Stage, rnd *rand.Rand, own string, shared []byte) error {
	contents := [][]byte{[]byte(own), shared, noise(rnd.Uint64(), 1+rnd.IntN(chunkSize*5/4))}
	ids := make([]gitobj.ID, len(contents))
	for i, c := range contents {
		var err error
		if ids[i], err = s.PutBytes(ctx, gitobj.KindBlob, c); err != nil {
			return err
		}
	}
	p, err := s.Pack(ids)
	if err != nil {
		return err
	}
	defer p.Close()
	first, err := io.ReadAll(p.NewReader())
	if err != nil {
		return err
	}
	for i, id := range ids {
		if _, got, err := s.Bytes(id); err != nil || !bytes.Equal(got, contents[i]) {
			return fmt.Errorf("content %d is spoiled: %w", i, err)
		}
	}
	s.Release(ids...)
	if _, err := s.PutBytes(ctx, gitobj.KindBlob, []byte(own+" later")); err != nil {
		return err
	}
	s.Release(gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(own+" later")))
	again, err := io.ReadAll(p.NewReader())
	if err != nil || !bytes.Equal(first, again) {
		return fmt.Errorf("the pack changed while it was open: %w", err)
	}
	return nil
}

func TestCloseInTheMiddleOfEverything(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, o Options) {
		s := newStage(t, o)
		var wg sync.WaitGroup
		started := make(chan struct{}, 4)
		for u := range 4 {
			wg.Go(func() {
				rnd := rand.New(rand.NewPCG(uint64(u), 3))
				for turn := 0; ; turn++ {
					if turn == 3 {
						started <- struct{}{}
					}
					if err := user(t.Context(), s, rnd, fmt.Sprintf("user %d, turn %d", u, turn), small(1)); err != nil {
						if !errors.Is(err, ErrClosed) {
							t.Errorf("user %d: got error %v, want %v", u, err, ErrClosed)
						}
						return
					}
				}
			})
		}
		for range 4 {
			<-started
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if st := s.Stats(); st.Objects+int(st.Memory+st.Disk+st.File) != 0 {
			t.Errorf("something is left: %+v", st)
		}
	})
}

// TestPutsRunInParallelUpToTheNumberOfProcessors has as many sources as there are processors wait
// for each other.
func TestPutsRunInParallelUpToTheNumberOfProcessors(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{})
	n := runtime.GOMAXPROCS(0)
	var meet, done sync.WaitGroup
	meet.Add(n)
	for i := range n {
		done.Go(func() {
			arrived := false
			src := &watched{r: bytes.NewReader(small(i)), at: func(int) {
				if !arrived {
					arrived = true
					meet.Done()
					meet.Wait()
				}
			}}
			if _, err := s.Put(t.Context(), gitobj.KindBlob, int64(len(small(i))), src); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if got := len(s.encoders.idle); got != n {
		t.Errorf("%d encoders were made, want %d", got, n)
	}
}

func TestPutWaitsForAnEncoderOnlyAsLongAsItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Options{})
		for range cap(s.encoders.slots) {
			if _, err := s.encoders.take(t.Context(), gitobj.SHA1); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := s.PutBytes(ctx, gitobj.KindBlob, []byte("x")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v", err)
		}
	})
}

func TestObjectsPutOneAfterAnotherShareAnEncoder(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{})
	for i := range 10 {
		putBytes(t, s, small(i))
	}
	if got := len(s.encoders.idle); got != 1 {
		t.Errorf("%d encoders were made, want 1", got)
	}
}
