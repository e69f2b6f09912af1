package gittest

import (
	"fmt"
	"io"
	"net/http"
)

// answer is a response that counts itself and may be spoilt: cut short, swallowed, or dressed as a
// page of HTML.
type answer struct {
	http.ResponseWriter
	status int   // 0 before the header was sent
	n      int64 // bytes of body sent
	cut    int64 // send no more than so many bytes; negative: all
	mute   bool  // send nothing at all
	html   bool  // replace the body of errors by a page
	paged  bool  // that has happened
}

// WriteHeader sends the status, and in place of an error's body the page of HTML if the server has
// [Options].HTMLErrors. A muted answer sends nothing.
func (a *answer) WriteHeader(code int) {
	if a.status != 0 || a.mute {
		return
	}
	a.status = code
	if a.html && code >= 400 {
		a.paged = true
		a.Header().Set("Content-Type", "text/html; charset=utf-8")
		a.Header().Del("Content-Length")
		a.ResponseWriter.WriteHeader(code)
		page := fmt.Sprintf("<!DOCTYPE html>\n<html><head><title>%d %s</title></head>\n<body><h1>%[1]d %[2]s</h1></body></html>\n",
			code, http.StatusText(code))
		n, _ := io.WriteString(a.ResponseWriter, page) // a client that is gone is no concern here
		a.n += int64(n)
		return
	}
	a.ResponseWriter.WriteHeader(code)
}

// Write sends as much of p as the answer may send, and reports all of it as written.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.mute || a.paged {
		return len(p), nil
	}
	send := p
	if a.cut >= 0 {
		send = p[:min(int64(len(p)), a.cut-a.n)]
	}
	n, err := a.ResponseWriter.Write(send)
	a.n += int64(n)
	if err != nil {
		return n, err
	}
	return len(p), nil
}

// cutDone reports whether the answer has sent all the bytes that it may send before it is cut.
func (a *answer) cutDone() bool { return a.cut >= 0 && a.n >= a.cut }

// Flush sends the buffered bytes, unless the answer is muted.
func (a *answer) Flush() {
	if !a.mute {
		_ = http.NewResponseController(a.ResponseWriter).Flush() // the next Write tells of a client that is gone
	}
}

// countingReader counts the bytes that come through it.
type countingReader struct {
	r io.Reader
	n int64
}

// Read reads from the wrapped reader and adds the bytes to the count.
func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
