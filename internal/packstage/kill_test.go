package packstage

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// victimDirectory is the environment variable that turns the test binary into a process to kill.
const victimDirectory = "PACKSTAGE_VICTIM_DIRECTORY"

// children are the functions that the test binary calls instead of its tests, each when the
// variable of that name holds a directory.
var children = map[string]func(dir string){victimDirectory: victim}

func TestMain(m *testing.M) {
	for name, child := range children {
		if dir := os.Getenv(name); dir != "" {
			child(dir)
		}
	}
	os.Exit(m.Run())
}

// victim stages objects, says so, and goes on with an object whose source never ends.
func victim(dir string) {
	ctx := context.Background()
	s, err := New(Options{Directory: dir, Format: gitobj.SHA1, MaxObjectSize: 1 << 40})
	for i := 0; i < 100 && err == nil; i++ {
		_, err = s.PutBytes(ctx, gitobj.KindBlob, small(i))
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	data := noise(1, 1<<20)
	source := &watched{r: &endless{data: data}, at: func(off int) {
		if off > 4<<20 {
			fmt.Println("staged", s.Stats().Objects, s.Stats().File > 2<<20)
			select {} // until it is killed
		}
	}}
	_, err = s.Put(ctx, gitobj.KindBlob, 1<<40, source)
	fmt.Println(err)
	os.Exit(1)
}

type endless struct {
	data []byte
	off  int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.data[e.off:])
	e.off = (e.off + n) % len(e.data)
	return n, nil
}

// TestAKilledProcessLeavesNoFile kills a process that has a file open and an object half written.
func TestAKilledProcessLeavesNoFile(t *testing.T) {
	t.Parallel()
	dir := emptyAfter(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimDirectory+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	killErr := cmd.Process.Kill()
	waitErr := cmd.Wait()
	if line != "staged 100 true\n" || err != nil {
		t.Errorf("the process to kill said %q, error %v", line, err)
	}
	if killErr != nil || waitErr == nil {
		t.Errorf("it was not killed: %v, %v", killErr, waitErr)
	}
}
