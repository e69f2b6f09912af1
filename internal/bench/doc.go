// Package bench measures what a push costs, from outside of the process that makes it.
//
//	repository of 100 to 300,000 files ◄── git http-backend ◄── gittest.Server ◄─┐ requests, bytes
//	job of 1, 100, 1,000 or 10,000 files ──► launcher ──► benchclient ─────────────────┘ CPU, peak memory
//
// One more benchmark measures what a user waits for: a whole apply of one file, and of 1,201, by a
// real engine.
//
// It is all in benchmarks: `make bench` runs them and prints the table of figures that README.md
// shows. After each push git says whether the branch holds exactly what was asked for.
package bench
