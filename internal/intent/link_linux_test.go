package intent

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv("NANOGIT_TEST_SIBLING") != "" {
		beSibling()
		return
	}
	os.Exit(m.Run())
}

// beSibling claims paths and says that it has, then waits to be ended.
func beSibling() {
	b := New(Run{Link: Siblings()})
	defer b.Begin()()
	b.Claim(Branch{"host/r \"1\"\n", "main"}, "token", map[string]string{"dir/a b\n": "1f"})
	b.Leave(here, "left", "2f")
	fmt.Println("said")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func TestProcessesOfOneEngineHearEachOther(t *testing.T) {
	t.Parallel()
	l, ok := Siblings().(*siblings)
	if !ok {
		t.Fatal("this system has no files in memory")
	}
	l.parent = os.Getpid() // the siblings of this test are its children
	b := New(Run{Link: l})
	defer b.Begin()()
	sibling := exec.Command(os.Args[0])
	sibling.Env = append(os.Environ(), "NANOGIT_TEST_SIBLING=1")
	in, err := sibling.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := sibling.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sibling.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	if n := b.At(Branch{"host/r \"1\"\n", "main"}, "dir/a b\n"); !n.Claims.Any() || n.Blob != "1f" || !slices.Equal(n.Claims.tokens, []string{"token"}) {
		t.Errorf("got %+v, want the sibling's claim", n)
	}
	if n := b.At(here, "left"); n.Leaves != "2f" {
		t.Errorf("got %+v, want what the sibling leaves", n)
	}
	// It counts as busy while it lives, and no longer.
	got := make(chan Verdict, 1)
	go func() { got <- b.Await(t.Context(), time.Millisecond, here, []string{"a"}, claimed) }()
	if _, busy := l.Receive(); !busy {
		t.Error("a sibling with a call under way is not busy")
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := sibling.Wait(); err != nil {
		t.Fatal(err)
	}
	if v := <-got; v != Silent {
		t.Errorf("got %v, want Silent", v)
	}
	if n := b.At(here, "left"); n.Leaves != "2f" {
		t.Errorf("what it said is forgotten: %+v", n)
	}
}
