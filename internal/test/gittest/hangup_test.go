package gittest_test

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// A client that is killed in the middle of a request must leave no backend behind: Stop waits for
// all of them.
func TestAClientThatHangsUpEndsItsBackend(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	command := fmt.Sprintf("%s %s %s\x00report-status", strings.Repeat("0", 40), r.Head(t), "refs/heads/other")
	_, err = fmt.Fprintf(conn, "POST /r/git-receive-pack HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-git-receive-pack-request\r\n"+
		"Content-Length: 100000\r\n\r\n%04x%s0000PACK", len(command)+4, command)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if got := r.Git(t, "for-each-ref", "--format=%(refname)"); got != "refs/heads/main" {
		t.Errorf("references %q, want only main", got)
	}
}
