package gitremote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

const opRefs = "list references of"

// ListRefs lists the references whose full names begin with one of the prefixes ("HEAD",
// "refs/heads/main", "refs/heads/"), of which there must be one. The answer may hold more than was
// asked for: prefixes do not end at a slash. Annotated tags come with Ref.Peeled when a prefix lies
// in refs/tags/.
//
// It is one request. That a reference of the very name of a prefix does not exist is known at the
// end of the list: not every server sorts. Lists of more than Limits.MaxRefs bytes are ErrTooLarge,
// unless all names came before that, or the list was in order as far as it went, and beyond the
// place of those that did not; prefixes that end at a slash are no names.
func (r *Remote) ListRefs(ctx context.Context, prefixes ...string) ([]gitwire.Ref, error) {
	req := gitwire.LsRefs{
		Prefixes: prefixes,
		Peel:     slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(p, "refs/tags/") }),
	}
	var refs []gitwire.Ref
	var names search
	err := r.lsRefs(ctx, req, func() func(gitwire.Ref) bool {
		refs = refs[:0]
		names = search{open: slices.Clone(prefixes)}
		return func(ref gitwire.Ref) bool {
			// Of a long list, the references asked for by name or directory are kept.
			if len(refs) < enoughRefs || slices.ContainsFunc(prefixes, func(p string) bool {
				return p == ref.Name || strings.HasSuffix(p, "/") && strings.HasPrefix(ref.Name, p)
			}) {
				refs = append(refs, ref)
			}
			return names.pass(ref.Name) || len(refs) < enoughRefs
		}
	})
	if err != nil && (!errors.Is(err, ErrTooLarge) || !names.over()) {
		return nil, err
	}
	return refs, nil
}

// enoughRefs is after how many references reading stops once all the names asked for were found.
// Below it the answer is read to its end, which keeps the connection.
const enoughRefs = 500

// search is for references of some names in a list of all that begin with them.
type search struct {
	open     []string // names that did not come yet
	last     string
	passed   []string // of open, those whose place in an ordered list was passed
	unsorted bool
}

// pass takes the next reference of the list. It reports whether any name is left to look for.
func (s *search) pass(name string) (more bool) {
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

// over reports whether all names came, or would have come if the list, which was too long to be
// read to its end, goes on as it began.
func (s *search) over() bool {
	return !s.unsorted && !slices.ContainsFunc(s.open, func(p string) bool { return !slices.Contains(s.passed, p) })
}

// HasBranches reports whether the repository has any branch. It reads the first one only.
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

// HeadBranch is the branch that HEAD names, short ("main"), whether or not it exists already; ""
// when HEAD names none or the server does not tell.
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

// lsRefs asks for references and hands them out until see says false. start is called before each
// attempt.
func (r *Remote) lsRefs(ctx context.Context, req gitwire.LsRefs, start func() (see func(gitwire.Ref) bool)) error {
	return r.retry(ctx, func() (again bool, err error) {
		if err := r.introduce(ctx, opRefs, ""); err != nil {
			return Transient(err), err
		}
		before := r.knowledge()
		learned, err := r.learn(ctx, before, r.lsRefsOnce(ctx, req, start()), "")
		if learned {
			err = r.lsRefsOnce(ctx, req, start())
		}
		return Transient(err), err
	})
}

func (r *Remote) lsRefsOnce(ctx context.Context, req gitwire.LsRefs, see func(gitwire.Ref) bool) error {
	r.mu.Lock()
	req.Format = r.format
	older := r.older
	r.mu.Unlock()
	if older {
		return r.lsRefsV0(ctx, req, see)
	}
	body, err := req.Append(nil)
	if err != nil {
		return err
	}
	c := r.upload(opRefs, body, r.limits.MaxRefs)
	c.lists = true
	resp, err := r.exchange(ctx, c)
	if err != nil {
		return err
	}
	lines := gitwire.NewReader(resp)
	defer lines.Release()
	for ref, err := range gitwire.Refs(lines) {
		if err != nil {
			e := resp.failure(err)
			resp.close()
			if errors.Is(err, errTooLarge) {
				e.Err = fmt.Errorf("more than %d bytes of references begin with %q", r.limits.MaxRefs, req.Prefixes)
			}
			return e
		}
		r.notice(ref.ID.Format()) // a server that lists them unasked: not git's own
		if !see(ref) {
			break
		}
	}
	resp.finish()
	return nil
}

// upload is a request to git-upload-pack.
func (r *Remote) upload(op string, body []byte, limit int64) *call {
	return &call{
		op: op, path: "/" + uploadPack, service: uploadPack, v2: true, limit: limit,
		body: func() io.Reader { return bytes.NewReader(body) }, size: int64(len(body)),
	}
}
