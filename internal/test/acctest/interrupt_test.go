//go:build unix

package acctest_test

import (
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// manyFiles are more resources than Terraform plans at a time.
const manyFiles = `
resource "nanogit_file" "f" {
  count   = 15
  path    = "f${count.index}.txt"
  content = "file ${count.index}\n"
}
resource "nanogit_files" "s" {
  prefix = "s"
  prune  = "all"
  files  = { for i in range(5) : "d${i}/f.txt" => { content = "file ${i}\n" } }
}
`

// The servers of these tests answer nothing before the engine has ended, so an interrupt that is
// not heard hangs the test.

// TestOneInterruptEndsAPlanWhoseServerDoesNotAnswer interrupts plans that wait for a response or
// for a Retry-After of an hour.
func TestOneInterruptEndsAPlanWhoseServerDoesNotAnswer(t *testing.T) {
	t.Parallel()
	later := http.Header{"Retry-After": {"3600"}}
	stall := gittest.Fault{Kind: gittest.Stall, Times: -1}
	wait := gittest.Fault{Kind: gittest.Status(429), Times: -1, Header: later}
	for name, c := range map[string]struct {
		fault gittest.Fault
		plan  []string
	}{
		"nothing is answered, creations": {stall, []string{"plan", "-compact-warnings"}},
		"nothing is answered, refresh":   {stall, []string{"plan", "-refresh-only"}},
		"nothing is answered, update":    {stall, []string{"plan", "-refresh=false"}},
		"nothing is answered, destroy":   {stall, []string{"plan", "-destroy"}},
		"no fetch is answered, refresh": {
			gittest.Fault{Kind: gittest.Stall, Times: -1, Service: gittest.UploadPack, Command: "fetch"},
			[]string{"plan", "-refresh-only"},
		},
		"an hour to wait, creations": {wait, []string{"plan", "-compact-warnings"}},
		"an hour to wait, refresh":   {wait, []string{"plan", "-refresh-only"}},
		"an hour to wait, update":    {wait, []string{"plan", "-refresh=false"}},
		"out of order, destroy": {
			gittest.Fault{Kind: gittest.Status(503), Times: -1, Header: later},
			[]string{"plan", "-destroy"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := gittest.New(t, gittest.Options{})
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, "")+manyFiles)
			if !strings.Contains(name, "creations") {
				w.Apply(t)
			}
			if strings.Contains(name, "update") {
				w.Config(t, provider(repo, "")+strings.ReplaceAll(manyFiles, "file ", "update "))
			}
			in := server.Inject(c.fault)
			run := w.Start(t, append(c.plan, "-no-color", "-input=false")...)
			<-in.Reached()
			run.Interrupt(t)
			heard(t, run.Wait(t))
		})
	}
}

func TestOneInterruptEndsAPlanWhoseServerSaysNoWord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ url, says string }{
		"an HTTP server that answers nothing": {"http://%s/r.git", ""},
		"an HTTP server that trickles":        {"http://%s/r.git", "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-result\r\n\r\n"},
		"an SSH server that does not greet":   {"ssh://git@%s/r.git", ""},
		"an SSH server that only greets":      {"ssh://git@%s/r.git", "SSH-2.0-quiet\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, reached := mute(t, c.says)
			w := acctest.NewWorkspace(t)
			w.Config(t, fmt.Sprintf(`
provider "nanogit" {
  url = "`+c.url+`"
  auth = { ssh = { private_key_pem = %q, host_key_policy = "insecure" } }
}
`, address, clientKey(t))+manyFiles)
			run := w.Start(t, "plan", "-no-color", "-input=false")
			<-reached
			run.Interrupt(t)
			heard(t, run.Wait(t))
		})
	}
}

// heard fails the test when an engine was not interrupted, or says more than needed.
func heard(t *testing.T, out string) {
	t.Helper()
	if !strings.Contains(out, "Interrupt received") {
		t.Errorf("the engine was not interrupted:\n%s", out)
	}
	if strings.Contains(out, "panic") {
		t.Errorf("the provider panicked:\n%s", out)
	}
}

// mute starts a server that sends `says` to each client, and then no more. Its channel is closed
// when a client sends its first byte.
func mute(t *testing.T, says string) (address string, reached <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	first := make(chan struct{}, 1)
	heard := make(chan struct{})
	go func() {
		<-first
		close(heard)
	}()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				one := make([]byte, 1)
				if _, err := io.ReadFull(c, one); err != nil {
					return
				}
				_, _ = io.WriteString(c, says)
				select {
				case first <- struct{}{}:
				default:
				}
				_, _ = io.Copy(io.Discard, c) // until the client is gone
			}()
		}
	}()
	return l.Addr().String(), heard
}

// clientKey is a new private key of an SSH client, in PEM.
func clientKey(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}
