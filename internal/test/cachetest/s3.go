package cachetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// versitygw is the S3 server, a Go program that keeps objects as files.
const (
	versitygw        = "github.com/versity/versitygw/cmd/versitygw"
	versitygwVersion = "v1.8.0"
)

// S3 is a server with an empty bucket, whose content outlives Kill.
type S3 struct {
	process
	Addr              string // host:port, plain HTTP
	Bucket            string
	Region            string
	AccessKey, Secret string
	Dir               string // in which objects are files, by bucket and key
}

// StartS3 starts a server for a test. The first time on a machine the server is built, which takes
// minutes.
func StartS3(t testing.TB) *S3 {
	t.Helper()
	program, err := buildVersitygw()
	if err != nil {
		absent(t, "versitygw cannot be built", err.Error())
	}
	port, dir := freePort(t), directory(t)
	s := &S3{
		Addr: loopback(port), Bucket: "cache", Region: "eu-test-1", AccessKey: "access-of-the-test", Secret: "secret-of-the-test",
		Dir: filepath.Join(dir, "objects"),
	}
	meta := filepath.Join(dir, "meta")
	for _, d := range []string{s.Dir, meta} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.process = process{t: t, name: "versitygw", ping: s.ping, quit: syscall.SIGKILL, command: func() *exec.Cmd {
		// Attributes in files of their own: not every file system has extended ones.
		cmd := exec.Command(program, "--access", s.AccessKey, "--secret", s.Secret, "--region", s.Region,
			"--port", "127.0.0.1:"+strconv.Itoa(port), "--quiet", "posix", "--sidecar", meta, s.Dir)
		cmd.Dir = dir
		return cmd
	}}
	s.start()
	if err := s.client(t).MakeBucket(t.Context(), s.Bucket, minio.MakeBucketOptions{Region: s.Region}); err != nil {
		t.Fatalf("make a bucket: %v", err)
	}
	return s
}

func (s *S3) client(t testing.TB) *minio.Client {
	t.Helper()
	c, err := s.connect()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *S3) connect() (*minio.Client, error) {
	return minio.New(s.Addr, &minio.Options{Creds: credentials.NewStaticV4(s.AccessKey, s.Secret, ""), Region: s.Region, MaxRetries: 1})
}

func (s *S3) ping(ctx context.Context) error {
	c, err := s.connect()
	if err != nil {
		return err
	}
	_, err = c.ListBuckets(ctx)
	return err
}

// buildVersitygw returns the program, which is kept in the user's cache directory for all tests to
// come.
var buildVersitygw = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "terraform-provider-nanogit-test", "versitygw-"+versitygwVersion)
	program := filepath.Join(dir, "versitygw")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	scratch, err := os.MkdirTemp(dir, "build-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "install", versitygw+"@"+versitygwVersion)
	cmd.Dir = scratch
	cmd.Env = append(os.Environ(), "GOBIN="+scratch, "GOFLAGS=", "GOOS=", "GOARCH=", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("go install %s@%s: %w\n%s", versitygw, versitygwVersion, err, out)
	} else {
		err = os.Rename(filepath.Join(scratch, "versitygw"), program) // the program of another test is the same
	}
	return program, errors.Join(err, os.RemoveAll(scratch))
})
