package foreign

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
)

// Resource is a foreign resource, in the words of this provider.
type Resource struct {
	Repository Repository
	// Branch is the short name; "" stands for the repository's default branch, or, with Anywhere,
	// for a branch that the state does not tell.
	Branch   string
	Anywhere bool
	Files    []File // at least one; a single one for ToFile
}

// ErrUnsupported is the error of a foreign type that cannot be moved here.
var ErrUnsupported = errors.New("no resource of this type can be moved here")

// Read reads the state of a resource of another provider, as JSON, for the type to of this
// provider. address is the other provider's: of host/namespace/type only the type counts, as
// mirrors and forks have other hosts and namespaces. Errors name attributes and quote no values,
// but for the type.
func Read(address, typeName string, state []byte, to string) (Resource, error) {
	s, err := find(address, typeName, to)
	if err != nil {
		return Resource{}, err
	}
	var attributes object
	if err := json.Unmarshal(state, &attributes); err != nil || attributes == nil {
		return Resource{}, fmt.Errorf("the state of %s cannot be read: refresh it with a current version of its provider, and move it then", typeName)
	}
	r, err := s.read(attributes)
	if err != nil {
		return Resource{}, fmt.Errorf("the state of %s %w: apply it once with a current version of its provider, and move it then", typeName, err)
	}
	return r, nil
}

// find finds the row of the table.
func find(address, typeName, to string) (source, error) {
	for _, s := range sources {
		if s.name == typeName && s.to == to && strings.EqualFold(path.Base(address), s.provider) {
			return s, nil
		}
	}
	return source{}, fmt.Errorf("%w: %s of %s. A %s takes the place of %s. For other types use a removed block and an import block",
		ErrUnsupported, typeName, address, to, strings.Join(Types(to), ", "))
}

func (s *source) read(attributes object) (Resource, error) {
	repository, err := s.repositoryOf(attributes)
	if err != nil {
		return Resource{}, err
	}
	r := Resource{Repository: repository, Branch: s.branchOf(attributes), Anywhere: s.anywhere}
	r.Files, err = s.filesOf(attributes)
	return r, err
}

func (s *source) repositoryOf(attributes object) (Repository, error) {
	r := Repository{Type: s.name, Host: s.host}
	switch {
	case s.url != "":
		raw := attributes.text(s.url)
		if raw == "" {
			return r, missing(s.url)
		}
		if r.URL = giturl.Canonical(raw); r.URL == giturl.Unreadable {
			return r, fmt.Errorf("has a %s that this provider cannot use", s.url)
		}
	case s.repository != "":
		name := attributes.text(s.repository)
		if name == "" {
			return r, missing(s.repository)
		}
		r.named(attributes.text(s.owner), name)
	case s.id != "":
		r.ID = attributes.text(s.id)
	}
	return r, nil
}

// branchOf is the short name of the branch.
func (s *source) branchOf(attributes object) string {
	branch := attributes.text(s.branch)
	if branch == "" {
		if branch = attributes.text(s.ref); isID(branch) {
			branch = "" // of a commit
		}
	}
	return strings.TrimPrefix(branch, "refs/heads/")
}

// isID reports whether the text can be the id of a commit.
func isID(s string) bool { return len(s) == 40 && strings.Trim(s, "0123456789abcdef") == "" }

func missing(name string) error { return fmt.Errorf("has no %s", name) }

// object is a JSON object.
type object map[string]json.RawMessage

// text is a string; "" where there is none. Numbers, which older states have in place of strings,
// are taken as they are written.
func (o object) text(name string) string {
	s, _ := o.maybe(name)
	return s
}

// maybe is a string that may be empty; ok is false where there is none.
func (o object) maybe(name string) (s string, ok bool) {
	raw, there := o[name]
	if !there || string(raw) == "null" {
		return "", false
	}
	if json.Unmarshal(raw, &s) == nil {
		return s, true
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String(), true
	}
	return "", false
}

// is reports whether a boolean is true.
func (o object) is(name string) bool {
	var b bool
	return json.Unmarshal(o[name], &b) == nil && b
}
