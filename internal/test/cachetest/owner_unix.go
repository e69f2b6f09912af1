//go:build unix

package cachetest

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
	"testing"
)

// owner is the user that a server runs as that refuses to run as root; nil is the user of the test.
type owner struct{ credential syscall.Credential }

func ownerOf(t testing.TB) *owner {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if uidErr == nil && gidErr == nil {
			return &owner{syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		}
	}
	t.Fatal("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
	return nil
}

// give makes files the owner's.
func (o *owner) give(t testing.TB, files ...string) {
	t.Helper()
	for _, f := range files {
		if o == nil {
			return
		}
		if err := os.Chown(f, int(o.credential.Uid), int(o.credential.Gid)); err != nil {
			t.Fatal(err)
		}
	}
}

// run makes a command the owner's.
func (o *owner) run(cmd *exec.Cmd) {
	if o != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &o.credential}
	}
}
