package gitcred

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Helper asks git's credential helpers, through a git binary, and never a person: whoever runs
// Terraform unattended would wait forever. Secrets pass through pipes, never through arguments.
type Helper struct {
	// Environ is the environment of git, os.Environ when it is nil.
	Environ func() []string
	// Timeout is how long one call of git may take; 30 s when it is 0.
	Timeout time.Duration

	mu       sync.Mutex // one call at a time: a helper may have to unlock something first
	known    map[string]*Credential
	told     map[string]bool            // the approvals that the helpers have heard, by scope and credential
	standing map[string]map[string]bool // by credential: the repositories that accepted it last
	sections []section                  // of git's configuration that hold for certain URLs
	read     bool                       // whether sections were read
	all      bool                       // sections could not be read: each repository is asked for by itself
}

// Query is what a server asks for.
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

// Fill returns the credentials that git has for a repository. The answer for another repository is
// taken where git was asked the same and its configuration does not tell the two paths apart.
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
		return nil // another repository has reported the refusal, and there may be a better one by now
	}
	delete(h.known, scope)
	if len(h.standing[id]) > 0 {
		return nil
	}
	delete(h.told, scope+id)
	_, err = h.call(ctx, "reject", c.about(q))
	return err
}

// scopeLocked is the same text for two queries when git is bound to answer them alike: all that the
// helpers are told, and the path where git's configuration depends on it.
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

// identity tells credentials apart: the host and what is sent to it, and the path of an entry that
// is kept for one path.
func (c *Credential) identity(q Query) string {
	return strings.Join([]string{q.URL.Scheme, strings.ToLower(q.URL.Host), c.get("path"), c.header()}, "\n")
}

// about is the credential as the helpers of a repository are told of it. The path selects these
// helpers in git's configuration; git itself leaves it out of what they are told, unless
// credential.useHttpPath is set (credential.c, credential_apply_config).
func (c *Credential) about(q Query) []field {
	if c.get("path") != "" {
		return c.fields
	}
	return append([]field{{"path", q.path()}}, c.fields...)
}
