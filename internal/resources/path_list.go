package resources

import (
	"fmt"
	"strings"
)

// maxNamed bounds the paths that a diagnostic names.
const maxNamed = 10

// pathList is a list of some of many paths for a diagnostic: all are counted, the first ten are
// named.
type pathList struct {
	n     int
	named []string
	errs  []error // of those that are named
}

func (l *pathList) add(text string, err error) {
	if l.n++; l.n > maxNamed {
		return
	}
	l.named = append(l.named, text)
	if err != nil {
		l.errs = append(l.errs, err)
	}
}

// String is an indented line for each path.
func (l *pathList) String() string {
	var b strings.Builder
	for _, s := range l.named {
		b.WriteString("\n  - " + s)
	}
	if more := l.n - len(l.named); more > 0 {
		fmt.Fprintf(&b, "\n  - … and %d more", more)
	}
	return b.String()
}

// listed is err about some files: with their paths for a resource of many files, and by itself for
// a resource of one, whose path the diagnostic has anyway.
func (s subject) listed(err error, paths *pathList) error {
	if !s.many {
		return err
	}
	return fmt.Errorf("%w:%s", err, paths)
}
