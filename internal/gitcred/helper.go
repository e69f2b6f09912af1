package gitcred

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// Helper asks git's credential helpers, through a git binary, and never a person: whoever runs Terraform unattended would wait
// forever. Secrets pass through pipes, never through arguments.
type Helper struct {
	// Environ is the environment of git, os.Environ when it is nil.
	Environ func() []string
	// Timeout is how long one call of git may take; 30 s when it is 0.
	Timeout time.Duration

	mu    sync.Mutex // one call at a time: a helper may have to unlock something first
	known map[string]*Credential
}

// Query is what a server asks for.
type Query struct {
	URL      *url.URL // of the repository
	Username string   // if it is known
	// Challenges are the values of WWW-Authenticate.
	Challenges []string
}

// Credential is what a helper answered, all of it: approve and reject want it back (git-credential, "INPUT/OUTPUT FORMAT").
type Credential struct {
	fields []field
}

type field struct{ key, value string }

// Format implements fmt.Formatter.
func (*Credential) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

func (c *Credential) get(key string) string {
	for _, f := range c.fields {
		if f.key == key {
			return f.value
		}
	}
	return ""
}

// header is the value of Authorization. Since git 2.46 a helper can name another scheme than Basic.
func (c *Credential) header() string {
	if scheme, v := c.get("authtype"), c.get("credential"); scheme != "" && v != "" {
		return scheme + " " + v
	}
	return basic(c.get("username"), c.get("password"))
}

func basic(username, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
}

// secrets are the texts that must not be printed.
func (c *Credential) secrets() []string {
	_, sent, _ := strings.Cut(c.header(), " ")
	s := []string{sent}
	for _, f := range c.fields {
		switch f.key {
		case "password", "credential", "oauth_refresh_token":
			s = append(s, f.value)
		}
	}
	return s
}

// place is for whom a credential holds: for all of a host, unless the answer names a path (credential.useHttpPath).
func (q *Query) place(path bool) string {
	p := q.URL.Scheme + "://" + q.Username + "@" + strings.ToLower(q.URL.Host)
	if path {
		p += q.URL.Path
	}
	return p
}

// errNone says that git has no credentials.
var errNone = errors.New("git has no credentials for it")

// Fill returns the credentials that a helper has, or that another repository of the host got from it already.
func (h *Helper) Fill(ctx context.Context, q Query) (*Credential, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, path := range []bool{true, false} {
		if c := h.known[q.place(path)]; c != nil {
			return c, nil
		}
	}
	out, err := h.call(ctx, "fill", q.fields())
	if err != nil {
		return nil, err
	}
	c, err := parseCredential(out)
	if err != nil {
		return nil, err
	}
	if h.known == nil {
		h.known = map[string]*Credential{}
	}
	h.known[q.place(c.get("path") != "")] = c
	return c, nil
}

// Approve tells the helpers that a server took the credential, so that they may keep it.
func (h *Helper) Approve(ctx context.Context, c *Credential) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.call(ctx, "approve", c.fields)
	return err
}

// Reject tells the helpers that a server does not take the credential, so that they forget it.
func (h *Helper) Reject(ctx context.Context, c *Credential) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	first := false
	for place, known := range h.known {
		if known == c {
			delete(h.known, place)
			first = true
		}
	}
	if !first {
		return nil // another repository of the host has said so, and there may be a better one by now
	}
	_, err := h.call(ctx, "reject", c.fields)
	return err
}

// fields is the query in git's words. The path is left out by git itself unless credential.useHttpPath is set.
func (q *Query) fields() []field {
	f := []field{
		{"capability[]", "authtype"},
		{"protocol", q.URL.Scheme},
		{"host", q.URL.Host},
		{"path", strings.TrimPrefix(q.URL.Path, "/")},
	}
	if q.Username != "" {
		f = append(f, field{"username", q.Username})
	}
	for _, c := range q.Challenges[:min(len(q.Challenges), 16)] {
		if len(c) <= 4<<10 {
			f = append(f, field{"wwwauth[]", c})
		}
	}
	return f
}

// encode writes the fields one a line. A value with a line end in it would be two fields: it is refused by name.
func encode(fields []field) ([]byte, error) {
	var b bytes.Buffer
	for _, f := range fields {
		if strings.ContainsAny(f.value, "\n\r\x00") {
			return nil, fmt.Errorf("%s: a line end or NUL in it", f.key)
		}
		b.WriteString(f.key + "=" + f.value + "\n")
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// maxAnswer bounds what git may print, in bytes.
const maxAnswer = 64 << 10

// parseCredential reads git's answer: key=value lines up to an empty one.
func parseCredential(out []byte) (*Credential, error) {
	if len(out) > maxAnswer {
		return nil, fmt.Errorf("git's answer has more than %d bytes", maxAnswer)
	}
	c := &Credential{}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, errors.New("git's answer has a line that is not key=value")
		}
		c.fields = append(c.fields, field{key, value})
	}
	hasBasic := c.get("username") != "" && c.get("password") != ""
	hasOther := c.get("authtype") != "" && c.get("credential") != ""
	if !hasBasic && !hasOther || c.get("quit") == "1" {
		return nil, errNone
	}
	for _, key := range []string{"username", "password", "authtype", "credential"} {
		if strings.ContainsFunc(c.get(key), func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, fmt.Errorf("the %s from git has a control character in it", key)
		}
	}
	return c, nil
}

// call runs git credential.
func (h *Helper) call(ctx context.Context, verb string, fields []field) ([]byte, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, errors.New("there is no git to ask for its credential helpers")
	}
	in, err := encode(fields)
	if err != nil {
		return nil, err
	}
	limit := h.Timeout
	if limit <= 0 {
		limit = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	// core.askPass, GIT_ASKPASS and SSH_ASKPASS are programs that ask a person; an empty name is none of them, and keeps git
	// from the next one (git-credential(1), gitcredentials(7)).
	cmd := exec.CommandContext(ctx, git, "-c", "core.askPass=", "-c", "credential.interactive=false", "credential", verb)
	cmd.Env = quiet(h.environ())
	cmd.Stdin = bytes.NewReader(in)
	var out, words limited
	cmd.Stdout, cmd.Stderr = &out, &words
	cmd.WaitDelay = time.Second // a helper that keeps the pipes open, such as a cache's daemon
	alone(cmd)
	err = cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("git credential %s: no answer within %v", verb, limit)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return nil, gitSays(verb, words.buf.String())
	}
	return out.buf.Bytes(), nil
}

// gitSays makes an error of what git printed. Without helpers, or when none knows the host, git wants to prompt and may not.
func gitSays(verb, words string) error {
	var said []string
	for line := range strings.Lines(words) {
		if !strings.Contains(line, "terminal prompts disabled") {
			said = append(said, strings.Fields(line)...)
		}
	}
	if len(said) == 0 {
		return errNone
	}
	return fmt.Errorf("git credential %s: %.300s", verb, strings.Join(said, " "))
}

func (h *Helper) environ() []string {
	if h.Environ != nil {
		return h.Environ()
	}
	return os.Environ()
}

// quiet is an environment in which neither git nor its helpers ask a person, nor trace what they are told.
func quiet(env []string) []string {
	out := slices.DeleteFunc(slices.Clone(env), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "GIT_ASKPASS", "SSH_ASKPASS", "GIT_TERMINAL_PROMPT", "GCM_INTERACTIVE", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX":
			return true
		}
		return strings.HasPrefix(name, "GIT_TRACE") || strings.HasPrefix(name, "GCM_TRACE")
	})
	return append(out, "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "GCM_INTERACTIVE=never")
}

// limited keeps the beginning of what is written to it: one byte more than may be.
type limited struct{ buf bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	l.buf.Write(p[:min(len(p), maxAnswer+1-l.buf.Len())])
	return len(p), nil
}
