package gitremote

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

const opRefs = "list references of"

// ListRefs lists the references whose full names begin with any of the prefixes ("HEAD",
// "refs/heads/main", "refs/heads/"); there must be a prefix. The list may hold more: a prefix
// "refs/heads/main" covers refs/heads/main-2 as well. Annotated tags come with Ref.Peeled, unless
// each prefix is HEAD or lies in refs/heads/.
//
// It is a single request. That no reference has exactly the name of a prefix is known at the end of
// the list: not every server sorts. A list of more than Limits.MaxRefs bytes is ErrTooLarge, unless
// the bytes before the limit answer for every name: it was in the list, or the list was sorted and
// had passed the position of the name. Prefixes that end at a slash are no names.
func (r *Remote) ListRefs(ctx context.Context, prefixes ...string) ([]gitwire.Ref, error) {
	req := gitwire.LsRefs{
		Prefixes: prefixes,
		Peel:     slices.ContainsFunc(prefixes, func(p string) bool { return p != "HEAD" && !strings.HasPrefix(p, "refs/heads/") }),
	}
	var refs []gitwire.Ref
	var names nameSearch
	err := r.lsRefs(ctx, req, func() func(gitwire.Ref) bool {
		refs = refs[:0]
		names = nameSearch{open: slices.Clone(prefixes)}
		return func(ref gitwire.Ref) bool {
			// Of a long list, the references asked for by name or directory are kept.
			if len(refs) < enoughRefs || slices.ContainsFunc(prefixes, func(p string) bool {
				return p == ref.Name || strings.HasSuffix(p, "/") && strings.HasPrefix(ref.Name, p)
			}) {
				refs = append(refs, ref)
			}
			return names.next(ref.Name) || len(refs) < enoughRefs
		}
	})
	if err != nil && (!errors.Is(err, ErrTooLarge) || !names.over()) {
		return nil, err
	}
	return refs, nil
}

// enoughRefs is the number of references after which reading stops once all the names were found.
// Below it the response is read to its end, which keeps the connection.
const enoughRefs = 500

// nameSearch looks for references by their names in a list of all references that begin with them.
type nameSearch struct {
	open     []string // names that were not found yet
	last     string
	passed   []string // of open, those whose position in a sorted list was passed
	unsorted bool
}

// next takes the name of the next reference of the list. It reports whether any name is left to
// look for.
func (s *nameSearch) next(name string) (more bool) {
	s.unsorted = s.unsorted || name < s.last
	s.last = name
	s.open = slices.DeleteFunc(s.open, func(p string) bool { return p == name })
	for _, p := range s.open { // a name sorts before its extensions
		if strings.HasPrefix(name, p) && !strings.HasSuffix(p, "/") && !slices.Contains(s.passed, p) {
			s.passed = append(s.passed, p)
		}
	}
	return len(s.open) > 0
}

// over reports whether every name was found, or is not in the list if the list, which was too long
// to be read to its end, is sorted.
func (s *nameSearch) over() bool {
	return !s.unsorted && !slices.ContainsFunc(s.open, func(p string) bool { return !slices.Contains(s.passed, p) })
}

// HasBranches reports whether the repository has any branch. It reads only the first.
func (r *Remote) HasBranches(ctx context.Context) (bool, error) {
	found := false
	err := r.lsRefs(ctx, gitwire.LsRefs{Prefixes: []string{"refs/heads/"}}, func() func(gitwire.Ref) bool {
		found = false
		return func(ref gitwire.Ref) bool {
			found = strings.HasPrefix(ref.Name, "refs/heads/")
			return !found
		}
	})
	return found, err
}

// HeadBranch returns the short name of the branch that HEAD names ("main"), whether or not the
// branch exists already; "" when HEAD names none or the server does not tell.
func (r *Remote) HeadBranch(ctx context.Context) (string, error) {
	refs, err := r.ListRefs(ctx, "HEAD")
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(refs, func(ref gitwire.Ref) bool { return ref.Name == "HEAD" }); i >= 0 {
		return shortBranch(refs[i].Target), nil
	}
	c, err := r.Capabilities(ctx)
	if err != nil {
		return "", err
	}
	if !c.Feature("ls-refs", "unborn") {
		return "", nil
	}
	name := ""
	err = r.lsRefs(ctx, gitwire.LsRefs{Prefixes: []string{"HEAD"}, Unborn: true}, func() func(gitwire.Ref) bool {
		name = ""
		return func(ref gitwire.Ref) bool {
			if ref.Name == "HEAD" {
				name = shortBranch(ref.Target)
			}
			return true
		}
	})
	return name, err
}

func shortBranch(ref string) string {
	if name, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
		return name
	}
	return ""
}

// lsRefs asks for references and hands them to a function until it returns false. start is called
// before each attempt and returns the function.
func (r *Remote) lsRefs(ctx context.Context, req gitwire.LsRefs, start func() (take func(gitwire.Ref) bool)) error {
	return r.server.retry(ctx, func() (again bool, err error) {
		if err := r.server.introduce(ctx, opRefs, ""); err != nil {
			return Transient(err), err
		}
		before := r.server.basis()
		learned, err := r.server.learn(ctx, before, r.lsRefsOnce(ctx, req, start()), "")
		if learned {
			err = r.lsRefsOnce(ctx, req, start())
		}
		return Transient(err), err
	})
}

func (r *Remote) lsRefsOnce(ctx context.Context, req gitwire.LsRefs, take func(gitwire.Ref) bool) error {
	format, older := r.server.facts.protocol()
	if older {
		return r.lsRefsV0(ctx, req, take)
	}
	req.Format = format
	body, err := req.Append(nil)
	if err != nil {
		return err
	}
	limit := r.server.target.Limits.MaxRefs
	resp, err := r.server.exchange(ctx, &exchange.Request{
		Op: opRefs, Service: exchange.UploadPack, V2: true, Lists: true, Limit: limit, Head: exchange.Bytes(body),
	})
	if err != nil {
		return err
	}
	lines := gitwire.NewReader(resp)
	defer lines.Release()
	for ref, err := range gitwire.Refs(lines) {
		if err != nil {
			e := resp.Failure(err)
			resp.Close()
			if errors.Is(err, exchange.ErrTooLong) {
				e.Err = fmt.Errorf("more than %d bytes of references begin with %q", limit, req.Prefixes)
			}
			return e
		}
		r.server.facts.sawFormat(ref.ID.Format()) // a server that lists them unasked: not git's own
		if !take(ref) {
			break
		}
	}
	resp.Finish()
	return nil
}
