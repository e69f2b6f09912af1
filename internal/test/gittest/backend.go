package gittest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/textproto"
	"os/exec"
	"strconv"
	"strings"
)

// backend runs `git http-backend` for a request (RFC 3875, git-http-backend(1)). net/http/cgi
// cannot do it: it refuses chunked bodies, which git itself sends for large pushes, and it does not
// forward the Git-Protocol header.
type backend struct {
	path string   // of git-http-backend
	root string   // GIT_PROJECT_ROOT
	env  []string // further assignments
	v0   bool     // do not forward Git-Protocol
}

// serve runs the backend to its end, also when writing to w fails: as on a real server, a client
// that hangs up does not undo its request. user is the authenticated user, "" without credentials.
func (b *backend) serve(w http.ResponseWriter, r *http.Request, body io.Reader, user string) error {
	cmd := exec.Command(b.path)
	cmd.Env = Env(b.environ(r, user)...)
	cmd.Stdin = &wholeBody{r: body, left: r.ContentLength, cut: func() { _ = cmd.Process.Kill() }}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	relayErr := relay(w, bufio.NewReader(stdout))
	if _, err := io.Copy(io.Discard, stdout); err != nil && relayErr == nil {
		relayErr = err
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("git http-backend: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return relayErr
}

// wholeBody ends the backend when the client hangs up in the middle of its request: git 2.39's
// http-backend reads a body of known length in a loop that the end of the input does not end
// (read_request_fixed_len, pipe_fixed_length).
type wholeBody struct {
	r    io.Reader
	left int64 // bytes until the announced length; negative when none was announced
	cut  func()
}

// Read reads the body, and calls cut when the body ends before its announced length.
func (w *wholeBody) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if w.left >= 0 {
		w.left -= int64(n)
		if err != nil && w.left > 0 {
			w.cut()
		}
	}
	return n, err
}

func (b *backend) environ(r *http.Request, user string) []string {
	env := []string{
		"GATEWAY_INTERFACE=CGI/1.1", "GIT_HTTP_EXPORT_ALL=1",
		"GIT_PROJECT_ROOT=" + b.root, "PATH_INFO=" + r.URL.Path, "QUERY_STRING=" + r.URL.RawQuery,
		"REQUEST_METHOD=" + r.Method, "CONTENT_TYPE=" + r.Header.Get("Content-Type"),
		"SERVER_PROTOCOL=" + r.Proto, "REMOTE_ADDR=127.0.0.1",
		"HTTP_CONTENT_ENCODING=" + r.Header.Get("Content-Encoding"),
	}
	if user != "" {
		env = append(env, "REMOTE_USER="+user)
	}
	// Without CONTENT_LENGTH the backend reads to the end of its input, as a chunked body needs.
	if r.ContentLength >= 0 {
		env = append(env, "CONTENT_LENGTH="+strconv.FormatInt(r.ContentLength, 10))
	}
	if p := r.Header.Get("Git-Protocol"); p != "" && !b.v0 {
		env = append(env, "GIT_PROTOCOL="+p)
	}
	return append(env, b.env...)
}

// relay turns a CGI response into an HTTP response, and forwards each piece as it arrives.
func relay(w http.ResponseWriter, out *bufio.Reader) error {
	header, err := textproto.NewReader(out).ReadMIMEHeader()
	if err != nil {
		http.Error(w, "the backend gave no answer", http.StatusInternalServerError)
		return fmt.Errorf("read the backend's header: %w", err)
	}
	status := http.StatusOK
	if line := header.Get("Status"); line != "" {
		code, _, _ := strings.Cut(line, " ")
		if status, err = strconv.Atoi(code); err != nil {
			return fmt.Errorf("read the backend's status %q: %w", line, err)
		}
		header.Del("Status")
	}
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
	flush := http.NewResponseController(w).Flush
	buf := make([]byte, 32<<10)
	for {
		n, readErr := out.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return fmt.Errorf("pass the backend's answer on: %w", err)
			}
			if err := flush(); err != nil {
				return fmt.Errorf("pass the backend's answer on: %w", err)
			}
		}
		if readErr == io.EOF {
			return nil
		}
		if readErr != nil {
			return fmt.Errorf("read the backend's answer: %w", readErr)
		}
	}
}
