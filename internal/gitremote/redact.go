package gitremote

import (
	"errors"

	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// redactor takes the secrets of credentials out of text.
type redactor struct {
	auth  Auth   // may be nil
	extra []Auth // credentials that were in the URL
}

// scrub is secret.Scrub for all that the credentials hold now.
func (r redactor) scrub(s string) string {
	var secrets []string
	for _, a := range r.extra {
		secrets = append(secrets, a.Secrets()...)
	}
	if r.auth != nil {
		secrets = append(secrets, r.auth.Secrets()...)
	}
	return secret.Scrub(s, secrets...)
}

// err is e with a scrubbed text, if that makes a difference.
func (r redactor) err(e error) error {
	if e == nil {
		return nil
	}
	text := e.Error()
	if clean := r.scrub(text); clean != text {
		return &scrubbedError{text: clean, err: e}
	}
	return e
}

type scrubbedError struct {
	text string
	err  error
}

func (e *scrubbedError) Error() string        { return e.text }
func (e *scrubbedError) Is(target error) bool { return errors.Is(e.err, target) }
