package gitwriter

import (
	"testing"
	"time"
)

func TestAnOldWriterRestsLessThanAYoungOne(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for i, want := range []time.Duration{20 * ms, 40 * ms, 80 * ms, 160 * ms, 320 * ms, 640 * ms, 1280 * ms, 1500 * ms, 750 * ms, 375 * ms, 187500 * time.Microsecond, 93750 * time.Microsecond, 80 * ms} {
		if got := longestRest(i + 2); got != want {
			t.Errorf("attempt %d: got %v, want %v", i+2, got, want)
		}
	}
	if got := longestRest(1 << 30); got != restLeast {
		t.Errorf("after very many attempts: got %v, want %v", got, restLeast)
	}
}
