package gitcred

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Helper asks git's credential helpers, through a git binary, and never a person: Terraform may run
// unattended, and would wait forever. Secrets are passed through pipes, never as arguments.
type Helper struct {
	// Environ returns the environment of git; nil is os.Environ.
	Environ func() []string
	// Timeout bounds the time for a call of git; 0 is 30 s.
	Timeout time.Duration

	mu       sync.Mutex // held during a call: a helper may have to unlock something first
	known    map[string]*Credential
	told     map[string]bool            // the approvals that the helpers were told, by scope and credential
	standing map[string]map[string]bool // by credential: the repositories that accepted it last
	sections []section                  // of git's configuration that hold for certain URLs
	read     bool                       // of git's configuration that hold for certain URLs
	all      bool                       // sections could not be read: git is asked for each repository separately
}

// Query is a server's request for credentials.
type Query struct {
	URL      *url.URL // of the repository
	Username string   // if it is known
	// Challenges are the values of WWW-Authenticate.
	Challenges []string
}

// noneError says that git has no credentials for a repository.
type noneError struct {
	helpers string // how helpers ended that might have had some; "" when none of them failed
}

// Error names the helpers that failed, if any did.
func (e *noneError) Error() string { return "git has no credentials for it" + e.helpers }

// Fill returns the credentials that git has for a repository. It reuses the credentials of another
// repository if git would get the same query and its configuration does not distinguish the two
// paths.
func (h *Helper) Fill(ctx context.Context, q Query) (*Credential, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	scope, err := h.scopeLocked(ctx, q)
	if err != nil {
		return nil, err
	}
	if c := h.known[scope]; c != nil {
		return c, nil
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
	h.known[scope] = c
	return c, nil
}

// Approve tells the helpers that the server of a repository accepted the credential, so that they
// may keep it.
func (h *Helper) Approve(ctx context.Context, q Query, c *Credential) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := c.identity(q)
	if h.standing == nil {
		h.standing, h.told = map[string]map[string]bool{}, map[string]bool{}
	}
	if h.standing[id] == nil {
		h.standing[id] = map[string]bool{}
	}
	h.standing[id][q.URL.String()] = true
	scope, err := h.scopeLocked(ctx, q)
	if err != nil {
		return err
	}
	if h.told[scope+id] {
		return nil
	}
	h.told[scope+id] = true
	_, err = h.call(ctx, "approve", c.about(q))
	return err
}

// Reject tells the helpers that the server of a repository refused the credential, so that they
// forget it. They are not told while another repository is open with the same credential: then the
// refusal is about the repository, and their entry is good.
func (h *Helper) Reject(ctx context.Context, q Query, c *Credential) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	scope, err := h.scopeLocked(ctx, q)
	if err != nil {
		return err
	}
	id := c.identity(q)
	delete(h.standing[id], q.URL.String())
	if now := h.known[scope]; now == nil || now.identity(q) != id {
		return nil // another repository has reported the refusal, and there may be a better credential by now
	}
	delete(h.known, scope)
	if len(h.standing[id]) > 0 {
		return nil
	}
	delete(h.told, scope+id)
	_, err = h.call(ctx, "reject", c.about(q))
	return err
}

// scopeLocked returns the same text for two queries that git must answer alike: all the fields that
// the helpers get, and the path where git's configuration depends on it.
func (h *Helper) scopeLocked(ctx context.Context, q Query) (string, error) {
	if err := h.readSectionsLocked(ctx); err != nil {
		return "", err
	}
	fields := q.fields()
	if !h.all && !dependsOnPath(h.sections, q.URL) {
		fields = fields[:0:0]
		for _, f := range q.fields() {
			if f.key != "path" {
				fields = append(fields, f)
			}
		}
	}
	text, err := encode(fields)
	return string(text), err
}

// identity distinguishes credentials: by the host, the header sent to it, and the path of an entry
// that is kept for a single path.
func (c *Credential) identity(q Query) string {
	return strings.Join([]string{q.URL.Scheme, strings.ToLower(q.URL.Host), c.get("path"), c.header()}, "\n")
}

// about returns the credential in the form in which the helpers of a repository are told of it. The
// path selects these helpers in git's configuration; git itself does not pass it on to them unless
// credential.useHttpPath is set (credential.c, credential_apply_config).
func (c *Credential) about(q Query) []field {
	if c.get("path") != "" {
		return c.fields
	}
	return append([]field{{"path", q.path()}}, c.fields...)
}
