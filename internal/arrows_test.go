// Package internal_test holds the arrows between this module's packages, in the manner of
// go/build's deps_test.go.
package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/nanogit/terraform-provider-nanogit"

// arrows lists the packages of this module that each package may import, tests aside. Every package
// has a line, and stands before the packages that import it, so there are no circles.
const arrows = `
	internal/gitobj
	internal/gitpack               internal/gitobj
	internal/gittree               internal/gitobj
	internal/gitwire               internal/gitobj
	internal/hosts                 internal/gitwire
	internal/giturl
	internal/secret
	internal/sshclient             internal/giturl internal/secret
	internal/gitsign               internal/secret internal/sshclient
	internal/gitremote/exchange    internal/gitwire internal/hosts internal/secret
	internal/gitremote/httpwire    internal/gitremote/exchange internal/gitwire internal/secret
	internal/gitremote/pipewire    internal/gitremote/exchange internal/giturl internal/gitwire internal/sshclient
	internal/gitremote             internal/gitobj internal/giturl internal/gitremote/exchange internal/gitremote/httpwire internal/gitremote/pipewire internal/gitwire internal/hosts internal/sshclient
	internal/awscred
	internal/githubapi             internal/gitobj internal/secret
	internal/gitcred               internal/awscred internal/githubapi internal/secret
	internal/objstore              internal/gitobj
	internal/objstore/objstoretest internal/gitobj internal/objstore
	internal/objstore/disk         internal/gitobj internal/objstore
	internal/telemetry
	internal/objstore/remote       internal/gitobj internal/objstore internal/secret
	internal/objstore/redis        internal/gitobj internal/objstore internal/objstore/remote
	internal/objstore/postgres     internal/gitobj internal/objstore internal/objstore/remote internal/secret
	internal/objstore/s3           internal/awscred internal/gitobj internal/objstore internal/objstore/remote
	internal/packstage             internal/gitobj internal/gitpack
	internal/gitread               internal/gitobj internal/gitpack internal/gitwire internal/objstore
	internal/gitwriter             internal/gitobj internal/gitpack internal/gitread internal/gittree internal/gitwire internal/objstore internal/packstage
	internal/gitqueue              internal/gitobj internal/gitwriter
	internal/intent
	internal/gitpatch              internal/gitobj
	internal/gitattr
	internal/fileedit/key
	internal/resources/filecontent internal/gitobj
	internal/resources/foreign       internal/gitobj internal/giturl
	internal/resources/packedmap
	internal/resources/textdiff
	internal/resources/tfmodel
	internal/resources/functions   internal/gitobj internal/giturl internal/resources/filecontent
	internal/resources/session     internal/resources/filecontent internal/gitattr internal/gitobj internal/giturl internal/gitread internal/gitwriter internal/gitqueue internal/intent
	internal/resources             internal/gitobj internal/giturl internal/gitread internal/gitwriter internal/gitqueue internal/intent internal/resources/filecontent internal/resources/packedmap internal/resources/session internal/resources/textdiff internal/resources/tfmodel internal/resources/foreign
	internal/resources/listing     internal/gitobj internal/gitqueue internal/gitread internal/resources internal/resources/filecontent internal/resources/session
	internal/resources/promote     internal/gitqueue internal/gitread internal/gitwriter internal/resources internal/resources/session
	internal/resources/reading     internal/gitobj internal/giturl internal/gitread internal/gitqueue internal/resources/filecontent internal/resources/session internal/resources/tfmodel internal/resources internal/gitpatch
	internal/provider              internal/gitobj internal/giturl internal/sshclient internal/gitpack internal/gitwire internal/gitcred internal/gitremote internal/gitsign internal/objstore internal/objstore/disk internal/objstore/redis internal/objstore/postgres internal/objstore/s3 internal/packstage internal/gitread internal/gitwriter internal/gitqueue internal/intent internal/resources/packedmap internal/resources internal/resources/reading internal/resources/session internal/secret internal/githubapi internal/resources/functions internal/resources/listing internal/resources/promote
	internal/lean
	.                              internal/intent internal/lean internal/provider internal/telemetry
	internal/test/gittest
	internal/test/wirescript       internal/gitobj internal/gitwire
	internal/test/writertest       internal/gitobj internal/gitpack internal/test/gittest internal/gitremote internal/gitwire internal/gitread internal/gitwriter internal/gitqueue internal/objstore internal/packstage
	internal/test/peak             internal/lean
	internal/test/miniengine
	internal/test/cachetest
	internal/test/acctest          internal/gitobj internal/test/gittest internal/test/peak internal/provider
	internal/test/benchclient      internal/gitobj internal/gitremote internal/gitread internal/gitwriter internal/lean internal/packstage
	internal/test/bench            internal/test/gittest
	internal/test/bench/launcher
	internal/test/benchcharts
	internal/test/demo             internal/test/gittest
	internal/test/targets
	internal/test/docschema        internal/provider
`

// onTestSide reports whether no user ever runs a package: nothing of it may be in the provider's
// binary.
func onTestSide(pkg string) bool {
	return strings.HasPrefix(pkg, "internal/test/") || pkg == "internal/objstore/objstoretest"
}

// Imports from outside of the module: by prefix of the import path, the packages that may have
// them, tests aside.
var outside = map[string][]string{
	"github.com/hashicorp/terraform-": {".", "internal/provider", "internal/resources", "internal/resources/packedmap", "internal/resources/reading", "internal/resources/session", "internal/resources/tfmodel", "internal/test/acctest", "internal/test/miniengine", "internal/resources/functions", "internal/resources/listing", "internal/resources/promote", "internal/test/docschema"},
	"net/http":                        {"internal/gitremote/httpwire", "internal/awscred", "internal/gitcred", "internal/provider", "internal/test/gittest", "internal/test/wirescript", "internal/objstore/s3", "internal/githubapi"},
	"testing":                         {"internal/test/gittest", "internal/test/writertest", "internal/test/peak", "internal/test/cachetest", "internal/test/acctest", "internal/objstore/objstoretest"},
}

// temporary are the packages that may make temporary files, tests aside.
var temporary = []string{"internal/packstage", "internal/intent", "internal/objstore/disk", "internal/test/gittest", "internal/test/cachetest", "internal/test/demo", "internal/test/acctest"}

// parseArrows reads the table and checks that it is in order.
func parseArrows(t *testing.T) map[string][]string {
	t.Helper()
	table := map[string][]string{}
	for line := range strings.Lines(arrows) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		for _, to := range fields[1:] {
			if _, ok := table[to]; !ok {
				t.Fatalf("the table: %s may import %s, which has no line above it", fields[0], to)
			}
		}
		table[fields[0]] = fields[1:]
	}
	return table
}

// goList runs go list from the module's root and returns the lines.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	cmd.Dir = ".."
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %q: %v\n%s", args, err, stderr.String())
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// short returns a package of this module relative to it: "internal/gitobj", "." for the root.
// Others stay as they are.
func short(importPath string) string {
	if importPath == module {
		return "."
	}
	return strings.TrimPrefix(importPath, module+"/")
}

func ours(importPath string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
}

func TestArrowsPointDown(t *testing.T) {
	t.Parallel()
	table := parseArrows(t)
	for _, line := range goList(t, "-f", `{{if .GoFiles}}{{.ImportPath}} {{join .Imports " "}}{{end}}`, "./...") {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue // tests only
		}
		from := short(fields[0])
		allowed, ok := table[from]
		if !ok {
			t.Errorf("%s has no line in the table of arrows", from)
			continue
		}
		for _, to := range fields[1:] {
			if ours(to) && !slices.Contains(allowed, short(to)) {
				t.Errorf("%s imports %s, which the table of arrows does not allow", from, short(to))
			}
			for prefix, may := range outside {
				if (to == prefix || strings.HasPrefix(to, prefix) && strings.HasSuffix(prefix, "-")) && !slices.Contains(may, from) {
					t.Errorf("%s imports %s, which is for %s", from, to, strings.Join(may, ", "))
				}
			}
		}
	}
}

func TestProviderHoldsNothingOfTheTestSide(t *testing.T) {
	t.Parallel()
	for _, dep := range goList(t, "-deps", ".") {
		if ours(dep) && onTestSide(short(dep)) {
			t.Errorf("the provider's binary holds %s", short(dep))
		}
	}
}

func TestTemporaryFilesAreMadeInFewPlaces(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		from := path.Join("internal", filepath.ToSlash(filepath.Dir(file)))
		if slices.Contains(temporary, from) {
			return nil
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "os" && slices.Contains([]string{"CreateTemp", "MkdirTemp", "TempDir"}, sel.Sel.Name) {
				t.Errorf("%s uses os.%s: temporary files are for %s", file, sel.Sel.Name, strings.Join(temporary, ", "))
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
