package remote

import "github.com/nanogit/terraform-provider-nanogit/internal/secret"

// Failure is the error of a store's operation.
type Failure struct {
	Op     string // the operation, such as "get 12 objects"
	Target string // the location, such as "redis at 127.0.0.1:6379"; without credentials
	Next   string // the next step for the reader; may be empty
	Err    error

	secrets []string
}

// Error returns the operation, the location, the cause and the next step, and no secret.
func (f *Failure) Error() string {
	s := "object cache in " + f.Target + ": " + f.Op + ": " + secret.Scrub(f.Err.Error(), f.secrets...)
	if f.Next != "" {
		s += "; " + f.Next
	}
	return s
}

// Unwrap returns the cause, whose text is not redacted.
func (f *Failure) Unwrap() error { return f.Err }

// Site is the location of a store's server, and the secrets that must never be printed about it.
type Site struct {
	Target  string
	Secrets []string
	Next    func(error) string // the next step for a cause; may be nil
}

// Fail returns the Failure of op, and nil for nil.
func (s *Site) Fail(op string, err error) error {
	if err == nil {
		return nil
	}
	f := &Failure{Op: op, Target: s.Target, Err: err, secrets: s.Secrets}
	if s.Next != nil {
		f.Next = s.Next(err)
	}
	return f
}
