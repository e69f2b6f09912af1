package gittest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
)

// refuseBody answers a request whose body comes in chunks, or over HTTP/2 without a length, if the
// server takes none.
func (s *Server) refuseBody(w http.ResponseWriter, r *http.Request, body io.Reader) bool {
	if s.options.RefuseChunked == 0 || r.Method != http.MethodPost || r.ContentLength >= 0 {
		return false
	}
	drain(body)
	http.Error(w, "a body without Content-Length is not accepted", s.options.RefuseChunked)
	return true
}

// want matches a "want" line of a fetch and its object id (gitprotocol-v2, "fetch").
var want = regexp.MustCompile(`(?m)^[0-9a-f]{4}want ([0-9a-f]{40,64})`)

// checkWants reads a fetch to its end and answers it with an error where it wants an object other
// than a tag or a commit that a reference leads to. Otherwise it returns the body, to be read
// again.
func (s *Server) checkWants(w http.ResponseWriter, r *http.Request, body io.Reader) (again *bufio.Reader, refused bool) {
	raw, err := io.ReadAll(body)
	if err != nil {
		drop(w)
	}
	text := raw
	if r.Header.Get("Content-Encoding") == "gzip" {
		if z, err := gzip.NewReader(bytes.NewReader(raw)); err == nil {
			text, _ = io.ReadAll(z) // git reports the error
		}
	}
	dir := filepath.Join(s.root, filepath.FromSlash(strings.TrimSuffix(r.URL.Path, "/"+UploadPack)))
	for _, m := range want.FindAllSubmatch(text, -1) {
		if id := string(m[1]); !handedOut(dir, id) {
			w.Header().Set("Content-Type", contentType(r))
			line := fmt.Sprintf("ERR want %s not valid", id)
			_, _ = fmt.Fprintf(w, "%04x%s", len(line)+4, line) // a client that is gone is no concern here
			return nil, true
		}
	}
	return bufio.NewReaderSize(bytes.NewReader(raw), peekSize), false
}

// handedOut reports whether an object is a commit that a reference leads to, or a tag.
func handedOut(dir, id string) bool {
	r := &Repo{Dir: dir}
	kind, err := r.Run("cat-file", "-t", id)
	if err != nil || kind != "commit" {
		return err == nil && kind == "tag"
	}
	refs, err := r.Run("for-each-ref", "--count=1", "--contains", id)
	return err == nil && refs != ""
}
