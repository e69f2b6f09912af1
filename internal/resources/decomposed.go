package resources

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// Terraform composes every string (Unicode NFC): no configuration and no state can hold the
// decomposed names that some programs on macOS make. Such a path of a branch cannot be managed, as
// each plan would look for another one; an import says which it is and what to do.

// decomposedError: a branch has a path in another normal form than Terraform's.
type decomposedError struct{ have, want string }

func (e *decomposedError) Error() string {
	return fmt.Sprintf("the branch has no %q in composed Unicode (NFC), the only form that Terraform's strings have; it has the same name in another form, %s. "+
		"No configuration can name that. Rename it on the branch, commit and push, and import it then:\n\n  git mv %s %s",
		e.want, shellQuote(e.have), shellQuote(e.have), shellQuote(e.want))
}

// findDecomposed looks for what a branch calls by the same name in another normal form than NFC: a
// *decomposedError, or nil. Path is composed, and the branch has nothing there. What goes wrong
// meanwhile is no news: the path is not there.
func findDecomposed(ctx context.Context, b *gitwriter.Branch, path string) error {
	parts := strings.Split(path, "/")
	// No name that is the same in each form can be meant by another one: the search begins below.
	plain := 0
	for plain < len(parts)-1 && norm.NFD.String(parts[plain]) == parts[plain] {
		plain++
	}
	if norm.NFD.String(path) == path {
		return nil
	}
	files, err := b.List(ctx, strings.Join(parts[:plain], "/"))
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	for _, f := range files {
		names := strings.SplitN(f.Path, "/", len(parts)+1)
		if len(names) < len(parts) {
			continue
		}
		if have := strings.Join(names[:len(parts)], "/"); have != path && norm.NFC.String(have) == path {
			return &decomposedError{have: have, want: path}
		}
	}
	return nil
}

// shellQuote writes a path as bash and zsh read it, with every byte that a terminal or a clipboard
// may compose as a number.
func shellQuote(path string) string {
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(path) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}
