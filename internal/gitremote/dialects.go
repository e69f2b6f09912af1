package gitremote

import (
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/hosts"
)

// kinds are the errors of the classes that say more than the status of an answer.
var kinds = map[hosts.Class]error{
	hosts.Credentials: ErrAuthentication, hosts.Rights: ErrForbidden, hosts.NotFound: ErrNotFound, hosts.Broken: ErrServer,
}

// explained gives an error the kind and the hint of a host's words, if they are known.
func (e *Error) explained(words string) bool { return e.take(hosts.Explain(e.Status, words)) }

// explainedCommand is explained for the words of a command that gave up.
func (e *Error) explainedCommand(words string) bool { return e.take(hosts.ExplainCommand(words)) }

func (e *Error) take(s hosts.Saying, ok bool) bool {
	if !ok {
		return false
	}
	e.Hint = s.Hint
	if kind := kinds[s.Class]; kind != nil {
		e.Kind = kind
	}
	return true
}

// signIn reports whether a page or an address is one where people log in: what hosts and proxies
// show to those whose credentials they do not know, instead of saying so.
func signIn(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc([]string{
		"signin", "sign-in", "sign_in", "sign in", "login", "log-in", "log in", "saml", "/sso", "oauth2", "/adfs", "single sign-on", "authenticate",
	}, func(s string) bool { return strings.Contains(text, s) })
}
