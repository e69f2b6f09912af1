//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAPipeWithoutAReaderTellsThatTheEngineIsGone(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if unread(w.Fd(), time.Millisecond) {
		t.Error("a pipe whose reader is there: told to have none")
	}
	gone := orphaned(w.Fd())
	select {
	case <-gone:
		t.Error("orphaned while the engine is there")
	default:
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	<-gone
}

func TestAFileIsNeverUnread(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if unread(f.Fd(), time.Millisecond) {
		t.Error("a file: told to be a pipe without a reader")
	}
}
