package provider

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// names adds the full names of a schema's attributes ("commit.author.name") to all.
func names(above string, attributes []*tfprotov6.SchemaAttribute, all map[string]bool) {
	for _, a := range attributes {
		all[above+a.Name] = true
		if a.NestedType != nil {
			names(above+a.Name+".", a.NestedType.Attributes, all)
		}
	}
}

// texts are the string literals of the packages that speak to users: hints, errors, descriptions.
// Test files are left out, and so are literals that are no sentence.
func texts(t *testing.T, of ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, dir := range of {
		err := filepath.WalkDir(filepath.Join("..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				if s, err := strconv.Unquote(lit.Value); err == nil && strings.Count(s, " ") >= 2 {
					found[set.Position(lit.Pos()).String()] = s
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

var (
	// dotted is a name of several parts, such as limits.request_timeout.
	dotted = regexp.MustCompile(`(?:^|[^\w./@-])([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+)`)
	// assigned matches a name that a hint tells users to set: "set token to", "set conflict = ",
	// "set auth (".
	assigned = regexp.MustCompile(`\b(?:[Ss]et|raise|[Uu]se|unset) ([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)(?: (?:to|in|here)\b| =|,| or | \()`)
)

// foreign are names in hints that are somebody else's settings: git's, an SSH client's, a host's,
// Terraform's.
var foreign = []string{
	"up", "it", "them", "that", "those", "this", "these", "one", "another", "an", "a", "the", "both", "either", "at", "only", "for", "by", "of", "as",
}

// Every attribute that a hint, an error or a description names exists.
func TestHintsNameAttributesThatExist(t *testing.T) {
	t.Parallel()
	schemas, err := NewServer(New("test"))().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	names("", schemas.Provider.Block.Attributes, all)
	for _, s := range schemas.ResourceSchemas {
		names("", s.Block.Attributes, all)
	}
	for _, s := range schemas.DataSourceSchemas {
		names("", s.Block.Attributes, all)
	}
	last := map[string]bool{} // last elements of names: a hint may leave out the path to it
	for name := range all {
		last[name[strings.LastIndexByte(name, '.')+1:]] = true
	}
	checked := 0
	for where, text := range texts(t, "hosts", "gitremote", "gitwriter", "gitcred", "gitsign", "giturl", "sshclient", "resources", "provider", "packstage", "objstore", "intent") {
		for _, m := range dotted.FindAllStringSubmatch(text, -1) {
			root, _, _ := strings.Cut(m[1], ".")
			if !all[root] || all[m[1]] {
				continue
			}
			if isKey(all, m[1]) {
				continue
			}
			t.Errorf("%s names %s, which does not exist:\n%s", where, m[1], text)
		}
		for _, m := range assigned.FindAllStringSubmatch(text, -1) {
			if name := m[1]; !slices.Contains(foreign, name) && !strings.Contains(name, ".") {
				if checked++; !all[name] && !last[name] {
					t.Errorf("%s tells to set %s, which does not exist:\n%s", where, name, text)
				}
			}
		}
	}
	if checked < 10 {
		t.Errorf("%d names were found in hints: this test looks at nothing", checked)
	}
}

// isKey reports whether a name is an attribute with a key of the user's below it, or a method of a
// value: no attribute has further ones beneath it there.
func isKey(all map[string]bool, name string) bool {
	for i := len(name); i > 0; {
		if i = strings.LastIndexByte(name[:i], '.'); i < 0 {
			return false
		}
		if at := name[:i]; all[at] {
			for other := range all {
				if strings.HasPrefix(other, at+".") {
					return false
				}
			}
			return true
		}
	}
	return false
}
