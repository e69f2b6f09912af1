package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
)

// profile starts the profiles that the environment asks for; stop writes them.
func profile() (stop func() error, err error) {
	cpu, mem := os.Getenv("BENCH_CPUPROFILE"), os.Getenv("BENCH_MEMPROFILE")
	var out *os.File
	if cpu != "" {
		if out, err = os.Create(fmt.Sprintf("%s.%d", cpu, os.Getpid())); err != nil {
			return nil, err
		}
		if err := pprof.StartCPUProfile(out); err != nil {
			return nil, err
		}
	}
	return func() error {
		if out != nil {
			pprof.StopCPUProfile()
			if err := out.Close(); err != nil {
				return err
			}
		}
		if mem == "" {
			return nil
		}
		f, err := os.Create(fmt.Sprintf("%s.%d", mem, os.Getpid()))
		if err != nil {
			return err
		}
		runtime.GC()
		if err := pprof.Lookup("allocs").WriteTo(f, 0); err != nil {
			return err
		}
		return f.Close()
	}, nil
}
