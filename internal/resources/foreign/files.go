package foreign

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// File is a file of a foreign resource.
type File struct {
	Path string // from the root of the repository, without a slash before it; not checked further
	// Content is the content itself. Text tells in which form the configuration most likely has it:
	// as text, or in base64.
	Content []byte
	Text    bool
	Exec    bool // the mode is 100755, else 100644
}

// filesOf reads the only file, or the map of files, in the order of their paths.
func (s *source) filesOf(attributes object) ([]File, error) {
	if s.files == "" {
		f, err := s.fileOf(attributes)
		if f.Path = attributes.text(s.path); f.Path == "" && err == nil {
			err = missing(s.path)
		}
		f.Path = strings.TrimLeft(f.Path, "/")
		return []File{f}, err
	}
	var elements map[string]object
	if err := json.Unmarshal(attributes[s.files], &elements); err != nil || len(elements) == 0 {
		return nil, missing(s.files)
	}
	files := make([]File, 0, len(elements))
	for _, path := range slices.Sorted(maps.Keys(elements)) {
		f, err := s.fileOf(elements[path])
		if err != nil {
			return nil, fmt.Errorf("%w at %q of its %s", err, path, s.files)
		}
		f.Path = strings.TrimLeft(path, "/")
		files = append(files, f)
	}
	return files, nil
}

// fileOf reads content and mode.
func (s *source) fileOf(attributes object) (File, error) {
	f := File{Exec: attributes.is(s.exec)}
	if given, ok := attributes.maybe(s.base64); ok && s.base64 != "" {
		content, err := base64.StdEncoding.DecodeString(given)
		if err != nil {
			return f, fmt.Errorf("has a %s that is not base64", s.base64)
		}
		f.Content = content
		return f, nil
	}
	given, ok := attributes.maybe(s.content)
	if !ok {
		return f, missing(s.content)
	}
	f.Content, f.Text = []byte(given), true
	if s.encoded {
		encoding := attributes.text(s.encoding)
		f.Content, f.Text = decode(given, encoding == "text" || encoding == "" && s.plain, attributes.text(s.blob))
	}
	return f, nil
}

// decode tells text from base64, in a state that may have either. plain: the configuration has
// text, which hosts return in base64 all the same. The blob id decides, where there is an id that
// either form has; else plain does. text reports in which form the configuration most likely has
// the content.
func decode(given string, plain bool, blob string) (content []byte, text bool) {
	decoded, err := base64.StdEncoding.DecodeString(given)
	id, _ := gitobj.ParseID(blob)
	switch {
	case err != nil || given == "" || hashes(id, []byte(given)):
		return []byte(given), true
	case !hashes(id, decoded) && plain:
		return []byte(given), true
	}
	return decoded, plain && utf8.Valid(decoded) && norm.NFC.IsNormal(decoded)
}

// hashes reports whether the content has the id. The zero ID is that of no content.
func hashes(id gitobj.ID, content []byte) bool {
	return !id.IsZero() && gitobj.Hash(id.Format(), gitobj.KindBlob, content) == id
}
