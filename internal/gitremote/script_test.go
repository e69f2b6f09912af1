package gitremote

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/httpwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/wirescript"
)

// Short names for the words that the tests of this package are written in.
type reply = wirescript.Reply

const hexA, hexB = wirescript.HexA, wirescript.HexB

var (
	status    = wirescript.Status
	stream    = wirescript.Stream
	hang      = wirescript.Hang
	broken    = wirescript.Broken
	advertise = wirescript.Advertise
	lines     = wirescript.Lines
	mustID    = wirescript.ID
)

var (
	goodRefs   = wirescript.Refs
	goodPack   = lines("packfile\n", "\x01PACK", "\x01 and more", "flush")
	goodReport = wirescript.Report
	offersV2   = lines("version 2\n", "ls-refs=unborn\n", "fetch=shallow filter\n", "object-format=sha1\n", "flush")
)

var (
	wantA = gitwire.Fetch{Wants: []gitobj.ID{mustID(hexA)}, Depth: 1}
	moveA = wirescript.MoveA
)

var errReset = &net.OpError{Op: "read", Net: "tcp", Err: fmt.Errorf("connection reset by peer")}

// scripted returns a remote of https://host/r.git that the script answers, and the script.
func scripted(t *testing.T, o Options, replies ...reply) (*Remote, *wirescript.Server) {
	t.Helper()
	s := wirescript.New(replies...)
	return opened(t, o, s), s
}

// opened returns a remote whose requests a RoundTripper answers.
func opened(t *testing.T, o Options, rt http.RoundTripper) *Remote {
	t.Helper()
	if o.URL == "" {
		o.URL = "https://host/r.git"
	}
	pool := NewPool()
	if o.Pool != nil {
		pool.told = o.Pool.told
	}
	pool.Pool = httpwire.PoolOver(rt)
	o.Pool = pool
	r, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// pack is a Body.
type pack string

func (p pack) Size() int64          { return int64(len(p)) }
func (p pack) NewReader() io.Reader { return strings.NewReader(string(p)) }
