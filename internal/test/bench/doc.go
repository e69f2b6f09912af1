// Package bench measures the costs of a push, from outside of the process that makes it.
//
//	repository of 100 to 300,000 files ◄── git http-backend ◄── gittest.Server ◄─┐ requests, bytes
//	job of 1, 100, 1,000 or 10,000 files ──► launcher ──► benchclient ─────────────────┘ CPU, peak memory
//
// Further benchmarks measure the time that a user waits, by a real engine: a whole apply of a
// single file, and of 1,201 files; plan and apply of 1,000 resources, beside those of other
// providers (BenchmarkPace).
//
// The package has only benchmarks: `make bench` runs them and prints the table of figures that
// README.md shows. After each push, git checks that the branch holds exactly the files of the job.
package bench
