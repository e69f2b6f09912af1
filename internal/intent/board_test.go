package intent

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

var here = Branch{"host/repo", "main"}

func claimed(_ string, n Notice) bool { return n.Claims.Any() }

// await waits for a claim of the path, as a call that is under way does.
func await(b *Board, path string) Verdict {
	defer b.Begin()()
	return b.Await(context.Background(), time.Second, here, []string{path}, claimed)
}

func TestAWaitEndsWhenItIsSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := new(Board)
		got := make(chan Verdict, 1)
		end := b.Begin() // of a call that takes longer than anybody's patience
		go func() { got <- await(b, "a") }()
		time.Sleep(time.Minute)
		b.Claim(here, "token", map[string]string{"b": ""})
		synctest.Wait()
		if len(got) > 0 {
			t.Fatal("the wait ended while a call was under way")
		}
		b.Claim(here, "token", map[string]string{"a": ""})
		if v := <-got; v != Said {
			t.Errorf("got %v, want Said", v)
		}
		end()
	})
}

func TestAWaitEndsAfterSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := new(Board)
		end := b.Begin()
		go func() { time.Sleep(10 * time.Second); end(); end() }()
		began := time.Now()
		if v := await(b, "a"); v != Silent {
			t.Errorf("got %v, want Silent", v)
		}
		if took := time.Since(began); took < 11*time.Second || took > 11100*time.Millisecond {
			t.Errorf("took %s, want the call's 10 s and a second of silence", took)
		}
		b.Claim(Branch{"host/repo", "other"}, "token", map[string]string{"a": ""})
		if v := await(b, "a"); v != Silent {
			t.Errorf("a claim on another branch counts: %v", v)
		}
	})
}

func TestManyWhoWaitInVainLosePatienceTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := new(Board)
		began := time.Now()
		for i := range 1000 {
			if v := await(b, fmt.Sprint(i)); v != Silent {
				t.Fatalf("wait %d: got %v, want Silent", i, v)
			}
		}
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("a thousand waits took %s", took)
		}
	})
}

func TestOnlySomeWaitAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := new(Board)
		defer b.Begin()()
		got := make(chan Verdict, waiters)
		for i := range waiters {
			go func() { got <- await(b, fmt.Sprint(i)) }()
		}
		synctest.Wait()
		if v := await(b, "one more"); v != Unknown {
			t.Errorf("got %v, want Unknown", v)
		}
		for i := range waiters {
			b.Claim(here, "", map[string]string{fmt.Sprint(i): ""})
			if v := <-got; v != Said {
				t.Errorf("got %v, want Said", v)
			}
		}
	})
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := new(Board)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	defer b.Begin()()
	if v := b.Await(ctx, time.Hour, here, []string{"a"}, claimed); v != Unknown {
		t.Errorf("got %v, want Unknown", v)
	}
}

func TestSeveralOwnersAreToldFromAReplacement(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tokens []string
		want   bool
	}{
		{nil, false},
		{[]string{"a"}, false},
		{[]string{""}, false},
		{[]string{"a", "a"}, false},
		{[]string{"a", ""}, false}, // a replacement
		{[]string{"a", "", ""}, true},
		{[]string{"", ""}, true},
		{[]string{"a", "b"}, true},
		{[]string{"a", "", "b", ""}, true},
	} {
		b := new(Board)
		for _, token := range c.tokens {
			b.Claim(here, token, map[string]string{"p": ""})
		}
		if got := b.At(here, "p").Claims.Several(); got != c.want {
			t.Errorf("%q: got %v, want %v", c.tokens, got, c.want)
		}
	}
}

func TestANilBoardKnowsNothing(t *testing.T) {
	t.Parallel()
	var b *Board
	b.Begin()()
	b.Claim(here, "", map[string]string{"a": ""})
	if n := b.At(here, "a"); n.Claims.Any() {
		t.Errorf("got %v", n)
	}
	if v := b.Await(t.Context(), time.Hour, here, []string{"a"}, claimed); v != Unknown {
		t.Errorf("got %v, want Unknown", v)
	}
}
