package internal_test

import (
	"bufio"
	"cmp"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// maxColumns is where a line of a comment ends at the latest; a tab counts as four.
const maxColumns = 100

// goFiles calls do for each Go file of the module.
func goFiles(t *testing.T, do func(name string) error) {
	t.Helper()
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if d.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		return do(name)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestCommentsEndAtTheirColumn looks at the lines that are comments alone. A picture or an example,
// which a tab begins, may be wider, and so may the output of an example.
func TestCommentsEndAtTheirColumn(t *testing.T) {
	t.Parallel()
	checked := 0
	goFiles(t, func(name string) error {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<20)
		for n := 1; lines.Scan(); n++ {
			line := strings.TrimLeft(lines.Text(), "\t")
			if !strings.HasPrefix(line, "// ") || strings.HasPrefix(line, "// Output:") {
				continue
			}
			checked++
			columns := utf8.RuneCountInString(line) + 4*(len(lines.Text())-len(line))
			if columns > maxColumns {
				t.Errorf("%s:%d: a comment of %d columns, and %d are the limit", name, n, columns, maxColumns)
			}
		}
		return lines.Err()
	})
	if checked < 5_000 {
		t.Errorf("only %d lines of comments were checked", checked)
	}
}

// A comment that avoids a noun has many of these pronouns. The limits count per 1,000 words of the
// module's comments, and of each package's that has at least ownWords of them.
const (
	maxWhat  = 3
	maxOne   = 4
	ownWords = 1_000
)

var (
	word    = regexp.MustCompile(`[A-Za-z][A-Za-z'’]*`)
	pronoun = regexp.MustCompile(`(?i)^(what|one)$`)
)

// wording counts the words of the comments of a package or of the module.
type wording struct {
	words, what, one int
	lines            []string // with a pronoun, as "file:line: text"
}

// add counts the words of a line of a comment.
func (w *wording) add(place, line string) {
	words := word.FindAllString(line, -1)
	w.words += len(words)
	if found := slices.DeleteFunc(words, func(s string) bool { return !pronoun.MatchString(s) }); len(found) > 0 {
		what := 0
		for _, s := range found {
			if strings.EqualFold(s, "what") {
				what++
			}
		}
		w.what, w.one = w.what+what, w.one+len(found)-what
		w.lines = append(w.lines, place+": "+strings.TrimSpace(line))
	}
}

// share returns a count per 1,000 words.
func (w *wording) share(count int) float64 { return 1_000 * float64(count) / float64(max(w.words, 1)) }

// plain reports whether the comments keep the limits.
func (w *wording) plain() bool { return w.share(w.what) < maxWhat && w.share(w.one) < maxOne }

func (w *wording) String() string {
	return fmt.Sprintf("%6d words, per 1,000: what %4.1f, one %4.1f", w.words, w.share(w.what), w.share(w.one))
}

// TestCommentsSpeakPlainly bounds two pronouns in comments. Its message lists all packages, the
// worst first, and the lines of those that exceed a limit.
func TestCommentsSpeakPlainly(t *testing.T) {
	t.Parallel()
	packages, module := make(map[string]*wording), new(wording)
	goFiles(t, func(name string) error {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := filepath.Dir(name)
		if packages[dir] == nil {
			packages[dir] = new(wording)
		}
		for _, group := range file.Comments {
			for _, comment := range group.List {
				first := set.Position(comment.Pos()).Line
				for i, line := range strings.Split(comment.Text, "\n") {
					place := fmt.Sprintf("%s:%d", name, first+i)
					packages[dir].add(place, line)
					module.add(place, line)
				}
			}
		}
		return nil
	})
	if len(packages) < 30 || module.words < 10_000 {
		t.Fatalf("only %d words of comments in %d packages were found", module.words, len(packages))
	}
	failed := func(w *wording) bool { return !w.plain() && (w.words >= ownWords || !module.plain()) }
	var table, lines strings.Builder
	ok := module.plain()
	worst := func(w *wording) float64 { return max(w.share(w.what)/maxWhat, w.share(w.one)/maxOne) }
	for _, dir := range slices.SortedFunc(maps.Keys(packages), func(a, b string) int {
		return cmp.Or(-cmp.Compare(worst(packages[a]), worst(packages[b])), strings.Compare(a, b))
	}) {
		w := packages[dir]
		fmt.Fprintf(&table, "%-32s %v\n", dir, w)
		if failed(w) {
			fmt.Fprintf(&lines, "%s\n", strings.Join(w.lines, "\n"))
			ok = ok && w.words < ownWords
		}
	}
	if !ok {
		t.Errorf("comments avoid nouns; want less than %d \"what\" and %d \"one\" per 1,000 words in the module and in each package of %d words\n%-32s %v\n%s\n%s",
			maxWhat, maxOne, ownWords, "module", module, table.String(), lines.String())
	}
}
