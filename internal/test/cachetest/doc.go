// Package cachetest starts the servers of the shared object caches for tests: Redis, PostgreSQL and
// an S3 server, each the real program, on a free port of the loopback interface.
//
//	test ──► StartRedis │ StartPostgres │ StartS3 ──► a process and a temporary directory
//	           │ Kill, Restart                           both gone when the test ends; the process
//	           ▼                                         also when the test's process is killed (Linux)
//	         an address to connect to
//
// A server whose program is missing fails the test where the environment has CI set, and skips it
// elsewhere, with the name of the package to install. PostgreSQL refuses to run as root: then it
// runs as the user postgres or nobody.
package cachetest
