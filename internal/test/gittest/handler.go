package gittest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// peekSize is the number of bytes of a request's body that are read to find its command: the first
// packet line of a v2 request names it (gitprotocol-v2, "Command Request"), and git compresses
// requests of more than 1 KiB.
const peekSize = 4 << 10

// ServeHTTP answers a request: latency, credentials, fault, git.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.leave()
	if s.serveAPI(w, r) {
		return
	}
	// git answers before it has read everything, and must not be made to wait for the rest. HTTP/2
	// always works so and says that it does not know the question.
	_ = http.NewResponseController(w).EnableFullDuplex()

	in := &countingReader{r: r.Body}
	body := bufio.NewReaderSize(in, peekSize)
	rec := Request{Path: r.URL.Path, Protocol: r.Proto}
	faulty := s.mayFail()
	if faulty {
		rec.Service, rec.Command = classify(r, body)
	}
	out := &answer{ResponseWriter: w, cut: -1, html: s.options.HTMLErrors}
	defer func() {
		rec.Status, rec.BytesIn, rec.BytesOut = out.status, in.n, out.n
		s.count(rec)
	}()

	if s.options.Latency > 0 {
		s.wait(r, time.After(s.options.Latency))
	}
	if !s.authenticate(r, &rec) {
		if !faulty {
			rec.Service, rec.Command = classify(r, body)
		}
		drain(body)
		s.challenge(out, rec.Scheme != "")
		return
	}
	if s.refuseBody(out, r, body) {
		rec.Service, rec.Command = classify(r, bufio.NewReader(http.NoBody))
		return
	}
	if s.options.CommitsOnly && strings.HasSuffix(r.URL.Path, "/"+UploadPack) {
		rec.Service, rec.Command = classify(r, body)
		whole, refused := s.checkWants(out, r, body)
		if refused {
			return
		}
		body = whole
	}
	if !faulty {
		// git is started at once, as a server does that does not wait for a request's body.
		head := &headKeeper{r: body}
		err := s.backend.serve(out, r, head, rec.Username)
		rec.Service, rec.Command = classify(r, bufio.NewReader(bytes.NewReader(head.kept)))
		if err != nil && out.status == 0 {
			drop(out)
		}
		return
	}
	fault := s.faultFor(rec.Service, rec.Command, r.URL.Path, r.UserAgent())
	rec.Faulty = fault != nil
	if fault != nil {
		defer fault.over()
	}
	if fault != nil && !s.before(fault, out, r, body) {
		return
	}
	var whole io.Reader = body
	if fault != nil && fault.fault.Kind == Twice {
		raw, err := io.ReadAll(body)
		if err == nil {
			err = s.backend.serve(&answer{ResponseWriter: w, cut: -1, mute: true}, r, bytes.NewReader(raw), rec.Username)
		}
		if err != nil {
			drop(out)
		}
		whole = bytes.NewReader(raw)
	}
	err := s.backend.serve(out, r, whole, rec.Username)
	if fault != nil && fault.fault.Kind.action == doDropAfter || out.cutDone() || err != nil && out.status == 0 {
		drop(out)
	}
}

// serveAPI answers a request to the API beside the repositories; false if it is for Git.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	api := s.api
	s.mu.Unlock()
	if api == nil || !strings.HasPrefix(r.URL.Path, apiPath) {
		return false
	}
	api.ServeHTTP(w, r)
	return true
}

// headKeeper keeps a copy of the first peekSize bytes that are read.
type headKeeper struct {
	r    io.Reader
	kept []byte
}

// Read reads from the wrapped reader and keeps a copy of the first bytes.
func (h *headKeeper) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.kept = append(h.kept, p[:min(n, peekSize-len(h.kept))]...)
	return n, err
}

// mayFail reports whether a fault was ever asked for.
func (s *Server) mayFail() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.faults) > 0
}

// enter counts a request in; false once the server stops.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.serving.Add(1)
	s.active++
	return true
}

// wait returns when c does, the client is gone or the server stops.
func (s *Server) wait(r *http.Request, c <-chan time.Time) {
	select {
	case <-c:
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
}

// before does the part of a fault that comes ahead of git; false if git has nothing left to do.
func (s *Server) before(in *Injected, w *answer, r *http.Request, body *bufio.Reader) bool {
	f := &in.fault
	switch f.Kind.action {
	case doStatus, doGarbage:
		drain(body)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		code, text := int(f.Kind.n), []byte(fmt.Sprintf("fault: %s\n", http.StatusText(int(f.Kind.n))))
		if f.Kind.action == doGarbage {
			code, text = http.StatusOK, noise
			w.Header().Set("Content-Type", contentType(r))
		}
		if code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "0")
		}
		for key, values := range f.Header {
			w.Header()[http.CanonicalHeaderKey(key)] = values
		}
		if f.Body != nil {
			text = f.Body
		}
		w.WriteHeader(code)
		_, _ = w.Write(text) // a client that is gone is no concern here
		return false
	case doDropBefore:
		drain(body)
		drop(w)
	case doDropDuring:
		_, _ = io.CopyN(io.Discard, body, f.Kind.n)
		drop(w)
	case doDropAfter:
		w.mute = true
	case doCut:
		w.cut = f.Kind.n
	case doStall:
		select {
		case <-in.release:
		case <-r.Context().Done():
			drop(w)
		case <-s.ctx.Done():
			drop(w)
		}
	}
	return true
}

// drop ends the connection (over HTTP/2: the stream) without an end of the answer.
func drop(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// drain reads a request to its end. A client that is answered before it has sent everything may see
// its connection reset instead of the answer; servers behind a buffering proxy behave as here.
func drain(body io.Reader) { _, _ = io.Copy(io.Discard, body) }

// noise is neither a packet line nor a pack.
var noise = bytes.Repeat([]byte{0xff, 0x00, 'n', 'o', 'i', 's', 'e', 0x80}, 512)

// contentType returns the Content-Type of a good answer to r.
func contentType(r *http.Request) string {
	if service := r.URL.Query().Get("service"); service != "" {
		return "application/x-" + service + "-advertisement"
	}
	return strings.Replace(r.Header.Get("Content-Type"), "-request", "-result", 1)
}

// classify finds the service and the command of a request, without using up its body.
func classify(r *http.Request, body *bufio.Reader) (service, command string) {
	for _, service := range []string{InfoRefs, UploadPack, ReceivePack} {
		if !strings.HasSuffix(r.URL.Path, "/"+service) {
			continue
		}
		switch service {
		case InfoRefs:
			return service, r.URL.Query().Get("service")
		case UploadPack:
			return service, v2Command(body, r.Header.Get("Content-Encoding") == "gzip")
		}
		return service, ""
	}
	return "", ""
}

func v2Command(body *bufio.Reader, zipped bool) string {
	head, _ := body.Peek(peekSize) // short bodies end early
	if zipped {
		z, err := gzip.NewReader(bytes.NewReader(head))
		if err != nil {
			return ""
		}
		plain := make([]byte, 64)
		n, _ := io.ReadFull(z, plain) // the bytes that are there suffice
		head = plain[:n]
	}
	if len(head) < 4 {
		return ""
	}
	line, _, _ := bytes.Cut(head[4:min(len(head), 64)], []byte("\n"))
	command, ok := bytes.CutPrefix(line, []byte("command="))
	if !ok {
		return ""
	}
	// The newline is optional: the next packet's length may follow at once.
	for _, name := range []string{"ls-refs", "fetch", "object-info"} {
		if bytes.HasPrefix(command, []byte(name)) {
			return name
		}
	}
	return ""
}

// authenticate checks the credentials of a request, and records their scheme and username.
func (s *Server) authenticate(r *http.Request, rec *Request) bool {
	o := &s.options
	rec.Scheme, _, _ = strings.Cut(r.Header.Get("Authorization"), " ")
	username, password, basic := r.BasicAuth()
	rec.Username = username
	if o.Username == "" && o.Password == "" && o.Token == "" {
		return true
	}
	if o.Token != "" {
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		return same(bearer, o.Token) || basic && same(password, o.Token)
	}
	return basic && same(username, o.Username) && same(password, o.Password)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// challenge refuses a request whose credentials are missing or wrong.
func (s *Server) challenge(w http.ResponseWriter, given bool) {
	if given && s.options.Forbid {
		http.Error(w, "these credentials may not do that", http.StatusForbidden)
		return
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="gittest"`)
	http.Error(w, "credentials wanted", http.StatusUnauthorized)
}

// leave ends a request that enter counted in.
func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serving.Done()
	if s.active--; s.active == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// Idle waits until no request is being served: a push shows on the branch before its request ends.
func (s *Server) Idle() {
	s.mu.Lock()
	if s.active == 0 {
		s.mu.Unlock()
		return
	}
	if s.idle == nil {
		s.idle = make(chan struct{})
	}
	idle := s.idle
	s.mu.Unlock()
	<-idle
}
