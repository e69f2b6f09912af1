package key

import (
	"fmt"
	"strings"
)

// Op is the kind of an edit.
type Op uint8

// The kinds of edits.
const (
	// Set gives the key a value. Absent keys, their parents and elements of a Match are added if
	// Options.Create allows it; an Index never adds an element.
	Set Op = iota
	// Remove takes the key, or the element, out of the document; an absent one is no error.
	Remove
	// Restore puts back Former: the value as it was written, or the absence of the key together
	// with those of its parents that were added with it and are empty now.
	Restore
)

// Edit is a change of one value.
type Edit struct {
	Path   Path
	Op     Op
	Value  Value // of Set
	Former Found // of Restore
}

// Found is the value at a path, or its absence.
type Found struct {
	Present bool  `json:"present"`
	Value   Value `json:"-"`
	// Text are the bytes of a value that is present, as the format's Set can put them back.
	Text string `json:"text,omitempty"`
	// Line is the line of the value, or of the last parent that the document has; from 1.
	Line int `json:"-"`
	// Depth is the number of steps of the path that the document has; all of them if present.
	Depth int `json:"depth"`
}

// Options hold for all edits of a call.
type Options struct {
	// Create adds absent keys and their parents; without it they are errors.
	Create bool
}

// Selector chooses a document of a YAML stream; formats of single documents take the zero value
// and Index 0. The zero value is the only document, and an error if there are several.
type Selector struct {
	// ByIndex chooses the document at Index, from 0.
	ByIndex bool
	Index   int
	// Match chooses the only document in which all these scalars stand.
	Match []Condition
}

// Condition is a scalar at a path.
type Condition struct {
	Path  Path
	Value string
}

// String is the selector in the words of an error; empty for the only document.
func (s Selector) String() string {
	if s.ByIndex {
		return fmt.Sprintf("document %d", s.Index)
	}
	if len(s.Match) == 0 {
		return ""
	}
	parts := make([]string, len(s.Match))
	for i, c := range s.Match {
		parts[i] = fmt.Sprintf("%s = %q", c.Path, c.Value)
	}
	return "document with " + strings.Join(parts, ", ")
}

// Error says why a file cannot be read or edited.
type Error struct {
	// Line is the line at fault, from 1; 0 for the whole file.
	Line int
	// Path is the key path at fault; nil for the file.
	Path Path
	// Absent tells that the key or its document is not there and must not be added.
	Absent bool
	Reason string
}

// Error names the line, the key path and the reason.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	if e.Path != nil {
		fmt.Fprintf(&b, "%s: ", e.Path)
	}
	b.WriteString(e.Reason)
	return b.String()
}
