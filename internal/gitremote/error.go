package gitremote

import (
	"errors"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Error is a failed operation on a remote. Its texts hold no secrets.
type Error = exchange.Error

// The kinds of an [Error], for errors.Is.
var (
	ErrURL            = exchange.ErrURL
	ErrInsecure       = exchange.ErrInsecure
	ErrAuthentication = exchange.ErrAuthentication
	ErrForbidden      = exchange.ErrForbidden
	ErrNotFound       = exchange.ErrNotFound
	ErrHostKey        = exchange.ErrHostKey
	ErrTLS            = exchange.ErrTLS
	ErrProtocol       = exchange.ErrProtocol
	ErrServer         = exchange.ErrServer
	ErrTooLarge       = exchange.ErrTooLarge
	ErrTransient      = exchange.ErrTransient
)

// Unknown reports whether a Push failed in a way that leaves open whether the server acted on it.
// Then only the reference itself tells.
func Unknown(err error) bool { return errors.Is(err, gitwire.ErrUnknown) }

// Transient reports whether another attempt later may succeed.
func Transient(err error) bool { return errors.Is(err, ErrTransient) }
