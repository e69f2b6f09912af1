package exchange

import (
	"context"
	"errors"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// Target is the repository that requests are for: the settings that its transport and its remote
// share. It is safe for concurrent use.
type Target struct {
	URL    string // without credentials, for messages
	Limits Limits
	Told   *Told // the mistakes that were reported in full; may be nil
	// Log receives a line for each event worth noting; it may be nil.
	Log func(ctx context.Context, format string, args ...any)
	// Secrets returns the texts that must not appear in any message; nil: there are none.
	Secrets func() []string

	mu      sync.Mutex
	closed  bool
	cancels map[*task]struct{}
	tasks   sync.WaitGroup
}

// task is work that goes on in the background.
type task struct{ cancel func() }

// Logf writes a line to Log.
func (t *Target) Logf(ctx context.Context, format string, args ...any) {
	if t.Log != nil {
		t.Log(ctx, format, args...)
	}
}

// Scrub returns s without the secrets.
func (t *Target) Scrub(s string) string {
	if t.Secrets == nil {
		return secret.Scrub(s)
	}
	return secret.Scrub(s, t.Secrets()...)
}

// ScrubError returns err, or an error with the scrubbed text if err's text holds a secret.
func (t *Target) ScrubError(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if clean := t.Scrub(text); clean != text {
		return &scrubbedError{text: clean, err: err}
	}
	return err
}

// scrubbedError answers errors.Is as err does and hides its text.
type scrubbedError struct {
	text string
	err  error
}

func (e *scrubbedError) Error() string { return e.text }

// Is compares the error that was scrubbed.
func (e *scrubbedError) Is(target error) bool { return errors.Is(e.err, target) }

// Go runs f in the background. Close calls cancel, which has to end f, and waits for f.
func (t *Target) Go(cancel, f func()) {
	own := &task{cancel}
	t.mu.Lock()
	closed := t.closed
	if !closed {
		if t.cancels == nil {
			t.cancels = map[*task]struct{}{}
		}
		t.cancels[own] = struct{}{}
	}
	t.mu.Unlock()
	if closed {
		cancel()
	}
	t.tasks.Go(func() {
		f()
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.cancels, own)
	})
}

// Closed reports whether Close was called.
func (t *Target) Closed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed
}

// Close ends the work in the background and waits for it. It may be called twice.
func (t *Target) Close() {
	t.mu.Lock()
	t.closed = true
	for own := range t.cancels {
		own.cancel()
	}
	t.mu.Unlock()
	t.tasks.Wait()
}
