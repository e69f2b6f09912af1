package objstoretest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// jobVariable is the environment variable that makes a test's program a writer, and holds its job.
const jobVariable = "NANOGIT_OBJSTORETEST_JOB"

// job is the work of a process: it puts objects and reads the objects that other processes put.
type job struct {
	Address string
	Seed    uint64
	Forgets bool
	Endless bool // until it is killed
}

const (
	jobObjects = 400 // that all processes put
	jobRounds  = 40
)

// jobObject returns the ith of these objects: from a few bytes to about 60 KB.
func jobObject(i int) objstore.Object { return numbered(i, 20+(i%50)*(i%50)*25) }

// Writer does the job of a process that the suite started, and then does not return; in any other
// process it does nothing. A backend that has Address and Connect calls it first in TestMain:
//
//	func TestMain(m *testing.M) {
//		objstoretest.Writer(connect)
//		os.Exit(m.Run())
//	}
func Writer(connect func(ctx context.Context, address string) (objstore.Store, error)) {
	raw := os.Getenv(jobVariable)
	if raw == "" {
		return
	}
	var j job
	err := json.Unmarshal([]byte(raw), &j)
	if err == nil {
		err = j.run(context.Background(), connect)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run puts and gets, and says "writing" once it has put something.
func (j job) run(ctx context.Context, connect func(context.Context, string) (objstore.Store, error)) error {
	store, err := connect(ctx, j.Address)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	s := &subject{Suite: Suite{Forgets: j.Forgets}, store: store}
	forgetful := *s
	forgetful.Forgets = true // another process may not have put it yet
	rnd := rand.New(rand.NewPCG(j.Seed, 2))
	for round := 0; j.Endless || round < jobRounds; round++ {
		var put, get []objstore.Object
		for range 20 {
			put = append(put, jobObject(rnd.IntN(jobObjects)))
			get = append(get, jobObject(rnd.IntN(jobObjects)))
		}
		if err := errors.Join(s.put(ctx, put...), forgetful.wants(ctx, get...), s.wants(ctx, put...)); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		if round == 0 {
			fmt.Println("writing")
		}
	}
	var rest []objstore.Object
	for i := int(j.Seed); i < jobObjects; i += 4 {
		rest = append(rest, jobObject(i))
	}
	return errors.Join(s.put(ctx, rest...), store.Close())
}

// start starts a process with a job.
func (j job) start(ctx context.Context) (*exec.Cmd, *bufio.Reader, *strings.Builder, error) {
	raw, err := json.Marshal(j)
	if err != nil {
		return nil, nil, nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, nil, nil, err
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(os.Environ(), jobVariable+"="+string(raw))
	said := new(strings.Builder)
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, nil, err
	}
	return cmd, bufio.NewReader(out), said, cmd.Start()
}

// processes lets four processes write and read at once.
func (s *subject) processes(ctx context.Context) error {
	address := s.Address(s.t)
	type running struct {
		cmd  *exec.Cmd
		said *strings.Builder
	}
	var all []running
	var errs []error
	for seed := range uint64(4) {
		cmd, _, said, err := job{Address: address, Seed: seed, Forgets: s.Forgets}.start(ctx)
		if err != nil {
			errs = append(errs, fmt.Errorf("start a process: %w", err))
			break
		}
		all = append(all, running{cmd, said})
	}
	for i, r := range all {
		if err := r.cmd.Wait(); err != nil {
			errs = append(errs, fmt.Errorf("process %d: %w\n%s", i, err, r.said))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var err error
	if s.store, err = s.Connect(ctx, address); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	want := make([]objstore.Object, jobObjects)
	for i := range want {
		want[i] = jobObject(i)
	}
	return s.wants(ctx, want...)
}

// killedProcess kills processes that write, without a warning.
func (s *subject) killedProcess(ctx context.Context) error {
	address := s.Address(s.t)
	for seed := range uint64(3) {
		cmd, out, said, err := job{Address: address, Seed: seed, Forgets: s.Forgets, Endless: true}.start(ctx)
		if err != nil {
			return fmt.Errorf("start a process: %w", err)
		}
		line, err := out.ReadString('\n')
		killErr := cmd.Process.Kill()
		_ = cmd.Wait() // of a killed process, always an error
		if err != nil || line != "writing\n" || killErr != nil {
			return fmt.Errorf("process %d said %q (%v), kill: %v\n%s", seed, line, err, killErr, said)
		}
	}
	var err error
	if s.store, err = s.Connect(ctx, address); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	want := make([]objstore.Object, jobObjects)
	for i := range want {
		want[i] = jobObject(i)
	}
	forgetful := *s
	forgetful.Forgets = true
	return errors.Join(forgetful.wants(ctx, want...), s.put(ctx, want...), s.wants(ctx, want...))
}

// closedForOne closes the first of two stores at the same address.
func (s *subject) closedForOne(ctx context.Context) error {
	address := s.Address(s.t)
	other, err := s.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if s.store, err = s.Connect(ctx, address); err != nil {
		return errors.Join(fmt.Errorf("connect: %w", err), other.Close())
	}
	o := *s
	o.store = other
	return errors.Join(o.put(ctx, blob(1)), o.store.Close(), s.wants(ctx, blob(1)), s.put(ctx, blob(2)), s.wants(ctx, blob(1), blob(2)))
}
