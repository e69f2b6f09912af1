package resources

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// Terraform composes every string (Unicode NFC): no configuration and no state can hold the
// decomposed names that some programs on macOS make. A file at such a path can be imported under
// its composed name; private state has the path that the branch has, and the next apply renames the
// file. A directory cannot; its import names it and the way out.

// decomposedError: a branch has a path in another normal form than Terraform's.
type decomposedError struct{ have, want string }

// Error implements error.
func (e *decomposedError) Error() string {
	return fmt.Sprintf("the branch has no %q in composed Unicode (NFC), the only form that Terraform's strings have; it has the same name in another form, %s. "+
		"No configuration can name that. Rename it on the branch, commit and push, and import it then:\n\n  git mv %s %s",
		e.want, shellQuote(e.have), shellQuote(e.have), shellQuote(e.want))
}

// findDecomposed is a *decomposedError for a path of which the branch has another normal form, or
// nil.
func findDecomposed(ctx context.Context, b *gitqueue.Branch, path string) error {
	if have := decomposedOf(ctx, b, path); have != "" {
		return &decomposedError{have: have, want: path}
	}
	return nil
}

// decomposedOf is the path of the same name in another normal form than NFC, or "". Path is
// composed, and the branch has nothing there. An error meanwhile is no news: the path is not there.
func decomposedOf(ctx context.Context, b *gitqueue.Branch, path string) string {
	parts := strings.Split(path, "/")
	// A name that is the same in each form has no other spelling: the search begins below.
	plain := 0
	for plain < len(parts)-1 && norm.NFD.String(parts[plain]) == parts[plain] {
		plain++
	}
	if norm.NFD.String(path) == path {
		return ""
	}
	files, err := b.List(ctx, strings.Join(parts[:plain], "/"))
	if err != nil {
		return ""
	}
	for _, f := range files {
		names := strings.SplitN(f.Path, "/", len(parts)+1)
		if len(names) < len(parts) {
			continue
		}
		if have := strings.Join(names[:len(parts)], "/"); have != path && norm.NFC.String(have) == path {
			return have
		}
	}
	return ""
}

// lookupDecomposed finds the file of a resource whose path the branch has in another normal form,
// by an import or as private state names it. The entry has the path of the resource.
func lookupDecomposed(ctx context.Context, t session.Target, imported bool, known string) (have gitread.Entry, decomposed string, err error) {
	path := t.Path
	if decomposed = known; imported {
		decomposed = decomposedOf(ctx, t.Branch, path)
	}
	if decomposed == "" {
		return gitread.Entry{Path: path}, "", nil
	}
	t.Path = decomposed
	have, err = lookupFile(ctx, t)
	have.Path = path
	if !have.Exists() {
		decomposed = ""
	}
	return have, decomposed, err
}

// errRaw: a file is to get its composed name.
var errRaw = errors.New("the branch has this path in decomposed Unicode, as some programs on macOS write it, and Terraform's strings are composed (NFC). " +
	"The apply renames the file, in one commit; its content stays")

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
