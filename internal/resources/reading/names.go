package reading

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"golang.org/x/text/unicode/norm"
)

// names are the names of a list as Terraform can hold them. Its strings are UTF-8 in composed form
// (NFC), and Git's names are any bytes: a name that is no UTF-8 is left out, and counted. A name in
// another form is given in composed form, unless there is another entry of that name.
type names struct {
	taken map[string]bool
	left  int
	first []string // of those that were left out, quoted
}

// mostQuoted bounds the names that a warning quotes.
const mostQuoted = 5

// newNames knows those of all names that Terraform holds as they are.
func newNames[T any](all []T, name func(T) string) *names {
	n := &names{taken: make(map[string]bool)}
	for _, x := range all {
		if s := name(x); utf8.ValidString(s) && norm.NFC.IsNormalString(s) {
			n.taken[s] = true
		}
	}
	return n
}

// of is a name as Terraform holds it; false for one that is left out.
func (n *names) of(name string) (string, bool) {
	if !utf8.ValidString(name) {
		n.leave(name)
		return "", false
	}
	composed := norm.NFC.String(name)
	if composed == name {
		return name, true
	}
	if n.taken[composed] {
		n.leave(name)
		return "", false
	}
	n.taken[composed] = true
	return composed, true
}

func (n *names) leave(name string) {
	n.left++
	if len(n.first) < mostQuoted {
		n.first = append(n.first, fmt.Sprintf("%+q", name))
	}
}

// warn is a warning of the names that were left out, none if there are none. things are "files".
func (n *names) warn(things string, about question) diag.Diagnostics {
	if n.left == 0 {
		return nil
	}
	err := fmt.Errorf("%d %s are left out: their names are not UTF-8, or differ from another name only in the composition of letters (Unicode NFC), "+
		"and Terraform's strings can hold neither. They are %s", n.left, things, strings.Join(n.first, ", "))
	if n.left > len(n.first) {
		err = fmt.Errorf("%w and others", err)
	}
	return diag.Diagnostics{diag.NewWarningDiagnostic("Names that Terraform cannot hold", about.detail(err))}
}
