// Package textdiff shows the change of a text file as a unified diff.
package textdiff

import (
	"bytes"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"
)

// Side is a version of a file.
type Side struct {
	Exists  bool
	Content []byte
}

// IsText reports whether a content is text: UTF-8 without NUL.
func IsText(content []byte) bool {
	return utf8.Valid(content) && bytes.IndexByte(content, 0) < 0
}

// Unified is the change of a file at a path, as `git diff` shows it from the line --- on; empty
// without a change of the content. Of a version that is no text it says no more than that it
// differs.
func Unified(path string, from, to Side) string {
	labels := [2]string{"a/" + path, "b/" + path}
	for i, side := range []Side{from, to} {
		if !side.Exists {
			labels[i] = "/dev/null"
		}
	}
	switch {
	case from.Exists == to.Exists && bytes.Equal(from.Content, to.Content):
		return ""
	case !IsText(from.Content) || !IsText(to.Content):
		return "Binary files " + labels[0] + " and " + labels[1] + " differ\n"
	case len(from.Content) == 0 && len(to.Content) == 0:
		return "--- " + labels[0] + "\n+++ " + labels[1] + "\n" // an empty file comes or goes
	}
	return udiff.Unified(labels[0], labels[1], string(from.Content), string(to.Content))
}
