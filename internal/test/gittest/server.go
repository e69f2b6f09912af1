package gittest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Options says how a server behaves. The zero value is a plain HTTP server that lets everybody read
// and write.
type Options struct {
	// Username and Password are the Basic credentials that every request must carry, when either is
	// set.
	Username, Password string
	// Token is the password of Basic credentials with any username, or the token of Bearer ones,
	// when it is set.
	Token string
	// Forbid answers wrong credentials with 403 instead of 401. Missing ones get 401 all the same.
	Forbid bool
	// HTMLErrors makes every answer of 400 and above, git's own among them, a page of HTML as a
	// reverse proxy would send.
	HTMLErrors bool
	// Latency is added to each request before anything is done about it.
	Latency time.Duration
	// V0Only makes the server ignore protocol version 2.
	V0Only bool
	// NoFilter makes the server offer no partial clones.
	NoFilter bool
	// RefuseChunked is the status that answers a request whose body has no announced length, when
	// it is set.
	RefuseChunked int
	// CommitsOnly makes the server accept only wants for commits that a reference leads to, and
	// annotated tags, in every version of the protocol. It answers others with "ERR want <id> not
	// valid", as JGit does.
	CommitsOnly bool
	// TLS serves HTTPS, with HTTP/2, under a certificate by the authority that [Server.CAPEM]
	// returns.
	TLS bool
	// ClientCert makes a TLS server demand a certificate, such as [Server.ClientPEM] returns.
	ClientCert bool
}

// Server is a Git server on the loopback interface. It is safe for concurrent use.
type Server struct {
	options  Options
	root     string // every repository is in here
	backend  *backend
	listener net.Listener
	http     *http.Server
	identity *identity // nil without TLS

	conns, bytesIn, bytesOut atomic.Int64

	ctx       context.Context // ends when the server stops: requests that stall go on then
	cancel    context.CancelFunc
	serving   sync.WaitGroup // requests that are in the backend's hands
	closeOnce sync.Once
	closeErr  error

	mu     sync.Mutex // guards the fields below
	stats  Stats
	faults []*Injected
	repos  []*Repo
	api    *CommitsAPI // nil without any
	closed bool
	active int           // requests that are being served
	idle   chan struct{} // closed when the last of them ends; nil while nobody waits
}

// Start serves repositories until [Server.Close]. They live in a temporary directory of the
// server's own.
func Start(o Options) (_ *Server, err error) {
	path, err := backendPath()
	if err != nil {
		return nil, fmt.Errorf("find git http-backend: %w", err)
	}
	root, err := os.MkdirTemp("", "gittest-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(root))
		}
	}()
	// A path that is a link (macOS: /var) would make file checks by name fail later on.
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return nil, err
	}
	s := &Server{options: o, root: root, backend: &backend{path: path, root: root, v0: o.V0Only}}
	if o.NoFilter {
		s.backend.env = []string{"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=uploadpack.allowFilter", "GIT_CONFIG_VALUE_0=false"}
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &http.Server{Handler: s, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	if o.TLS {
		if s.identity, err = newIdentity(); err != nil {
			return nil, err
		}
		s.http.TLSConfig = s.identity.config(o.ClientCert)
	}
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	go s.accept()
	return s, nil
}

func (s *Server) accept() {
	l := countingListener{s.listener, &s.conns, &s.bytesIn, &s.bytesOut}
	if s.options.TLS {
		_ = s.http.ServeTLS(l, "", "") // ends with ErrServerClosed
		return
	}
	_ = s.http.Serve(l)
}

// URL is the address of the server, without a slash at its end.
func (s *Server) URL() string {
	scheme := "http"
	if s.options.TLS {
		scheme = "https"
	}
	return scheme + "://" + s.listener.Addr().String()
}

// CAPEM is the certificate of the authority that issued the certificate of a TLS server, in PEM.
func (s *Server) CAPEM() string {
	if s.identity == nil {
		return ""
	}
	return s.identity.caPEM
}

// ClientPEM is a certificate that a TLS server with ClientCert accepts, and its key, in PEM.
func (s *Server) ClientPEM() (cert, key string) {
	if s.identity == nil {
		return "", ""
	}
	return s.identity.clientPEM, s.identity.clientKeyPEM
}

// Stop ends all connections and waits for the git processes to end. The repositories stay for
// inspection until Close.
func (s *Server) Stop() error {
	s.closeOnce.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		s.cancel()
		s.closeErr = s.http.Close()
		s.serving.Wait()
	})
	return s.closeErr
}

// Close stops the server and removes its repositories. Calling it again does nothing.
func (s *Server) Close() error {
	return errors.Join(s.Stop(), os.RemoveAll(s.root))
}
