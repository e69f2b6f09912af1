package internal_test

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// maxColumns is where a line of a comment ends at the latest; a tab counts as four.
const maxColumns = 100

// TestCommentsEndAtTheirColumn looks at the lines that are comments alone. A picture or an example,
// which a tab begins, may be wider, and so may the output of an example.
func TestCommentsEndAtTheirColumn(t *testing.T) {
	t.Parallel()
	seen := 0
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
			seen++
			columns := utf8.RuneCountInString(line) + 4*(len(lines.Text())-len(line))
			if columns > maxColumns {
				t.Errorf("%s:%d: a comment of %d columns, and %d are the limit", name, n, columns, maxColumns)
			}
		}
		return lines.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 5_000 {
		t.Errorf("only %d lines of comments were seen", seen)
	}
}
