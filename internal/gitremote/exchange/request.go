package exchange

import (
	"bytes"
	"io"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// The two services of a Git server (gitprotocol-http).
const (
	UploadPack  = "git-upload-pack"
	ReceivePack = "git-receive-pack"
)

// Pack is a pack of known size that can be read more than once.
type Pack = interface {
	Size() int64 // bytes
	NewReader() io.Reader
}

// Request is a message to a service of the repository.
type Request struct {
	Op      string // for errors: "fetch from"
	Service string // UploadPack or ReceivePack
	V2      bool   // asks for protocol version 2
	Lists   bool   // lists references, which a process of git answers truly only once
	Once    bool   // not idempotent: repeated only after a response that shows that nothing was done
	Limit   int64  // of the response, bytes

	// Head returns the beginning of the body. offer is the advertisement with which a service began
	// the conversation; nil over HTTP, where a service says nothing before it is asked.
	Head func(offer *gitwire.Capabilities) ([]byte, error)
	Pack Pack // follows the head; nil: nothing follows

	bodies sync.WaitGroup // the readers of the body that a transport still holds
}

// Bytes returns a Head for a body that is known in advance.
func Bytes(b []byte) func(*gitwire.Capabilities) ([]byte, error) {
	return func(*gitwire.Capabilities) ([]byte, error) { return b, nil }
}

// Wait waits until no transport reads the body any more: a transport may read on for a while after
// the response has come.
func (r *Request) Wait() { r.bodies.Wait() }

// Join makes Wait wait for the readers of another request as well.
func (r *Request) Join(other *Request) { r.bodies.Go(other.bodies.Wait) }

// Body returns the size of the body that begins with head, and a function that returns a reader of
// it.
func (r *Request) Body(head []byte) (size int64, body func() io.Reader) {
	if r.Pack == nil {
		return int64(len(head)), func() io.Reader { return bytes.NewReader(head) }
	}
	return int64(len(head)) + r.Pack.Size(), func() io.Reader {
		return io.MultiReader(bytes.NewReader(head), r.Pack.NewReader())
	}
}

// Advertisement is a request for the capabilities that a service offers.
type Advertisement struct {
	Op      string
	Service string
	V2      bool  // asks for protocol version 2
	Limit   int64 // of the response, bytes
	// Refs is handed the references that follow the capabilities (versions 0 and 1) until it
	// returns false; nil: only the capabilities are read.
	Refs func(gitwire.Ref) bool
}
