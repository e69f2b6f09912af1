package gitwire

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Command moves a reference, if it still points to Old. Old is zero to create it, New to delete it.
type Command struct {
	Ref      string
	Old, New gitobj.ID
}

// Push asks to move references (gitprotocol-pack, "Reference Update Request"). A pack with the
// objects follows the request unless every command deletes.
type Push struct {
	Commands []Command
	Options  []string      // push options; only for a server that offers them
	Format   gitobj.Format // of the repository; 0 means SHA-1
	// Offer holds the server's capabilities where they are known: then the request uses no others.
	Offer *Capabilities
	// Thin says that the pack has deltas against objects that are not in it.
	Thin bool
	// Atomic says that the server carries out all commands or none; only for a server that offers
	// it.
	Atomic bool
}

// ErrNoThin says that the server takes no thin packs ("no-thin"), and that nothing was pushed.
var ErrNoThin = errors.New("the server takes no thin packs")

// ErrNoAtomic says that the server offers no atomic pushes ("atomic"), and that nothing was pushed.
var ErrNoAtomic = errors.New("the server offers no atomic pushes")

// capabilities returns the capabilities that a push uses, each after a space.
func (p Push) capabilities() string {
	var b strings.Builder
	// quiet: no progress of unpacking; the output of hooks still comes.
	for _, name := range []string{"report-status", "side-band-64k", "quiet"} {
		if p.Offer == nil || p.Offer.Has(name) {
			b.WriteString(" " + name)
		}
	}
	// Not of a server that was not asked what it offers: it matters to those alone that make
	// something else of a push, and these offer it.
	if p.Offer != nil && p.Offer.Has("report-status-v2") {
		b.WriteString(" report-status-v2")
	}
	if p.Atomic {
		b.WriteString(" atomic")
	}
	if len(p.Options) > 0 {
		b.WriteString(" push-options")
	}
	if p.Format == gitobj.SHA256 {
		b.WriteString(" object-format=sha256")
	}
	return b.String()
}

// NeedsPack reports whether a pack must follow: whether any command does more than delete.
func (p Push) NeedsPack() bool {
	for _, c := range p.Commands {
		if !c.New.IsZero() {
			return true
		}
	}
	return false
}

// Append appends everything before the pack.
func (p Push) Append(dst []byte) ([]byte, error) {
	if len(p.Commands) == 0 {
		return dst, errors.New("push: no command")
	}
	if p.Thin && p.Offer != nil && p.Offer.Has("no-thin") {
		return dst, fmt.Errorf("push: %w", ErrNoThin)
	}
	if p.Atomic && p.Offer != nil && !p.Offer.Has("atomic") {
		return dst, fmt.Errorf("push: %w", ErrNoAtomic)
	}
	format := p.Format
	if format == 0 {
		format = gitobj.SHA1
	}
	var line []byte
	for i, c := range p.Commands {
		if err := checkName(c.Ref); err != nil {
			return dst, fmt.Errorf("push: reference %w", err)
		}
		if c.Old.IsZero() && c.New.IsZero() {
			return dst, fmt.Errorf("push: reference %q: neither an old nor a new object", c.Ref)
		}
		line = line[:0]
		for _, id := range [...]gitobj.ID{c.Old, c.New} {
			if id.IsZero() {
				id = format.Zero()
			}
			if id.Format() != format {
				return dst, fmt.Errorf("push: reference %q: %s is not a %s object id", c.Ref, id, format)
			}
			line = append(id.AppendHex(line), ' ')
		}
		line = append(line, c.Ref...)
		if i == 0 {
			line = append(line, "\x00"+p.capabilities()...)
		}
		dst = AppendLine(dst, line)
	}
	dst = AppendFlush(dst)
	if len(p.Options) == 0 {
		return dst, nil
	}
	for _, o := range p.Options {
		if strings.ContainsAny(o, "\n\x00") || len(o) > maxName {
			return dst, fmt.Errorf("push: option %.80q is not one line of at most %d bytes", o, maxName)
		}
		dst = AppendLine(dst, o)
	}
	return AppendFlush(dst), nil
}
